"""`Database`: one database, from its URL to its tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from portico.errors import ConfigurationError

from .handle import Handle
from .registry import registered_metadatas
from .run import run
from .unit import Unit, frames

_databases: dict[str, Database] = {}
_first: list[Database] = []


class Database(Handle):
    """One database."""

    def __init__(self, url: str | sa.URL, **options: Any) -> None:
        super().__init__(url, **options)
        _databases[self.name] = self
        if not _first:
            _first.append(self)

    @contextmanager
    def use(self) -> Iterator[Self]:
        """Let model calls in this block go to this database."""
        token = frames.set((*frames.get(), self))
        try:
            yield self
        finally:
            frames.reset(token)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A plain session: committed at a normal end, rolled back on an error."""
        async with self.session_factory() as session, session.begin():
            unit = Unit(self, session)
            token = frames.set((*frames.get(), unit))
            try:
                yield session
            finally:
                unit.closed = True
                frames.reset(token)

    async def get_session(self) -> AsyncIterator[AsyncSession]:
        """For FastAPI: ``session: AsyncSession = Depends(db.get_session)``."""
        async with self.session() as session:
            yield session

    async def create_tables(self, models: Any = None) -> None:
        """Create the tables that are missing."""
        async with self.engine.begin() as connection:
            for metadata in self._metadatas(models):
                await connection.run_sync(metadata.create_all)

    async def drop_tables(self, models: Any = None) -> None:
        """Drop the tables."""
        async with self.engine.begin() as connection:
            for metadata in reversed(self._metadatas(models)):
                await connection.run_sync(metadata.drop_all)

    def _metadatas(self, models: Any) -> list[sa.MetaData]:
        if models is None:
            return registered_metadatas()
        several: Iterable[Any] = models if isinstance(models, list | tuple) else [models]
        return list({id(m): m for m in (getattr(x, "metadata", x) for x in several)}.values())

    async def execute_raw(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """Run raw SQL."""
        return (await run(self, sa.text(sql), params)).rowcount  # type: ignore

    async def fetch_all(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """All rows of raw SQL."""
        return [dict(row) for row in (await run(self, sa.text(sql), params)).mappings()]

    async def fetch_one(self, sql: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """One row of raw SQL."""
        rows = await self.fetch_all(sql, params)
        return rows[0] if rows else None

    async def ping(self) -> None:
        """Ask whether the database answers."""
        await run(self, sa.text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self.engines.dispose()
        if self in _first:
            _first.remove(self)
        if _databases.get(self.name) is self:
            del _databases[self.name]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def current_database(name: str | None = None) -> Database:
    """The database that calls go to here."""
    if name is not None:
        return _databases[name]
    for frame in reversed(frames.get()):
        if isinstance(frame, Unit):
            if not frame.closed and isinstance(frame.database, Database):
                return frame.database
        elif isinstance(frame, Database):
            return frame
    if _first:
        return _first[0]
    raise ConfigurationError("There is no database yet.", hint="Make one: Database('sqlite:///app.db').")
