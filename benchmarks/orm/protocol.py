"""What an adapter can do: one method for each workload, in the words of its library."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

Entry = tuple[Any, int, str]


class Adapter:
    """One way to speak to the database. Methods that a way does not have are named in ``without``."""

    name: str
    title: str
    without: frozenset[str] = frozenset()

    async def open(self, database: str) -> None:
        """Connect; ``postgresql://…`` or the path of an SQLite file."""
        raise NotImplementedError

    async def close(self) -> None:
        """Disconnect."""

    def around(self) -> AbstractAsyncContextManager[Any]:
        """What every workload runs in."""
        return nullcontext()

    async def insert_each(self, entries: Sequence[Entry]) -> None:
        """A: rows one by one, each its own transaction."""
        raise NotImplementedError

    async def insert_together(self, entries: Sequence[Entry]) -> None:
        """B: rows one by one in one transaction."""
        raise NotImplementedError

    async def insert_bulk(self, entries: Sequence[Entry]) -> None:
        """C: many rows at once."""
        raise NotImplementedError

    async def many(self, level: int) -> Sequence[Any]:
        """D: about 1,000 rows as objects."""
        raise NotImplementedError

    async def few(self, level: int) -> Sequence[Any]:
        """E: the first 20 of them, by id."""
        raise NotImplementedError

    async def get(self, key: int) -> Any:
        """F: one row as an object."""
        raise NotImplementedError

    async def dicts(self, level: int) -> Sequence[Any]:
        """G: about 1,000 rows as dictionaries."""
        raise NotImplementedError

    async def tuples(self, level: int) -> Sequence[Any]:
        """H: about 1,000 rows as tuples."""
        raise NotImplementedError

    async def change_all(self, found: Sequence[Any], level: int) -> None:
        """I: every column of objects, in one transaction."""
        raise NotImplementedError

    async def change_one(self, found: Sequence[Any], level: int) -> None:
        """J: one column of objects, in one transaction."""
        raise NotImplementedError

    async def delete_together(self, found: Sequence[Any]) -> None:
        """K: delete objects, in one transaction."""
        raise NotImplementedError

    async def movie(self, key: int) -> dict[str, Any]:
        """L: a film with its directors, cast, and reviews with their authors."""
        raise NotImplementedError

    async def change_each(self, found: Sequence[Any], level: int) -> None:
        """M: one column of objects, each its own transaction."""
        raise NotImplementedError

    async def delete_each(self, found: Sequence[Any]) -> None:
        """N: delete objects, each its own transaction."""
        raise NotImplementedError

    async def insert_huge(self, entries: Sequence[Entry]) -> None:
        """O: 100,000 rows as fast as the library can, none needed back."""
        await self.insert_bulk(entries)


def document(movie: dict[str, Any], **lists: Any) -> dict[str, Any]:
    """The film as JSON would show it, with the average of its ratings."""
    ratings = [review["rating"] for review in lists["reviews"]]
    return {**movie, **lists, "average": sum(ratings) / len(ratings)}
