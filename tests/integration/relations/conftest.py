"""A small blog on the private database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from portico.db.session import Database, fetch
from tests.integration.relations.blog import Base

T = TypeVar("T")


@dataclass
class Blog:
    """A database with the tables of `blog`, and the statements it was sent."""

    db: Database
    sent: list[str] = field(default_factory=list[str])

    async def save(self, *instances: Any) -> None:
        """Write rows with a session of SQLAlchemy's own; the instances come out detached."""
        async with AsyncSession(self.db.engine, expire_on_commit=False) as session:
            session.add_all(instances)
            await session.commit()
        self.sent.clear()

    async def all(self, model: type[T], **where: Any) -> list[T]:
        """Fresh objects by key order."""
        statement = sa.select(model).filter_by(**where).order_by(*sa.inspect(model).primary_key)
        found: list[T] = await fetch(self.db, statement)
        self.sent.clear()
        return found

    async def one(self, model: type[T], **where: Any) -> T:
        """One fresh object."""
        (found,) = await self.all(model, **where)
        return found

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What is in the tables, asked past everything of ours."""
        async with self.db.engine.connect() as connection:
            return sorted(tuple(row) for row in await connection.execute(sa.text(sql)))


@pytest.fixture
async def blog(db: Database) -> AsyncIterator[Blog]:
    """Tables made, statements watched."""
    await db.create_tables(Base.metadata)
    blog = Blog(db)
    watched = _watch(db, blog.sent)
    next(watched)
    yield blog
    next(watched, None)


def _watch(db: Database, sent: list[str]) -> Iterator[None]:
    def note(*arguments: Any) -> None:
        sent.append(" ".join(arguments[2].split()))

    # A view of an engine shares its pool, and passes its events on.
    engines = {id(e.sync_engine.pool): e.sync_engine for e in (db.engines.autocommit, db.engine)}.values()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
