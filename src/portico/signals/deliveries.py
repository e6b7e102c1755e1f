"""Call receivers in tasks of their own: nothing that they do fails or stalls who sent the event.

    await signals.drain(timeout=5)      # until all of them have ended; in tests, and at the end
    signals.counts().failed

Deliveries are begun in the order in which they came, and a number of them run at the same time. A coroutine
function runs as a task; a plain function runs in a thread of its own, where blocking blocks nobody. Whatever
a receiver raises is logged and counted; one that takes too long is cancelled, or, in a thread, given up.
Where too much waits already, what comes is dropped, logged and counted: this is delivery at most once, inside
of this process.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from typing import Final
from weakref import WeakKeyDictionary

from portico.errors import TimedOutError, UsageError

from .delivery import Delivery, DeliveryCounts, DeliveryOptions
from .desk import Desk, delivering

log = logging.getLogger("portico.signals")
_CANCELLED_WITHIN: Final = 1.0
"""Seconds; a receiver may hold on to its task, and a thread cannot be ended."""


class Deliveries:
    """Where deliveries wait for their turn, on each event loop by itself."""

    def __init__(self, options: DeliveryOptions | None = None) -> None:
        self._options = options or DeliveryOptions()
        self._desks: WeakKeyDictionary[asyncio.AbstractEventLoop, Desk] = WeakKeyDictionary()
        self._tally: Counter[str] = Counter()

    def put(self, given: Iterable[Delivery]) -> None:
        """Take these for later, all of them or none; waits for nothing."""
        came = list(given)
        if came:
            self._desk().put(came)

    async def drain(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- its error says what still runs
        """Wait until nothing waits or runs on this loop; `TimedOutError` names what still does."""
        if delivering.get():
            raise UsageError(
                "A receiver waited for all receivers, itself among them.",
                hint="Call drain() in a test, or where the application ends.",
            )
        desk, loop = self._desk(), asyncio.get_running_loop()
        end = None if timeout is None else loop.time() + timeout
        while desk.busy:
            await desk.join(None if end is None else max(0.0, end - loop.time()))
            if end is not None and loop.time() >= end and desk.busy:
                raise TimedOutError(
                    f"Receivers still run: {', '.join(desk.running) or 'none'}; {desk.waiting} wait.",
                    hint="Give drain() more time, or the receivers less to do.",
                )

    async def finish(self, seconds: float) -> None:
        """The application ends: wait so long, then drop what waits, cancel what runs, and say so."""
        try:
            await self.drain(seconds)
        except TimedOutError as error:
            log.warning("The application ends. %s", error.message)
            desk = self._desk()
            desk.close()
            await desk.join(_CANCELLED_WITHIN)

    def counts(self) -> DeliveryCounts:
        """What became of all of them until now."""
        desks = list(self._desks.values())
        return DeliveryCounts(
            **self._tally,
            waiting=sum(desk.waiting for desk in desks),
            running=sum(len(desk.running) for desk in desks),
        )

    def _desk(self) -> Desk:
        loop = asyncio.get_running_loop()
        if loop not in self._desks:
            self._desks[loop] = Desk(self._options, self._tally)
        return self._desks[loop]


deliveries = Deliveries()
"""Those of this process: where every signal puts them."""


async def drain(timeout: float | None = None) -> None:  # noqa: ASYNC109 -- its error says what still runs
    """Wait until every receiver that runs by itself has ended; `TimedOutError` names those that have not."""
    await deliveries.drain(timeout)


def counts() -> DeliveryCounts:
    """How many deliveries of this process went well, failed, were late, were dropped, wait or run."""
    return deliveries.counts()
