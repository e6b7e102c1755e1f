"""Once more: what is done about a statement whose connection turned out to be dead.

Nothing is pinged before use. A connection that has died costs a second attempt instead: for reads, and for
writes that were surely not sent. While the server is still starting, the second attempt waits for it. A write
that was sent and got no answer raises `OutcomeUnknownError`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TypeVar

from portico.errors import OutcomeUnknownError

from .engines import Engines

T = TypeVar("T")
log = logging.getLogger("portico.db")
_NOT_SENT = ("connection is closed", "server has gone away")
_LONGEST_PAUSE = 0.5


class Verdict(Enum):
    """What the failure of an attempt says about the next one."""

    REFUSED = auto()
    """The database has answered; the same statement would fail in the same way."""
    STALE = auto()
    """The statement was prepared for a table that has changed since; nothing was done."""
    UNSENT = auto()
    """The connection was dead before anything was sent."""
    LOST = auto()
    """The connection died, or fell silent, while the statement was under way."""
    UNREACHABLE = auto()
    """No connection could be opened."""
    HUNG_UP = auto()
    """The server took a connection, and ended it before it was of any use; nothing was sent."""


_STARTING = {Verdict.UNREACHABLE, Verdict.HUNG_UP}
Judge = Callable[[Exception], Verdict]


def was_not_sent(error: BaseException) -> bool:
    """Whether a driver found its connection dead before it wrote anything to it."""
    return any(part in str(error) for part in _NOT_SENT)


async def once_more(
    engines: Engines,
    attempt: Callable[[], Awaitable[T]],
    judge: Judge,
    first: Exception,
    *,
    repeatable: bool,
) -> T:
    """The second attempt, after the first one failed; raises ``first`` where there must be none."""
    _refuse(judge(first), first, repeatable=repeatable)
    log.info("A connection of %r was dead; the statement is sent again.", engines)
    clock = asyncio.get_running_loop().time
    deadline = clock() + (engines.options.timeouts.connect or 0.0)
    pause = 0.05
    while True:
        try:
            return await attempt()
        except Exception as error:
            verdict = judge(error)
            if verdict is Verdict.LOST and not repeatable:
                raise unknown_outcome() from error
            if verdict not in _STARTING or clock() + pause > deadline:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _refuse(verdict: Verdict, error: Exception, *, repeatable: bool) -> None:
    if verdict in {Verdict.REFUSED, Verdict.UNREACHABLE}:
        raise error
    if verdict is Verdict.LOST and not repeatable:
        raise unknown_outcome() from error


def unknown_outcome() -> OutcomeUnknownError:
    """The error for a write that got no answer."""
    return OutcomeUnknownError(
        "The connection broke while a write was under way: it may or may not have happened.",
        hint="Look whether it did before sending it again.",
    )
