"""Single statements outside of any unit of work: one round trip each, also when a connection has died.

    rows = await read(engines, lambda engine: ...)     # a replica where there are some
    result = await write(engines, lambda engine: ...)

A connection that turns out to be dead costs a second attempt: `portico.db.engine.repeating`. A write that was
sent and got no answer raises `OutcomeUnknownError`.
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
from portico.errors import DatabaseUnavailableError

from .engines import Engines
from .repeating import Verdict, once_more, was_not_sent

T = TypeVar("T")
Work = Callable[[sa.Engine], T]

log = logging.getLogger("portico.db")
_wrote: ContextVar[float] = ContextVar("portico_wrote", default=float("-inf"))


async def read(engines: Engines, work: Work[T], *, primary: bool = False) -> T:
    """Do work that only reads, on a replica unless this context has just written."""
    engines.here()
    now = asyncio.get_running_loop().time()
    if engines.replicas and not primary and now - _wrote.get() >= engines.options.sticky:
        try:
            return await _translated(engines, work, engines.reader.sync_engine, repeatable=True)
        except DatabaseUnavailableError:
            log.warning("A replica of %r cannot be reached; reading from the primary.", engines)
    # A tenant that the database is told of is known to it until its transaction ends, which no other needs.
    single = engines.transactional if engines.options.row_security else engines.autocommit
    return await _translated(engines, work, single.sync_engine, repeatable=True)


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
        first = error
    return await once_more(
        engines, lambda: greenlet_spawn(work, engine), _judge, first, repeatable=repeatable
    )


def _judge(error: Exception) -> Verdict:
    if not isinstance(error, DRIVER_ERRORS):
        return Verdict.REFUSED
    if kind_of(error) is Kind.STALE_PLAN:
        return Verdict.STALE
    if _cannot_connect(error):
        return Verdict.HUNG_UP if _is_dead(error) else Verdict.UNREACHABLE
    if _is_dead(error):
        return Verdict.UNSENT if was_not_sent(driver_error(error)) else Verdict.LOST
    return Verdict.REFUSED


def _is_dead(error: BaseException) -> bool:
    if isinstance(error, sa_exc.DBAPIError):
        return error.connection_invalidated
    return isinstance(error, TimeoutError)  # the client gave up waiting for the answer


def _cannot_connect(error: BaseException) -> bool:
    if isinstance(error, sa_exc.DBAPIError):
        return error.statement is None and kind_of(error) is Kind.UNAVAILABLE
    return isinstance(error, OSError) and not isinstance(error, TimeoutError)
