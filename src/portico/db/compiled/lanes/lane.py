"""What a lane is: a few connections of a driver, used without a pool's ceremony.

    lane = lane_of(database)
    rows = await lane.fetch(shape, shape.arguments(values))
    changed = await lane.execute(shape, shape.arguments(values))

Each statement commits by itself and gives its connection back at once. Rows are the driver's own: sequences
of values as the driver has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

from portico.db.compiled.shapes import Shape

from .gathering import Gathering

Rows: TypeAlias = "Sequence[Sequence[Any]]"


class LaneError(Exception):
    """The statement did not happen; the general path does it again and says what is wrong in its words."""


class Lane(Protocol):
    """Connections of one driver to one database.

    Both calls raise `LaneError` where nothing has happened and the general path may do it. What a client is
    to hear comes as it is: `TimedOutError` (a limit was reached, or no connection became free),
    `DatabaseUnavailableError`, and `OutcomeUnknownError` for a write that got no answer.
    """

    @property
    def gathering(self) -> Gathering | None:
        """Where rows are asked for together; None where each statement goes alone."""
        ...

    async def fetch(self, shape: Shape, arguments: Sequence[Any]) -> Rows:
        """The rows of one statement."""
        ...

    async def execute(self, shape: Shape, arguments: Sequence[Any]) -> int:
        """How many rows one statement has changed; -1 where the database does not say."""
        ...

    def leave(self, *, forked: bool) -> None:
        """Let go of every connection: its loop has ended, or it belongs to the parent of this process."""
        ...

    async def close(self, *, final: bool) -> None:
        """Close every connection; the next statement opens another, but none is kept after ``final``."""
        ...
