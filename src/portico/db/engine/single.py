"""Single statements outside of any unit of work: one round trip each, also when a connection has died.

    rows = await read(engines, lambda engine: ...)     # a replica where there are some
    result = await write(engines, lambda engine: ...)

Nothing is pinged before use. A connection that turns out to be dead costs a second attempt instead: for
reads, and for writes that were surely not sent. A write that was sent and got no answer raises
`OutcomeUnknownError`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import exc as sa_exc
from sqlalchemy.util.concurrency import greenlet_spawn

from portico.db.dialects import DRIVER_ERRORS, Kind, kind_of, translate
from portico.db.dialects.failures import driver_error
from portico.errors import DatabaseUnavailableError, OutcomeUnknownError

from .engines import Engines

T = TypeVar("T")
Work = Callable[[sa.Engine], T]

log = logging.getLogger("portico.db")
_wrote: ContextVar[float] = ContextVar("portico_wrote", default=float("-inf"))
_NOT_SENT = ("connection is closed", "server has gone away")
_LONGEST_PAUSE = 0.5


async def read(engines: Engines, work: Work[T], *, primary: bool = False) -> T:
    """Do work that only reads, on a replica unless this context has just written."""
    engines.here()
    now = asyncio.get_running_loop().time()
    if engines.replicas and not primary and now - _wrote.get() >= engines.options.sticky:
        try:
            return await _translated(engines, work, engines.reader.sync_engine, repeatable=True)
        except DatabaseUnavailableError:
            log.warning("A replica of %r cannot be reached; reading from the primary.", engines)
    return await _translated(engines, work, engines.autocommit.sync_engine, repeatable=True)


async def write(engines: Engines, work: Work[T]) -> T:
    """Do work that consists of one statement, which commits by itself."""
    engines.here()
    wrote(engines)
    return await _translated(engines, work, engines.autocommit.sync_engine, repeatable=False)


def wrote(engines: Engines) -> None:
    """Let this context read its own writes: from the primary, for a while."""
    if engines.replicas:
        _wrote.set(asyncio.get_running_loop().time())


async def _translated(engines: Engines, work: Work[T], engine: sa.Engine, *, repeatable: bool) -> T:
    try:
        return await _attempts(engines, work, engine, repeatable=repeatable)
    except DRIVER_ERRORS as error:
        raise translate(error) from error


async def _attempts(engines: Engines, work: Work[T], engine: sa.Engine, *, repeatable: bool) -> T:
    try:
        return await greenlet_spawn(work, engine)
    except DRIVER_ERRORS as error:
        kind = kind_of(error)
        if kind is not Kind.STALE_PLAN and not _is_dead(error):
            raise
        if not (repeatable or kind is Kind.STALE_PLAN or _was_not_sent(error)):
            raise unknown_outcome() from error
    log.info("A connection of %r was dead; the statement is sent again.", engines)
    return await _second_attempt(engines, work, engine, repeatable=repeatable)


async def _second_attempt(engines: Engines, work: Work[T], engine: sa.Engine, *, repeatable: bool) -> T:
    """Once more; while the server is still starting, wait for it as long as for any connection."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + (engines.options.timeouts.connect or 0.0)
    pause = 0.05
    while True:
        try:
            return await greenlet_spawn(work, engine)
        except DRIVER_ERRORS as error:
            if not _cannot_connect(error):
                if _is_dead(error) and not (repeatable or _was_not_sent(error)):
                    raise unknown_outcome() from error
                raise
            if clock() + pause > deadline:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def unknown_outcome() -> OutcomeUnknownError:
    """The error for a write that got no answer."""
    return OutcomeUnknownError(
        "The connection broke while a write was under way: it may or may not have happened.",
        hint="Look whether it did before sending it again.",
    )


def _is_dead(error: BaseException) -> bool:
    if isinstance(error, sa_exc.DBAPIError):
        return error.connection_invalidated
    return isinstance(error, TimeoutError)  # the client gave up waiting for the answer


def _was_not_sent(error: BaseException) -> bool:
    """Whether the driver found the connection dead before it wrote anything to it."""
    return any(part in str(driver_error(error)) for part in _NOT_SENT)


def _cannot_connect(error: BaseException) -> bool:
    if isinstance(error, sa_exc.DBAPIError):
        return error.statement is None and kind_of(error) is Kind.UNAVAILABLE
    return isinstance(error, OSError) and not isinstance(error, TimeoutError)
