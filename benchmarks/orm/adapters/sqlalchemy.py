"""SQLAlchemy: Core on a connection, and the ORM in sessions, both asynchronous."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload

from benchmarks.orm.adapters import sqlalchemy_models as models
from benchmarks.orm.protocol import Adapter, Entry, document
from benchmarks.orm.shown import movie_of


def url_of(database: str) -> str:
    """The URL for SQLAlchemy."""
    if database.startswith("postgresql://"):
        return database.replace("postgresql://", "postgresql+asyncpg://")
    return f"sqlite+aiosqlite:///{database}"


def engine_of(database: str) -> AsyncEngine:
    """An engine without overflow; on SQLite it syncs as seldom as the others."""
    engine = create_async_engine(url_of(database), pool_size=8, max_overflow=0)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine.sync_engine, "connect")
        def said(connection: Any, _: Any) -> None:
            connection.execute("pragma synchronous=normal")

    return engine


def as_dicts(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Rows by name."""
    return [{"timestamp": timestamp, "level": level, "text": text} for timestamp, level, text in entries]


class Core(Adapter):
    """Statements and rows, no objects."""

    name = "sqlalchemy-core"
    title = "SQLAlchemy Core, async"
    journal: Any = models.Journal.__table__

    async def open(self, database: str) -> None:
        """An engine without overflow."""
        self.engine = engine_of(database)

    async def close(self) -> None:
        """Close its pool."""
        await self.engine.dispose()

    async def insert_each(self, entries: Sequence[Entry]) -> None:
        """A transaction for each."""
        for values in as_dicts(entries):
            async with self.engine.begin() as connection:
                await connection.execute(sa.insert(self.journal).values(**values))

    async def insert_together(self, entries: Sequence[Entry]) -> None:
        """One transaction."""
        async with self.engine.begin() as connection:
            for values in as_dicts(entries):
                await connection.execute(sa.insert(self.journal).values(**values))

    async def insert_bulk(self, entries: Sequence[Entry]) -> None:
        """A list of dictionaries."""
        async with self.engine.begin() as connection:
            await connection.execute(sa.insert(self.journal), as_dicts(entries))

    async def _rows(self, query: Any) -> sa.CursorResult[Any]:
        async with self.engine.connect() as connection:
            return await connection.execute(query)

    def _level(self, level: int) -> sa.Select[Any]:
        return sa.select(self.journal).where(self.journal.c.level == level)

    async def many(self, level: int) -> Sequence[Any]:
        """Rows."""
        return (await self._rows(self._level(level))).all()

    async def few(self, level: int) -> Sequence[Any]:
        """Rows."""
        return (await self._rows(self._level(level).order_by(self.journal.c.id).limit(20))).all()

    async def get(self, key: int) -> Any:
        """A row."""
        return (await self._rows(sa.select(self.journal).where(self.journal.c.id == key))).one()

    async def dicts(self, level: int) -> Sequence[Any]:
        """Dictionaries of the mappings."""
        return [dict(row) for row in (await self._rows(self._level(level))).mappings()]

    async def tuples(self, level: int) -> Sequence[Any]:
        """Tuples of the rows."""
        return [tuple(row) for row in await self._rows(self._level(level))]

    async def _change(self, found: Sequence[Any], **values: Any) -> None:
        async with self.engine.begin() as connection:
            for row in found:
                statement = sa.update(self.journal).where(self.journal.c.id == row.id).values(**values)
                await connection.execute(statement)

    async def change_all(self, found: Sequence[Any], level: int) -> None:
        """A statement for each."""
        async with self.engine.begin() as connection:
            for row in found:
                values = {"timestamp": row.timestamp, "level": level, "text": f"{row.text} again"}
                where = self.journal.c.id == row.id
                await connection.execute(sa.update(self.journal).where(where).values(**values))

    async def change_one(self, found: Sequence[Any], level: int) -> None:
        """A statement for each."""
        await self._change(found, level=level)

    async def delete_together(self, found: Sequence[Any]) -> None:
        """A statement for each."""
        async with self.engine.begin() as connection:
            for row in found:
                await connection.execute(sa.delete(self.journal).where(self.journal.c.id == row.id))

    async def change_each(self, found: Sequence[Any], level: int) -> None:
        """A transaction for each."""
        for row in found:
            await self._change([row], level=level)

    async def delete_each(self, found: Sequence[Any]) -> None:
        """A transaction for each."""
        for row in found:
            await self.delete_together([row])

    async def movie(self, key: int) -> dict[str, Any]:
        """Four statements on one connection."""
        people = models.Person.__table__
        author, review = models.Reviewer.__table__, models.Review.__table__
        async with self.engine.connect() as connection:
            film = models.Movie.__table__
            movie = (await connection.execute(sa.select(film).where(film.c.id == key))).mappings().one()
            lists: list[list[dict[str, Any]]] = []
            for link in (models.Director.__table__, models.Cast.__table__):
                query = sa.select(people.c.id, people.c.name).join(link, link.c.person_id == people.c.id)
                query = query.where(link.c.movie_id == key).order_by(link.c.list_order)
                lists.append([dict(row) for row in (await connection.execute(query)).mappings()])
            query = sa.select(review.c.id, review.c.rating, review.c.body, author.c.id, author.c.name)
            query = query.join(author, author.c.id == review.c.author_id).where(review.c.movie_id == key)
            reviews = [
                {"id": row[0], "rating": row[1], "body": row[2], "author": {"id": row[3], "name": row[4]}}
                for row in await connection.execute(query.order_by(review.c.id))
            ]
        return document(dict(movie), directors=lists[0], cast=lists[1], reviews=reviews)


