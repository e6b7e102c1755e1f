"""Things made once for a key and kept, the least used of them no longer than there is room.

shelf = Shelf[PageShape](most=500)
shelf.take(key, make)          # made when it is first asked for, or again after it was put away
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """A bounded dictionary; ``made`` counts how often something had to be made."""

    __slots__ = ("_held", "_most", "made")

    def __init__(self, most: int) -> None:
        self._held: OrderedDict[Hashable, T] = OrderedDict()
        self._most = most
        self.made = 0

    def __len__(self) -> int:
        return len(self._held)

    def take(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under a key."""
        held = self._held
        try:
            held.move_to_end(key)
            return held[key]
        except KeyError:
            pass
        made = make()
        self.made += 1
        held[key] = made
        if len(held) > self._most:
            held.popitem(last=False)
        return made
