"""The lane of a database server: connections of its own, kept for good, one statement at a time on each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from portico.db.compiled.shapes import Shape
from portico.db.engine import Engines, Verdict, once_more

from .drivers import Driver
from .gathering import Gathering
from .judging import Trouble, heard
from .lane import Rows
from .stock import Held, Stock

T = TypeVar("T")
Work = Callable[[Any], Awaitable[T]]


class PrivateLane:
    """Statements on driver connections in autocommit."""

    def __init__(self, engines: Engines, driver: Driver) -> None:
        self._engines = engines
        self._hearers = engines.hearers
        self._driver = driver
        self._fetch = driver.fetch
        self._stock = self._new_stock()
        self.gathering = Gathering(self)

    def _new_stock(self) -> Stock:
        # This engine's connections are in autocommit from the start (MariaDB's others are not).
        return Stock(self._engines.autocommit.sync_engine, self._driver, self._engines.options.pool)

    @property
    def connections(self) -> int:
        """How many are open at this moment."""
        return self._stock.count

    async def fetch(self, shape: Shape, arguments: Sequence[Any]) -> Rows:
        """The rows."""
        text = shape.text
        # The same as `_perform`, without a function to be made and called: every list and every get is here.
        stock = self._stock
        free = stock.free
        held = free.pop() if free else await self._taken(stock)
        if shape.writes and self._driver.is_closed(held.connection):
            held = await self._living(stock, held)
        if self._hearers:
            self._tell(text)
        try:
            rows = await self._fetch(held.connection, text, arguments)
        except BaseException as error:
            return await self._failed(
                stock, held, error, shape, lambda connection: self._fetch(connection, text, arguments)
            )
        stock.give(held)
        return rows

    async def execute(self, shape: Shape, arguments: Sequence[Any]) -> int:
        """How many rows were changed."""
        text = shape.text

        def work(connection: Any) -> Awaitable[int]:
            return self._driver.execute(connection, text, arguments)

        stock = self._stock
        held = await self._living(stock, await self._taken(stock))
        self._tell(text)
        try:
            changed = await work(held.connection)
        except BaseException as error:
            return await self._failed(stock, held, error, shape, work)
        stock.give(held)
        return changed

    def leave(self, *, forked: bool) -> None:  # noqa: ARG002 -- the residence of the engines closes or keeps them
        """Start afresh."""
        self.gathering = Gathering(self)
        self._stock = self._new_stock()

    async def close(self, *, final: bool) -> None:
        """Close every connection."""
        stock, self._stock = self._stock, self._new_stock()
        if final:
            self._stock.keep_nothing()
        await stock.close()

    def _tell(self, text: str) -> None:
        for hearer in self._hearers:
            hearer(text)

    async def _taken(self, stock: Stock) -> Held:
        try:
            return await stock.take()
        except Trouble as trouble:
            raise heard(trouble) from trouble.error

    async def _living(self, stock: Stock, held: Held) -> Held:
        """A connection that its driver does not know to be closed: a write is sent only once."""
        while self._driver.is_closed(held.connection):
            stock.renew()
            stock.give(held)
            held = await self._taken(stock)
        return held

    async def _failed(self, stock: Stock, held: Held, error: BaseException, shape: Shape, work: Work[T]) -> T:
        """After the first attempt: another one on a connection that lives, or the error that it means."""
        if not isinstance(error, Exception):
            await stock.discard(held)
            raise error
        first = Trouble(error, stock.settle(held, error))

        async def attempt() -> T:
            stock = self._stock
            held = await stock.take()
            self._tell(shape.text)
            try:
                done = await work(held.connection)
            except Exception as again:
                raise Trouble(again, stock.settle(held, again)) from again
            except BaseException:
                await stock.discard(held)
                raise
            stock.give(held)
            return done

        try:
            return await once_more(self._engines, attempt, _verdict, first, repeatable=not shape.writes)
        except Trouble as trouble:
            raise heard(trouble) from trouble.error


def _verdict(error: Exception) -> Verdict:
    return error.verdict if isinstance(error, Trouble) else Verdict.REFUSED
