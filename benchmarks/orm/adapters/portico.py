"""Portico's model calls: outside of a unit of work, there with the compiled path off, inside `atomic()`."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

from benchmarks.orm.adapters.sqlalchemy import as_dicts, url_of
from benchmarks.orm.protocol import Adapter, Entry
from benchmarks.orm.shown import movie_of
from portico import (
    Database,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Many,
    ManyToOne,
    Mapped,
    Model,
    OneToMany,
    PoolOptions,
    Prefetch,
    Ref,
    StringField,
    atomic,
)


class Journal(Model):
    """A line of a journal."""

    id: Mapped[int] = IntegerField(primary_key=True)
    timestamp: Mapped[datetime] = DateTimeField()
    level: Mapped[int] = IntegerField(index=True)
    text: Mapped[str] = StringField(max_length=255)

    class Meta:
        """The shared table."""

        table = "journal"


class Person(Model):
    """Somebody in a film."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80)

    class Meta:
        """The shared table."""

        table = "person"


class Reviewer(Model):
    """Somebody who has seen it."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80)

    class Meta:
        """The shared table."""

        table = "reviewer"


class Movie(Model):
    """A film."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=120)
    year: Mapped[int] = IntegerField()
    description: Mapped[str] = StringField(max_length=400)
    directors: Many["Director"] = OneToMany(back_populates="movie")
    cast: Many["Cast"] = OneToMany(back_populates="movie")
    reviews: Many["MovieReview"] = OneToMany(back_populates="movie")

    class Meta:
        """The shared table."""

        table = "movie"


class Director(Model):
    """Who directed what."""

    id: Mapped[int] = IntegerField(primary_key=True)
    movie_id: Mapped[int] = ForeignKeyField(Movie)
    movie: Ref[Movie] = ManyToOne(back_populates="directors")
    person_id: Mapped[int] = ForeignKeyField(Person)
    person: Ref[Person] = ManyToOne()
    list_order: Mapped[int] = IntegerField()

    class Meta:
        """The shared table."""

        table = "movie_director"


class Cast(Model):
    """Who played in what."""

    id: Mapped[int] = IntegerField(primary_key=True)
    movie_id: Mapped[int] = ForeignKeyField(Movie)
    movie: Ref[Movie] = ManyToOne(back_populates="cast")
    person_id: Mapped[int] = ForeignKeyField(Person)
    person: Ref[Person] = ManyToOne()
    list_order: Mapped[int] = IntegerField()

    class Meta:
        """The shared table."""

        table = "movie_cast"


class MovieReview(Model):
    """What was said of it."""

    id: Mapped[int] = IntegerField(primary_key=True)
    movie_id: Mapped[int] = ForeignKeyField(Movie)
    movie: Ref[Movie] = ManyToOne(back_populates="reviews")
    author_id: Mapped[int] = ForeignKeyField(Reviewer)
    author: Ref[Reviewer] = ManyToOne()
    rating: Mapped[int] = IntegerField()
    body: Mapped[str] = StringField(max_length=400)

    class Meta:
        """The shared table."""

        table = "movie_review"


NOTHING_BACK: dict[str, Any] = (
    {"returning": False} if "returning" in inspect.signature(Journal.bulk_create).parameters else {}
)


class ByPortico(Adapter):
    """The default."""

    name = "portico"
    title = "**Portico**"
    compiled: str | None = None

    async def open(self, database: str) -> None:
        """A database of its own."""
        more: dict[str, Any] = {"compiled": self.compiled} if self.compiled else {}
        self.database = Database(url_of(database), name=self.name, pool=PoolOptions(size=8), **more)

    async def close(self) -> None:
        """Close it."""
        await self.database.close()

    @asynccontextmanager
    async def _using(self) -> AsyncGenerator[None]:
        with self.database.use():
            yield

    def around(self) -> AbstractAsyncContextManager[Any]:
        """Calls go to its database."""
        return self._using()

    async def insert_each(self, entries: Sequence[Entry]) -> None:
        """Create."""
        for values in as_dicts(entries):
            await Journal.create(**values)

    async def insert_together(self, entries: Sequence[Entry]) -> None:
        """Create in a unit of work."""
        async with atomic():
            await self.insert_each(entries)

    async def insert_bulk(self, entries: Sequence[Entry]) -> None:
        """bulk_create."""
        await Journal.bulk_create([Journal(**values) for values in as_dicts(entries)])

    async def insert_huge(self, entries: Sequence[Entry]) -> None:
        """bulk_create, with nothing back where it offers that."""
        rows: Any = as_dicts(entries)
        if not NOTHING_BACK:
            rows = [Journal(**values) for values in rows]
        await Journal.bulk_create(rows, **NOTHING_BACK)

    async def many(self, level: int) -> Sequence[Any]:
        """Objects."""
        return await Journal.filter(level=level)

    async def few(self, level: int) -> Sequence[Any]:
        """Objects."""
        return await Journal.filter(level=level).order_by("id").limit(20)

    async def get(self, key: int) -> Any:
        """An object."""
        return await Journal.get(key)

    async def dicts(self, level: int) -> Sequence[Any]:
        """Values."""
        return await Journal.filter(level=level).values()

    async def tuples(self, level: int) -> Sequence[Any]:
        """values_list."""
        return await Journal.filter(level=level).values_list()

    async def change_all(self, found: Sequence[Any], level: int) -> None:
        """Save."""
        async with atomic():
            for row in found:
                row.timestamp, row.level, row.text = row.timestamp, level, f"{row.text} again"
                await row.save()

    async def change_one(self, found: Sequence[Any], level: int) -> None:
        """Update of one column."""
        async with atomic():
            await self.change_each(found, level)

    async def delete_together(self, found: Sequence[Any]) -> None:
        """Delete."""
        async with atomic():
            await self.delete_each(found)

    async def change_each(self, found: Sequence[Any], level: int) -> None:
        """Update of one column."""
        for row in found:
            await row.update(level=level)

    async def delete_each(self, found: Sequence[Any]) -> None:
        """Delete."""
        for row in found:
            await row.delete()

    async def movie(self, key: int) -> dict[str, Any]:
        """Prefetched lists with their people."""
        query = Movie.filter(id=key).prefetch(
            Prefetch("directors", query=Director.order_by("list_order")),
            Prefetch("cast", query=Cast.order_by("list_order")),
            Prefetch("reviews", query=MovieReview.order_by("id")),
            "directors.person",
            "cast.person",
            "reviews.author",
        )
        return movie_of((await query)[0])


class General(ByPortico):
    """The general path alone."""

    name = "portico-off"
    title = "Portico, general path only"
    compiled = "off"


class InUnit(ByPortico):
    """Everything of one workload in one unit of work."""

    name = "portico-atomic"
    title = "Portico, inside atomic()"
    without = frozenset("AIJKMNO")

    def around(self) -> AbstractAsyncContextManager[Any]:
        """A unit of work."""
        return self._in_unit()

    @asynccontextmanager
    async def _in_unit(self) -> AsyncGenerator[None]:
        with self.database.use():
            async with atomic():
                yield
