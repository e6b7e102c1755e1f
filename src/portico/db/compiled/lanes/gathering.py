"""Rows by their keys, asked for together by requests that came at the same time.

    gathering = Gathering(lane)
    row = await gathering.row(several, several.one.arguments([7]), 7)       # None where there is no row

Whoever asks while nobody else does, asks at once and alone. Whoever asks while a statement of the same shape
is under way joins those of this turn of the event loop: nobody waits for anybody, and a busy server sends one
statement for all that it has just read from its sockets. A statement for several that fails is asked for by
each alone, who then hears what is wrong in the usual way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from portico.db.compiled.shapes import Shape

Row: TypeAlias = "Sequence[Any]"
MOST: Final = 100
"""The most keys of one statement."""


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


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    key: Any
    row: asyncio.Future[Row | bool | None]
    """False where it is to be asked for alone."""


class Gathering:
    """Who asks for rows of one lane at this moment."""

    def __init__(self, lane: Fetching) -> None:
        self._lane = lane
        self._under_way: dict[Several, int] = {}
        self._waiting: dict[Several, list[_Asked]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def row(self, several: Several, arguments: Sequence[Any], key: Any) -> Row | None:
        """The row of a key; ``arguments`` are what the statement for one is sent with."""
        if several in self._under_way:
            found = await self._joined(several, key)
            if not isinstance(found, bool):
                return found
        self._begin(several)
        try:
            rows = await self._lane.fetch(several.one, arguments)
        finally:
            self._end(several)
        return rows[0] if rows else None

    def _joined(self, several: Several, key: Any) -> asyncio.Future[Row | bool | None]:
        loop = asyncio.get_running_loop()
        asked = _Asked(key, loop.create_future())
        waiting = self._waiting.get(several)
        if waiting is None:
            self._waiting[several] = [asked]
            # Nobody's context: what is traced or logged of it is not one request's.
            loop.call_soon(self._send, several, context=Context())
        else:
            waiting.append(asked)
            if len(waiting) == MOST:
                Context().run(self._send, several)
        return asked.row

    def _send(self, several: Several) -> None:
        waiting = self._waiting.pop(several, None)
        if waiting:
            task = asyncio.get_running_loop().create_task(self._fetched(several, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fetched(self, several: Several, waiting: list[_Asked]) -> None:
        self._begin(several)
        rows: dict[Any, Row] | None = None
        try:
            keys = list({asked.key for asked in waiting})
            found = await self._lane.fetch(several.many, several.many.arguments([keys]))
            rows = {row[-1]: row for row in found}
        except Exception:  # noqa: S110 -- whoever asks alone hears of it
            pass
        finally:
            self._end(several)
            for asked in waiting:
                if not asked.row.done():
                    asked.row.set_result(False if rows is None else rows.get(asked.key))

    def _begin(self, several: Several) -> None:
        self._under_way[several] = self._under_way.get(several, 0) + 1

    def _end(self, several: Several) -> None:
        left = self._under_way[several] - 1
        if left:
            self._under_way[several] = left
        else:
            del self._under_way[several]
