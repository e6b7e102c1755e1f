"""What a driver is: a function that gives the ways to use a door, each to be awaited by somebody.

    Drive = (world, it) -> [ask, ask]

``it`` is what the door is asked for by name; see `Target`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from tests.invariants.world import Target, World

Ask: TypeAlias = Callable[[], Awaitable[Any]]
Drive: TypeAlias = Callable[[World, Target], Sequence[Ask]]


async def drawn(source: Any) -> list[Any]:
    """All that an asynchronous iterator gives."""
    return [each async for each in source]


async def awaited(selection: Any) -> Any:
    """What awaiting gives."""
    return await selection
