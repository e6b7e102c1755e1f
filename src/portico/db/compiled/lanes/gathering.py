"""Rows by their keys, asked for together by requests that came at the same time.

    gathering = Gathering(lane)
    row = await gathering.row(several, several.one.arguments([7]), 7)       # None where there is no row

Whoever asks while nobody else does, asks at once and alone. Whoever asks while a statement of the same shape
is under way joins those of this turn of the event loop, so that a busy server sends one statement for all
that it has just read from its sockets. While such a statement is itself under way, those who come gather for
the next, which goes when it has ended, or after `PATIENCE` if it has not. A statement for several that fails
is asked for by each alone, who then hears what is wrong in the usual way. Those for whom the parameters that
are called give other values (another tenant) are never among those of one statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from portico.db.compiled.shapes import Shape

Row: TypeAlias = "Sequence[Any]"
Together: TypeAlias = "tuple[Several, tuple[Any, ...]]"
"""Who may be answered by one statement: those with the same shapes and the same called values."""
MOST: Final = 100
"""The most keys of one statement."""
PATIENCE: Final = 0.002
"""How many seconds anybody waits for the statement of others to end: a slow one holds nobody up."""


class Fetching(Protocol):
    """What rows are fetched by."""

    async def fetch(self, shape: Shape, arguments: Sequence[Any]) -> Sequence[Row]:
        """The rows of one statement."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Several:
    """The statement for the row of a key, and that for the rows of a list of keys.

    The second has no value but the list, and its rows end with their key.
    """

    one: Shape
    many: Shape


@dataclass(slots=True, eq=False)
class _Asked:
    key: Any
    row: asyncio.Future[Row | bool | None]
    """False where it is to be asked for alone."""


class Gathering:
    """Who asks for rows of one lane at this moment."""

    def __init__(self, lane: Fetching) -> None:
        self._lane = lane
        self._under_way: dict[Together, int] = {}
        self._waiting: dict[Together, list[_Asked]] = {}
        self._together: dict[Together, int] = {}
        """How many of the statements under way are for several."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def row(self, several: Several, arguments: Sequence[Any], key: Any) -> Row | None:
        """The row of a key; ``arguments`` are what the statement for one is sent with."""
        together = several, several.many.called()
        if together[1] and not _is_hashable(together[1]):
            return await self._alone(several, arguments)
        if together in self._under_way:
            found = await self._joined(together, key)
            if not isinstance(found, bool):
                return found
        _more(self._under_way, together)
        try:
            return await self._alone(several, arguments)
        finally:
            _less(self._under_way, together)

    async def _alone(self, several: Several, arguments: Sequence[Any]) -> Row | None:
        rows = await self._lane.fetch(several.one, arguments)
        return rows[0] if rows else None

    def _joined(self, together: Together, key: Any) -> asyncio.Future[Row | bool | None]:
        loop = asyncio.get_running_loop()
        asked = _Asked(key, loop.create_future())
        waiting = self._waiting.get(together)
        if waiting is None:
            self._waiting[together] = [asked]
            # Nobody's context: what is traced or logged of it is not one request's.
            if together in self._together:
                loop.call_later(PATIENCE, self._send, together, context=Context())
            else:
                loop.call_soon(self._send, together, context=Context())
        else:
            waiting.append(asked)
            if len(waiting) == MOST:
                Context().run(self._send, together)
        return asked.row

    def _send(self, together: Together) -> None:
        waiting = self._waiting.pop(together, None)
        if waiting:
            task = asyncio.get_running_loop().create_task(self._fetched(together, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fetched(self, together: Together, waiting: list[_Asked]) -> None:
        _more(self._under_way, together)
        _more(self._together, together)
        rows: dict[Any, Row] | None = None
        try:
            several, called = together
            keys = list({asked.key for asked in waiting})
            found = await self._lane.fetch(several.many, several.many.arguments_with([keys], called))
            rows = {row[-1]: row for row in found}
        except Exception:  # noqa: S110 -- whoever asks alone hears of it
            pass
        finally:
            _less(self._under_way, together)
            _less(self._together, together)
            for asked in waiting:
                if not asked.row.done():
                    asked.row.set_result(False if rows is None else rows.get(asked.key))
            self._send(together)


def _more(counts: dict[Together, int], together: Together) -> None:
    counts[together] = counts.get(together, 0) + 1


def _less(counts: dict[Together, int], together: Together) -> None:
    left = counts[together] - 1
    if left:
        counts[together] = left
    else:
        del counts[together]


def _is_hashable(values: tuple[Any, ...]) -> bool:
    try:
        hash(values)
    except TypeError:
        return False
    return True
