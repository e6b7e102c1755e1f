"""Piccolo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piccolo.columns import ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.engine.postgres import PostgresEngine
from piccolo.engine.sqlite import SQLiteEngine
from piccolo.table import Table

from benchmarks.orm.adapters.sqlalchemy import as_dicts
from benchmarks.orm.protocol import Adapter, Entry, document


class Journal(Table, tablename="journal"):
    """A line of a journal."""

    id = Serial(primary_key=True)
    timestamp = Timestamptz()
    level = Integer(index=True)
    text = Varchar(length=255)


class Person(Table, tablename="person"):
    """Somebody in a film."""

    id = Serial(primary_key=True)
    name = Varchar(length=80)


class Reviewer(Table, tablename="reviewer"):
    """Somebody who has seen it."""

    id = Serial(primary_key=True)
    name = Varchar(length=80)


class Movie(Table, tablename="movie"):
    """A film."""

    id = Serial(primary_key=True)
    title = Varchar(length=120)
    year = Integer()
    description = Varchar(length=400)


class Director(Table, tablename="movie_director"):
    """Who directed what."""

    id = Serial(primary_key=True)
    movie_id = ForeignKey(Movie)
    person_id = ForeignKey(Person)
    list_order = Integer()


class Cast(Table, tablename="movie_cast"):
    """Who played in what."""

    id = Serial(primary_key=True)
    movie_id = ForeignKey(Movie)
    person_id = ForeignKey(Person)
    list_order = Integer()


class Review(Table, tablename="movie_review"):
    """What was said of it."""

    id = Serial(primary_key=True)
    movie_id = ForeignKey(Movie)
    author_id = ForeignKey(Reviewer)
    rating = Integer()
    body = Varchar(length=400)


TABLES: tuple[Any, ...] = (Journal, Person, Reviewer, Movie, Director, Cast, Review)


class ByPiccolo(Adapter):
    """Piccolo."""

    name = "piccolo"
    title = "Piccolo"

    async def open(self, database: str) -> None:
        """Its pool of asyncpg; on SQLite it opens a connection for each query."""
        self.pooled = database.startswith("postgresql://")
        self.engine: Any = (
            PostgresEngine(config={"dsn": database}) if self.pooled else SQLiteEngine(path=database)
        )
        for table in TABLES:
            table._meta._db = self.engine  # noqa: SLF001 -- otherwise it wants a module of settings
        if self.pooled:
            await self.engine.start_connection_pool(min_size=2, max_size=8)

    async def close(self) -> None:
        """Close it."""
        if self.pooled:
            await self.engine.close_connection_pool()

    async def insert_each(self, entries: Sequence[Entry]) -> None:
        """Save of new objects."""
        for values in as_dicts(entries):
            await Journal(**values).save()

    async def insert_together(self, entries: Sequence[Entry]) -> None:
        """The same in a transaction."""
        async with self.engine.transaction():
            await self.insert_each(entries)

    async def insert_bulk(self, entries: Sequence[Entry]) -> None:
        """Insert of many; SQLite and PostgreSQL both bound the parameters of a statement."""
        size = 5_000 if self.pooled else 200
        for start in range(0, len(entries), size):
            part = as_dicts(entries[start : start + size])
            await Journal.insert(*[Journal(**values) for values in part])

    async def many(self, level: int) -> Sequence[Any]:
        """Objects."""
        return await Journal.objects().where(Journal.level == level)

    async def few(self, level: int) -> Sequence[Any]:
        """Objects."""
        return await Journal.objects().where(Journal.level == level).order_by(Journal.id).limit(20)

    async def get(self, key: int) -> Any:
        """An object."""
        return await Journal.objects().get(Journal.id == key)

    async def dicts(self, level: int) -> Sequence[Any]:
        """Select."""
        return await Journal.select().where(Journal.level == level)

    async def tuples(self, level: int) -> Sequence[Any]:
        """select, and tuples of it: it has none of its own."""
        return [tuple(row.values()) for row in await self.dicts(level)]

    async def change_all(self, found: Sequence[Any], level: int) -> None:
        """Save."""
        async with self.engine.transaction():
            for row in found:
                row.level, row.text = level, f"{row.text} again"
                await row.save()

    async def change_one(self, found: Sequence[Any], level: int) -> None:
        """Save of one column."""
        async with self.engine.transaction():
            await self.change_each(found, level)

    async def delete_together(self, found: Sequence[Any]) -> None:
        """Remove."""
        async with self.engine.transaction():
            await self.delete_each(found)

    async def change_each(self, found: Sequence[Any], level: int) -> None:
        """Save of one column."""
        for row in found:
            row.level = level
            await row.save(columns=[Journal.level])

    async def delete_each(self, found: Sequence[Any]) -> None:
        """Remove."""
        for row in found:
            await row.remove()

    async def movie(self, key: int) -> dict[str, Any]:
        """A statement for the film and one for each list, joined to people and authors."""
        movie = await Movie.select().where(Movie.id == key).first()
        lists: list[list[dict[str, Any]]] = []
        for link in (Director, Cast):
            query = link.select(link.person_id.id.as_alias("id"), link.person_id.name.as_alias("name"))
            lists.append(await query.where(link.movie_id == key).order_by(link.list_order))
        author = (Review.author_id.id.as_alias("author_id"), Review.author_id.name.as_alias("author_name"))
        query = Review.select(Review.id, Review.rating, Review.body, *author)
        reviews = [
            {
                "id": row["id"],
                "rating": row["rating"],
                "body": row["body"],
                "author": {"id": row["author_id"], "name": row["author_name"]},
            }
            for row in await query.where(Review.movie_id == key).order_by(Review.id)
        ]
        return document(movie, directors=lists[0], cast=lists[1], reviews=reviews)
