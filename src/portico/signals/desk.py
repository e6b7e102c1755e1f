"""The deliveries of one event loop: which of them wait, which run, and what ends them."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import Counter, deque
from collections.abc import Hashable
from contextvars import Context, ContextVar
from functools import partial

from .delivery import Delivery, DeliveryOptions
from .threads import Outcome, in_thread

log = logging.getLogger("portico.signals")
delivering: ContextVar[bool] = ContextVar("portico_signals_delivering", default=False)


class Desk:
    """Begins deliveries in order, some at a time, those of one lane one after the other."""

    def __init__(self, options: DeliveryOptions, tally: Counter[str]) -> None:
        self.waiting = 0
        self._options = options
        self._tally = tally
        self._lanes: dict[Hashable, deque[Delivery]] = {}
        self._ready: deque[Hashable] = deque()
        self._running: dict[asyncio.Task[None], str] = {}
        self._pump: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._full = False

    @property
    def busy(self) -> bool:
        """Whether anything waits or runs."""
        return self._pump is not None

    @property
    def running(self) -> list[str]:
        """The names of those that run."""
        return list(self._running.values())

    def put(self, given: list[Delivery]) -> None:
        """Take all of these, or none where too much waits; a commit is never heard of in part."""
        if self.waiting >= self._options.waiting:
            if not self._full:
                log.error("Too much waits for receivers: %s and what follows is dropped.", given[0].name)
            self._full = True
            self._tally["dropped"] += len(given)
            return
        self._full = False
        for one in given:
            lane = one if one.lane is None else one.lane
            if lane not in self._lanes:
                self._lanes[lane] = deque()
                self._ready.append(lane)
            self._lanes[lane].append(one)
        self.waiting += len(given)
        self._wake.set()
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._begin_all(), context=Context())

    async def join(self, seconds: float | None) -> None:
        """Wait until nothing waits or runs, or so long."""
        if self._pump is not None:
            await asyncio.wait({self._pump}, timeout=seconds)

    def close(self) -> None:
        """Give up what waits, cancel what runs."""
        if self.waiting:
            log.error("The end has come: %d deliveries to receivers are dropped.", self.waiting)
        self._tally["dropped"] += self.waiting
        self._lanes.clear()
        self._ready.clear()
        self.waiting = 0
        for task in self._running:
            task.cancel()

    async def _begin_all(self) -> None:
        try:
            while self._ready or self._running:
                while self._ready and len(self._running) < self._options.at_once:
                    self._begin(self._ready.popleft())
                self._wake.clear()
                await self._wake.wait()
        except asyncio.CancelledError:
            # The loop is about to end: whatever would be begun now could not be finished.
            self.close()
            raise
        finally:
            self._pump = None
            self._wake = asyncio.Event()  # the old one knows the loop, and would keep it from being forgotten

    def _begin(self, lane: Hashable) -> None:
        one = self._lanes[lane].popleft()
        self.waiting -= 1
        task = asyncio.get_running_loop().create_task(self._deliver(one), context=one.context.copy())
        self._running[task] = one.name
        # In a callback, and not in the task: a receiver can cancel that.
        task.add_done_callback(partial(self._ended, lane))

    def _ended(self, lane: Hashable, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if self._lanes.get(lane):
            self._ready.append(lane)
        else:
            self._lanes.pop(lane, None)
        self._wake.set()

    async def _deliver(self, one: Delivery) -> None:
        delivering.set(True)
        limit = asyncio.timeout(self._options.seconds)
        thread: Outcome | None = None
        try:
            event = one.make()
            if not is_async(one.call):
                thread = in_thread(partial(one.call, event), one.context)
            async with limit:
                await (one.call(event) if thread is None else _answer(thread))
        except GeneratorExit:
            raise  # the loop is gone
        except BaseException:
            # SystemExit out of a task would end the loop, and the application with it.
            self._report(one, late=limit.expired())
        else:
            self._tally["delivered"] += 1
        if thread is not None:
            # A thread cannot be ended, so it keeps its place: there are never more than may run at once.
            await asyncio.wait({thread})

    def _report(self, one: Delivery, *, late: bool) -> None:
        self._tally["late" if late else "failed"] += 1
        if late:
            log.error("%s took longer than %g s and is given up.", one.name, self._options.seconds)
        else:
            log.exception("%s failed; what it was told of stands.", one.name)


def is_async(call: object) -> bool:
    """Whether calling it gives a coroutine and runs nothing yet."""
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004 -- not whether it is callable, but how


async def _answer(thread: Outcome) -> None:
    await asyncio.wait({thread})
    answer, error = thread.result()
    if error is not None:
        raise error
    if inspect.isawaitable(answer):
        await answer
