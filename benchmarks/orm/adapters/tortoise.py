"""Tortoise ORM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tortoise import Tortoise
from tortoise.query_utils import Prefetch
from tortoise.transactions import in_transaction

from benchmarks.orm.adapters.sqlalchemy import as_dicts
from benchmarks.orm.adapters.tortoise_models import Cast, Director, Journal, Movie, Review
from benchmarks.orm.protocol import Adapter, Entry
from benchmarks.orm.shown import movie_of


class ByTortoise(Adapter):
    """Tortoise."""

    name = "tortoise"
    title = "Tortoise"

    async def open(self, database: str) -> None:
        """Its pool of asyncpg, or SQLite."""
        where = database.replace("postgresql://", "asyncpg://") + "?minsize=2&maxsize=8"
        if not database.startswith("postgresql://"):
            where = f"sqlite://{database}?synchronous=normal"
        models = ["benchmarks.orm.adapters.tortoise_models"]
        await Tortoise.init(db_url=where, modules={"models": models}, use_tz=True)

    async def close(self) -> None:
        """Close it."""
        await Tortoise.close_connections()

    async def insert_each(self, entries: Sequence[Entry]) -> None:
        """Create."""
        for values in as_dicts(entries):
            await Journal.create(**values)

    async def insert_together(self, entries: Sequence[Entry]) -> None:
        """Create in a transaction."""
        async with in_transaction():
            await self.insert_each(entries)

    async def insert_bulk(self, entries: Sequence[Entry]) -> None:
        """bulk_create."""
        await Journal.bulk_create([Journal(**values) for values in as_dicts(entries)])

    async def many(self, level: int) -> Sequence[Any]:
        """Objects."""
        return await Journal.filter(level=level)

    async def few(self, level: int) -> Sequence[Any]:
        """Objects."""
        return await Journal.filter(level=level).order_by("id").limit(20)

    async def get(self, key: int) -> Any:
        """An object."""
        return await Journal.get(id=key)

    async def dicts(self, level: int) -> Sequence[Any]:
        """Values."""
        return await Journal.filter(level=level).values()

    async def tuples(self, level: int) -> Sequence[Any]:
        """values_list."""
        return await Journal.filter(level=level).values_list()

    async def change_all(self, found: Sequence[Any], level: int) -> None:
        """Save."""
        async with in_transaction():
            for row in found:
                row.level, row.text = level, f"{row.text} again"
                await row.save()

    async def change_one(self, found: Sequence[Any], level: int) -> None:
        """Save of one field."""
        async with in_transaction():
            await self.change_each(found, level)

    async def delete_together(self, found: Sequence[Any]) -> None:
        """Delete."""
        async with in_transaction():
            await self.delete_each(found)

    async def change_each(self, found: Sequence[Any], level: int) -> None:
        """Save of one field."""
        for row in found:
            row.level = level
            await row.save(update_fields=["level"])

    async def delete_each(self, found: Sequence[Any]) -> None:
        """Delete."""
        for row in found:
            await row.delete()

    async def movie(self, key: int) -> dict[str, Any]:
        """Prefetched lists, people and authors joined to them."""
        lists = (
            Prefetch("directors", queryset=Director.all().select_related("person").order_by("list_order")),
            Prefetch("cast", queryset=Cast.all().select_related("person").order_by("list_order")),
            Prefetch("reviews", queryset=Review.all().select_related("author").order_by("id")),
        )
        return movie_of(await Movie.get(id=key).prefetch_related(*lists))