class Orm(Adapter):
    """Sessions and objects; the unit of work batches what one transaction changes."""

    name = "sqlalchemy-orm"
    title = "SQLAlchemy ORM, async"
    models: Any = models

    async def open(self, database: str) -> None:
        """An engine without overflow, sessions that do not expire."""
        self.engine = engine_of(database)
        self.sessions: Any = async_sessionmaker(
            self.engine, class_=self.session_class(), expire_on_commit=False
        )

    def session_class(self) -> type[AsyncSession]:
        """SQLModel has one of its own."""
        return AsyncSession

    async def close(self) -> None:
        """Close its pool."""
        await self.engine.dispose()

    async def insert_each(self, entries: Sequence[Entry]) -> None:
        """A session for each."""
        for values in as_dicts(entries):
            async with self.sessions() as session:
                session.add(self.models.Journal(**values))
                await session.commit()

    async def insert_together(self, entries: Sequence[Entry]) -> None:
        """One session, a flush for each."""
        async with self.sessions() as session:
            for values in as_dicts(entries):
                session.add(self.models.Journal(**values))
                await session.flush()
            await session.commit()

    async def insert_bulk(self, entries: Sequence[Entry]) -> None:
        """add_all."""
        async with self.sessions() as session:
            session.add_all([self.models.Journal(**values) for values in as_dicts(entries)])
            await session.commit()

    async def insert_huge(self, entries: Sequence[Entry]) -> None:
        """The bulk form of its documentation, without objects."""
        async with self.sessions() as session:
            await session.execute(sa.insert(self.models.Journal), as_dicts(entries))
            await session.commit()

    def _level(self, level: int) -> Any:
        return sa.select(self.models.Journal).where(self.models.Journal.level == level)

    async def _all(self, query: Any) -> Sequence[Any]:
        async with self.sessions() as session:
            found: Sequence[Any] = (await session.scalars(query)).all()
            return found

    async def many(self, level: int) -> Sequence[Any]:
        """Objects."""
        return await self._all(self._level(level))

    async def few(self, level: int) -> Sequence[Any]:
        """Objects."""
        return await self._all(self._level(level).order_by(self.models.Journal.id).limit(20))

    async def get(self, key: int) -> Any:
        """An object."""
        async with self.sessions() as session:
            return await session.get(self.models.Journal, key)

    async def dicts(self, level: int) -> Sequence[Any]:
        """Columns, not objects."""
        async with self.sessions() as session:
            rows = await session.execute(self._columns(level))
            return [dict(row) for row in rows.mappings()]

    async def tuples(self, level: int) -> Sequence[Any]:
        """Columns, not objects."""
        async with self.sessions() as session:
            return [tuple(row) for row in await session.execute(self._columns(level))]

    def _columns(self, level: int) -> Any:
        journal = self.models.Journal
        columns = (journal.id, journal.timestamp, journal.level, journal.text)
        return sa.select(*columns).where(journal.level == level)

    async def change_all(self, found: Sequence[Any], level: int) -> None:
        """Attributes, one flush."""
        async with self.sessions() as session:
            session.add_all(found)
            for row in found:
                row.timestamp, row.level, row.text = row.timestamp, level, f"{row.text} again"
            await session.commit()

    async def change_one(self, found: Sequence[Any], level: int) -> None:
        """An attribute, one flush."""
        async with self.sessions() as session:
            session.add_all(found)
            for row in found:
                row.level = level
            await session.commit()

    async def delete_together(self, found: Sequence[Any]) -> None:
        """One flush."""
        async with self.sessions() as session:
            for row in found:
                await session.delete(row)
            await session.commit()

    async def change_each(self, found: Sequence[Any], level: int) -> None:
        """A session for each."""
        for row in found:
            await self.change_one([row], level)

    async def delete_each(self, found: Sequence[Any]) -> None:
        """A session for each."""
        for row in found:
            await self.delete_together([row])

    async def movie(self, key: int) -> dict[str, Any]:
        """The film, and a statement for each list."""
        film = self.models.Movie
        options = (
            selectinload(film.directors).options(joinedload(self.models.Director.person)),
            selectinload(film.cast).options(joinedload(self.models.Cast.person)),
            selectinload(film.reviews).options(joinedload(self.models.Review.author)),
        )
        async with self.sessions() as session:
            found = await session.scalar(sa.select(film).where(film.id == key).options(*options))
        return movie_of(found)
