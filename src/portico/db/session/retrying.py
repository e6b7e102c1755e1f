"""Running a unit of work again when the database says that it would succeed the next time.

Retried are `SerializationError` and `DeadlockError` (all of `RetryableError`) and a lock that was waited for
too long: there the database has surely rolled back. Never retried are an unknown outcome, a conflict, a
statement that took too long. The waits are random and grow; no attempt starts when the budget is spent.
Inside another unit nothing is retried, because only the outermost one can be.

Why not stamina or tenacity: they retry a callable and know nothing of a unit whose commit may be what fails;
what is left to share are the ten lines below.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from portico.db.dialects import Kind, kind_of
from portico.errors import RetryableError, TimedOutError


def is_retryable(error: BaseException | None) -> bool:
    """Whether running the unit again has a chance."""
    if isinstance(error, TimedOutError) and error.__cause__ is not None:
        return kind_of(error.__cause__) is Kind.LOCK_TIMEOUT
    return isinstance(error, RetryableError)


@dataclass(frozen=True, kw_only=True)
class RetryOptions:
    """How often, how patiently (seconds), and how long in all."""

    retries: int = 3
    first_wait: float = 0.02
    longest_wait: float = 1.0
    budget: float = 15.0


class Attempts:
    """Counts the attempts of one unit of work."""

    def __init__(self, options: RetryOptions) -> None:
        self._options = options
        self._made = 0
        self._started = asyncio.get_running_loop().time()

    def may_retry(self) -> bool:
        """Whether one more attempt is allowed; counts the one that has just failed."""
        self._made += 1
        spent = asyncio.get_running_loop().time() - self._started
        return self._made <= self._options.retries and spent < self._options.budget

    async def wait(self) -> None:
        """Wait before the next attempt: at random, so that those who collided do not collide again."""
        longest = min(self._options.longest_wait, self._options.first_wait * 2**self._made)
        await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 -- spreads load, keeps no secret
