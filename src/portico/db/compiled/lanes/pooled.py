"""The lane without connections of its own: one from SQLAlchemy's pool for each statement.

This is the safe switch, ``Database(url, compiled="pooled")``: whatever the pool does (listeners on every
checkout, a limit for everything, a check of the connection) it does here, too. It is also where SQLite sends
what would hold up the loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc as sa_exc
from sqlalchemy.util.concurrency import greenlet_spawn

from portico.db.compiled.shapes import Shape
from portico.db.dialects import translate
from portico.db.engine import Engines, Verdict, once_more

from .drivers import Driver
from .judging import Trouble, heard, server_said, verdict_on, verdict_on_opening
from .lane import Rows

T = TypeVar("T")
Work = Callable[[Any], Awaitable[T]]


class PooledLane:
    """Statements on connections that are given back to the pool after each."""

    gathering = None

    def __init__(self, engines: Engines, driver: Driver) -> None:
        self._engines = engines
        self._driver = driver

    async def fetch(self, shape: Shape, arguments: Sequence[Any]) -> Rows:
        """The rows."""
        driver = self._driver
        return await self._perform(shape, lambda found: driver.fetch(found, shape.text, arguments))

    async def execute(self, shape: Shape, arguments: Sequence[Any]) -> int:
        """How many rows were changed."""
        driver = self._driver
        return await self._perform(shape, lambda found: driver.execute(found, shape.text, arguments))

    async def keep_house(self, text: str) -> None:
        """Something between this room and the database, which nobody has asked for and nobody hears of."""

        def work(found: Any) -> Awaitable[Rows]:
            return self._driver.fetch(found, text, ())

        await greenlet_spawn(self._in_turn, work)

    def leave(self, *, forked: bool) -> None:
        """Nothing is kept here."""

    async def close(self, *, final: bool) -> None:
        """Nothing is kept here."""

    async def _perform(self, shape: Shape, work: Work[T]) -> T:
        async def attempt() -> T:
            for hearer in self._engines.hearers:
                hearer(shape.text)
            done: T = await greenlet_spawn(self._in_turn, work)
            return done

        try:
            try:
                return await attempt()
            except Trouble as trouble:
                first = trouble
            return await once_more(self._engines, attempt, _verdict, first, repeatable=not shape.writes)
        except Trouble as trouble:
            raise heard(trouble) from trouble.error

    def _in_turn(self, work: Work[Any]) -> Any:
        """Take a connection, work, give it back; in the one greenlet that SQLAlchemy needs for all three."""
        engine = self._engines.autocommit.sync_engine
        proxied = _taken(engine)
        try:
            done = proxied.dbapi_connection.run_async(work)
            if self._driver.is_in_transaction(proxied.driver_connection):
                proxied.dbapi_connection.commit()  # a listener has begun one, and the pool would roll it back
        except Exception as error:
            closed = self._driver.is_closed(proxied.driver_connection)
            verdict = verdict_on(error, closed=closed)
            if verdict in {Verdict.LOST, Verdict.UNSENT} and not isinstance(error, TimeoutError):
                # One that died has seldom died alone; SQLAlchemy does this for statements of its own.
                pool: Any = engine.pool
                pool._invalidate(proxied, error)  # noqa: SLF001 -- there is no public way
            elif closed or verdict is Verdict.LOST or not self._is_clean(error):
                proxied.invalidate(error)
            proxied.close()
            raise Trouble(error, verdict) from error
        except BaseException as error:
            proxied.invalidate(error)  # cancelled: what it still answers is nobody's
            proxied.close()
            raise
        proxied.close()
        return done

    def _is_clean(self, error: Exception) -> bool:
        # SQLite has no wire on which something could be left over.
        return self._engines.url.get_backend_name() == "sqlite" or server_said(error)


def _taken(engine: sa.Engine) -> Any:
    try:
        return engine.raw_connection()
    except sa_exc.TimeoutError as error:
        raise translate(error) from error
    except Exception as error:
        raise Trouble(error, verdict_on_opening(error)) from error


def _verdict(error: Exception) -> Verdict:
    return error.verdict if isinstance(error, Trouble) else Verdict.REFUSED
