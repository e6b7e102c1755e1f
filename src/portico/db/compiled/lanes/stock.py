"""The connections of a lane: last in, first out, so many and no more, and who comes first waits least.

    held = stock.free.pop() if stock.free else await stock.take()
    ...
    stock.give(held)

SQLAlchemy opens them, through a pool that is a copy of the engine's: the same settings, codecs and listeners.
It lets go of each at once; from then on nothing of it stands between a statement and its driver.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from itertools import islice
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc as sa_exc
from sqlalchemy.util.concurrency import greenlet_spawn

from portico.db.dialects import translate
from portico.db.engine import PoolOptions, Verdict, finish

from .drivers import Driver
from .judging import Trouble, server_said, verdict_on, verdict_on_opening

_LATER = 0.25
_ONCE = -1
"""The generation of what is opened for a stock that is closed: given back, it is not kept."""


class Held:
    """One connection, the time at which it is to be renewed, and the generation it belongs to."""

    __slots__ = ("connection", "generation", "until")

    def __init__(self, connection: Any, generation: int, until: float) -> None:
        self.connection = connection
        self.generation = generation
        self.until = until


class Stock:
    """The connections of one lane in one loop."""

    def __init__(self, engine: sa.Engine, driver: Driver, options: PoolOptions) -> None:
        self.free: list[Held] = []
        self._engine = engine
        self._driver = driver
        self._options = options
        # In their order, each with the number of its arrival.
        self._waiters: dict[asyncio.Future[Held], int] = {}
        self._arrivals = 0
        self._pool: sa.Pool | None = None
        self._listeners: list[Any] = []
        self._count = 0
        self._opening = 0
        self._generation = 0
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        """How many there are: free, in use, being opened or being closed."""
        return self._count

    async def take(self) -> Held:
        """A connection; raises `TimedOutError` when none becomes free, `Trouble` when none can be opened."""
        if self.free:
            return self.free.pop()
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Held] = loop.create_future()
        self._arrivals += 1
        self._waiters[waiter] = self._arrivals
        self._open_more()
        timer = loop.call_later(self._options.timeout, self._give_up, waiter)
        try:
            return await waiter
        except BaseException:
            # It may have been served in the moment in which it was cancelled.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.give(waiter.result())
            self._waiters.pop(waiter, None)
            raise
        finally:
            timer.cancel()

    def give(self, held: Held) -> None:
        """Take a connection back, or hand it to the one who has waited longest."""
        if held.generation != self._generation or monotonic() > held.until:
            self._retire(held, clean=True)
            return
        if not self._hand_on(held):
            self.free.append(held)

    def _hand_on(self, held: Held) -> bool:
        """Give it to the one who has waited longest, if anybody waits."""
        while self._waiters:
            waiter = next(iter(self._waiters))
            del self._waiters[waiter]
            if not waiter.done():
                waiter.set_result(held)
                return True
        return False

    async def discard(self, held: Held) -> None:
        """Throw away a connection on which a statement was cancelled: what it still answers is nobody's."""
        await finish(self._end(held.connection, clean=False))

    def settle(self, held: Held, error: Exception) -> Verdict:
        """Take back, or throw away, a connection on which something failed."""
        closed = self._driver.is_closed(held.connection)
        verdict = verdict_on(error, closed=closed)
        died = verdict in {Verdict.LOST, Verdict.UNSENT} and not isinstance(error, TimeoutError)
        if died and held.generation == self._generation:
            self.renew()  # one that died has seldom died alone
        if server_said(error) and not closed and verdict in {Verdict.REFUSED, Verdict.STALE}:
            self.give(held)
        else:
            self._retire(held, clean=False)
        return verdict

    def renew(self) -> None:
        """Use none of the connections again that are open now."""
        self._generation += 1
        free, self.free = self.free, []
        for held in free:
            self._retire(held, clean=True)

    def keep_nothing(self) -> None:
        """Use each connection that is opened from now on once."""
        self._closed = True

    async def close(self) -> None:
        """Close every connection; those in use follow when they are given back."""
        self.keep_nothing()
        self.renew()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _retire(self, held: Held, *, clean: bool) -> None:
        self._start(self._end(held.connection, clean=clean))

    async def _end(self, connection: Any, *, clean: bool) -> None:
        try:
            await self._driver.end(connection, clean=clean)
        except Exception:  # noqa: S110 -- it is gone either way, and nobody waits for a farewell
            pass
        finally:
            self._count -= 1
            self._open_more()

    def _open_more(self) -> None:
        """Open as many as are waited for, within the limit."""
        while self._opening < len(self._waiters) and self._count < self._options.compiled:
            self._opening += 1
            self._count += 1
            self._start(self._open())

    async def _open(self) -> None:
        """In a task of its own: whoever waits may be cancelled, and somebody else be glad of it."""
        arrivals = self._arrivals
        try:
            held = await self._connected()
        except BaseException as error:
            self._count -= 1
            self._opening -= 1
            if not isinstance(error, Exception):
                raise
            self._fail(Trouble(error, verdict_on_opening(error)), arrivals)
            self._open_more()
        else:
            self._opening -= 1
            if not (held.generation == _ONCE and self._hand_on(held)):
                self.give(held)

    async def _connected(self) -> Held:
        pool = self._engine.pool
        listeners = [*pool.dispatch.connect, *pool.dispatch.first_connect]
        if self._pool is None or listeners != self._listeners:
            self._pool, self._listeners = pool.recreate(), listeners
        generation = _ONCE if self._closed else self._generation
        connection = await greenlet_spawn(_detached, self._pool.connect)
        recycle = self._options.recycle
        return Held(connection, generation, math.inf if recycle < 0 else monotonic() + recycle)

    def _fail(self, trouble: Trouble, arrivals: int) -> None:
        """Tell one who was there when this attempt began; who came later gets an attempt of his own."""
        for waiter, arrival in self._waiters.items():
            if arrival <= arrivals and not waiter.done():
                del self._waiters[waiter]
                waiter.set_exception(trouble)
                return

    def _give_up(self, waiter: asyncio.Future[Held]) -> None:
        if waiter.done():
            return
        if waiter in islice(self._waiters, self._opening):
            # A connection is being opened for it; that has a limit of its own, and says what is wrong.
            asyncio.get_running_loop().call_later(_LATER, self._give_up, waiter)
            return
        self._waiters.pop(waiter, None)
        waiter.set_exception(translate(sa_exc.TimeoutError()))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _detached(connect: Callable[[], Any]) -> Any:
    proxied = connect()
    connection = proxied.driver_connection
    proxied.detach()
    return connection
