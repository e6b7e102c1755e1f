"""Running a unit of work again when the database says that it would succeed the next time.

Retried are `SerializationError` and `DeadlockError` (all of `RetryableError`) and a lock that was waited for
too long: there the database has surely rolled back. So is a `VersionConflictError`, for the unit reads anew,
unless the caller has said which version is meant. Never retried are an unknown outcome, another conflict, a
statement that took too long. The waits are random and grow; no attempt starts when the budget is spent.
Inside another unit nothing is retried, because only the outermost one can be.

Random waits alone let the unlucky starve where many want one row: those who began later win, too, and those
who lost wait ever longer. So units of one database that run again take turns: who has the turn keeps it until
it is through, and has to win against first attempts only. Nobody waits for the turn longer than the longest
wait, whatever the one who has it is doing.

Why not stamina or tenacity: they retry a callable and know nothing of a unit whose commit may be what fails;
what is left to share are the ten lines below.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from portico.db.dialects import Kind, kind_of
from portico.errors import RetryableError, TimedOutError, UnavailableError, VersionConflictError

REPEATED = (UnavailableError, VersionConflictError)
"""The errors of which some are retried."""


def is_retryable(error: BaseException | None) -> bool:
    """Whether running the unit again has a chance."""
    if isinstance(error, TimedOutError) and error.__cause__ is not None:
        return kind_of(error.__cause__) is Kind.LOCK_TIMEOUT
    if isinstance(error, VersionConflictError):
        return error.repeatable
    return isinstance(error, RetryableError)


@dataclass(frozen=True, kw_only=True)
class RetryOptions:
    """How often, how patiently (seconds), and how long in all."""

    retries: int = 3
    first_wait: float = 0.02
    longest_wait: float = 1.0
    budget: float = 15.0


_turns: Final[WeakKeyDictionary[object, WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]]] = (
    WeakKeyDictionary()
)


class Attempts:
    """Counts the attempts of one unit of work of a database, and gives it its turn."""

    def __init__(self, options: RetryOptions, database: object) -> None:
        self._options = options
        self._database = database
        self._made = 0
        self._started = asyncio.get_running_loop().time()
        self._turn: asyncio.Lock | None = None

    @contextmanager
    def counted(self) -> Generator[Attempts]:
        """All attempts; afterwards the turn is the next one's."""
        try:
            yield self
        finally:
            if self._turn is not None:
                self._turn.release()

    def may_retry(self) -> bool:
        """Whether one more attempt is allowed; counts the one that has just failed."""
        self._made += 1
        spent = asyncio.get_running_loop().time() - self._started
        return self._made <= self._options.retries and spent < self._options.budget

    async def wait(self) -> None:
        """Wait before the next attempt: for the turn, and at random because of other processes."""
        options = self._options
        if self._turn is None:
            turn = _turns.setdefault(self._database, WeakKeyDictionary()).setdefault(
                asyncio.get_running_loop(), asyncio.Lock()
            )
            with suppress(TimeoutError):
                async with asyncio.timeout(options.longest_wait):
                    await turn.acquire()
                    self._turn = turn
        longest = min(options.longest_wait, options.first_wait * 2**self._made)
        await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 -- spreads load, keeps no secret
