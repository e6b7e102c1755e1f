"""The ways to reach or change rows, each told by the room that opens it.

    register_calls("db/query", Query, reads="count exists", writes="delete")
    register_doors("rest", reads=["GET /{r}"])
    doors()      # those of every room that is loaded

A door is said beside its code. The suite in `tests/invariants` goes through each of them as one tenant among
the rows of another, and fails for one that it has no driver for; `tests/architecture` looks for those that
nobody registered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Wall: TypeAlias = Literal["tenant", "deleted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way in: what it is called, whose it is, and what can be done there."""

    name: str
    room: str
    reads: bool = False
    writes: bool = False
    passes: frozenset[Wall] = frozenset()
    """The walls that it is made to pass: rows of every tenant, or rows that are marked as deleted."""


_known: Final[dict[str, Door]] = {}


def register_doors(
    room: str, *, reads: Iterable[str] = (), writes: Iterable[str] = (), passes: Iterable[Wall] = ()
) -> None:
    """Say which doors a room opens, by the names of functions or HTTP operations.

    A name that is among both can be used for both.
    """
    reading, writing, through = frozenset(reads), frozenset(writes), frozenset(passes)
    for name in sorted(reading | writing):
        if name in _known and _known[name].room != room:
            raise ValueError(f"The door {name} is registered by {_known[name].room} already.")
        _known[name] = Door(
            name=name, room=room, reads=name in reading, writes=name in writing, passes=through
        )


def register_calls(
    room: str, cls: type[object], *, reads: str = "", writes: str = "", passes: Iterable[Wall] = ()
) -> None:
    """The same for calls of a class, named with spaces between: the doors are ``Query.count`` and so on."""
    register_doors(room, reads=_named(cls, reads), writes=_named(cls, writes), passes=passes)


def _named(cls: type[object], names: str) -> list[str]:
    for name in names.split():
        if not hasattr(cls, name):
            raise ValueError(f"{cls.__name__} has no {name}, so it cannot be a door.")
    return [f"{cls.__name__}.{name}" for name in names.split()]


def doors() -> tuple[Door, ...]:
    """Every door of the rooms that are loaded, by room and name."""
    return tuple(sorted(_known.values(), key=lambda door: (door.room, door.name)))
