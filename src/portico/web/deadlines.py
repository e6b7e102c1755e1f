"""A time limit that costs next to nothing while it is kept.

    with within(30.0):
        await work()             # TimedOutError when it takes longer; what it does is cancelled

``asyncio.timeout`` sets a timer of the event loop for every block. Here all blocks of one length wait in one
line, whose first is always the next to end, so that there is one timer for all of them.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final

from portico.errors import TimedOutError


class Deadline:
    """The limit of one block."""

    __slots__ = ("_cancelling", "_ended", "_line", "_task")

    def __init__(self, line: _Line) -> None:
        task = asyncio.current_task(line.loop)
        if task is None:
            raise RuntimeError("A time limit needs a task that can be cancelled.")
        self._line, self._task = line, task
        self._cancelling, self._ended = task.cancelling(), False

    def __enter__(self) -> None:
        self._line.join(self)

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if not self._ended:
            self._line.leave(self)
        elif self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimedOutError(f"There was no answer within {self._line.seconds:g} seconds.") from None

    def end(self) -> None:
        """Cancel what is going on in the block."""
        self._ended = True
        self._task.cancel()


class _Line:
    """The blocks of one length in one event loop, in the order in which they end."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop, self.seconds = loop, seconds
        self._ends: dict[Deadline, float] = {}
        self._armed = False

    def join(self, one: Deadline) -> None:
        self._ends[one] = end = self.loop.time() + self.seconds
        if not self._armed:
            self._arm(end)

    def leave(self, one: Deadline) -> None:
        del self._ends[one]

    def _arm(self, end: float) -> None:
        self._armed = True
        self.loop.call_at(end, self._ring)

    def _ring(self) -> None:
        self._armed = False
        while self._ends:
            one, end = next(iter(self._ends.items()))
            if end > self.loop.time():
                self._arm(end)
                return
            del self._ends[one]
            one.end()


_LINES: Final[dict[float, _Line]] = {}


def within(seconds: float) -> Deadline:
    """A limit for the block that follows."""
    loop = asyncio.get_running_loop()
    line = _LINES.get(seconds)
    if line is None or line.loop is not loop:
        # Another loop keeps its own, whose blocks know it; only the newest is found here.
        line = _LINES[seconds] = _Line(loop, seconds)
    return Deadline(line)
