"""`Database`: one database, from its URL to its tables.

    db = Database("sqlite:///blog.db")          # the first one made is the default
    await db.create_tables()
    async with db.session() as session: ...
    other = Database("postgresql://…", name="archive", replicas=["postgresql://…"])
    with other.use(): ...                        # model calls in this block go there

Raises `ConfigurationError` for a URL that cannot be used, `DuplicateNameError` for a name that is taken.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self, TypeVar, overload

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from portico._kernel.doors import register_calls
from portico._kernel.suggest import did_you_mean
from portico.db.dialects.failures import as_table
from portico.db.engine.walls import without_placed
from portico.errors import ConfigurationError

from . import raw
from .context import frames
from .handle import Handle
from .levels import joined, outermost
from .registry import forget_database, registered_databases, registered_metadatas
from .run import run
from .unit import Unit, UnitOptions, current_unit

T = TypeVar("T")
Parameters = Mapping[str, Any]


class Database(Handle):
    """One database."""

    @contextmanager
    def use(self) -> Generator[Self]:
        """Let calls in this block that name no database go to this one."""
        token = frames.push(self)
        try:
            yield self
        finally:
            frames.pop(self, token)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession]:
        """A plain session, committed at a normal end and rolled back on an error; commit earlier as you like.

        Model calls of the same task join it. Inside a unit of work it takes part in that transaction.
        """
        outer = current_unit(self)
        level = outermost(self, UnitOptions(), managed=False) if outer is None else joined(outer)
        async with level as unit:
            yield unit.session

    async def get_session(self) -> AsyncIterator[AsyncSession]:
        """For FastAPI: ``session: AsyncSession = Depends(db.get_session, scope="function")``.

        With this scope the commit happens before the response is sent; FastAPI's default would answer first.
        """
        async with self.session() as session:
            yield session

    async def create_tables(self, models: Any = None) -> None:
        """Create the tables that are missing: of all models, or of these models, tables or metadata."""
        wanted = _tables(models)

        def create(connection: sa.Connection) -> None:
            for metadata, tables in wanted:
                with _references_kept(metadata):
                    metadata.create_all(connection, tables=without_placed(metadata, tables))

        await raw.with_connection(self, create)

    async def drop_tables(self, models: Any = None) -> None:
        """Drop tables, with everything in them: of all models, or of these models, tables or metadata."""
        wanted = _tables(models)

        def drop(connection: sa.Connection) -> None:
            for metadata, tables in reversed(wanted):
                metadata.drop_all(connection, tables=without_placed(metadata, tables))

        await raw.with_connection(self, drop)

    async def execute_raw(self, sql: str, params: Parameters | Sequence[Parameters] | None = None) -> int:
        """Run SQL that gives no rows, with values as ``:name``; gives the number of rows it changed."""
        return await raw.execute(self, sql, params)

    @overload
    async def fetch_all(self, sql: str, params: Parameters | None = None) -> list[dict[str, Any]]: ...
    @overload
    async def fetch_all(self, sql: str, params: Parameters | None = None, *, into: type[T]) -> list[T]: ...
    async def fetch_all(self, sql: str, params: Parameters | None = None, *, into: Any = None) -> list[Any]:
        """All rows of a query, as dictionaries or as objects of ``into``."""
        return await raw.fetch_all(self, sql, params, into)

    @overload
    async def fetch_one(self, sql: str, params: Parameters | None = None) -> dict[str, Any] | None: ...
    @overload
    async def fetch_one(self, sql: str, params: Parameters | None = None, *, into: type[T]) -> T | None: ...
    async def fetch_one(self, sql: str, params: Parameters | None = None, *, into: Any = None) -> Any:
        """The first row of a query, as a dictionary or an object of ``into``; None when there is none."""
        found = await raw.fetch_all(self, sql, params, into)
        return found[0] if found else None

    async def ping(self) -> None:
        """Ask whether the database answers; raises `DatabaseUnavailableError` when it does not."""
        await run(self, sa.select(sa.literal(1)))

    async def close(self) -> None:
        """Close every connection and free the name."""
        forget_database(self)
        await self.engines.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def current_database(name: str | None = None) -> Database:
    """The database of that name; else of the unit or ``use()`` block around; else the first one made."""
    known = registered_databases()
    if name is not None:
        found = known.get(name)
        if isinstance(found, Database):
            return found
        raise ConfigurationError(f"There is no database named {name!r}.", hint=did_you_mean(name, known))
    for frame in reversed(frames.stack()):
        database = frame.database if isinstance(frame, Unit) and not frame.closed else frame
        if isinstance(database, Database):
            return database
    for database in known.values():
        if isinstance(database, Database):
            return database
    raise ConfigurationError(
        "There is no database yet.",
        hint='Make one before the first query: db = Database("sqlite:///app.db").',
    )


@contextmanager
def _references_kept(metadata: sa.MetaData) -> Generator[None]:
    """Undo what SQLAlchemy remembers when it adds the references of a circle by ALTER: never to create them.

    SQLite has no such ALTER, so its tables would have none after those of another database were made.
    """
    every: list[Any] = [one for table in metadata.tables.values() for one in table.foreign_key_constraints]
    rules = [(one, one._create_rule) for one in every]  # noqa: SLF001 -- what SQLAlchemy leaves behind
    try:
        yield
    finally:
        for one, rule in rules:
            one._create_rule = rule  # noqa: SLF001 -- as above


def _tables(models: Any) -> list[tuple[sa.MetaData, list[sa.Table] | None]]:
    """The metadata that are meant, each with the tables meant of it (None: all)."""
    if models is None:
        return [(metadata, None) for metadata in registered_metadatas()]
    several: list[Any] = [*models] if isinstance(models, list | tuple | set | frozenset) else [models]
    found: dict[sa.MetaData, list[sa.Table] | None] = {}
    for each in several:
        table = as_table(getattr(each, "__table__", each))
        # A model may have a column called metadata, so its table is asked; a base has only its own.
        source = each if table is None else table
        metadata = source if isinstance(source, sa.MetaData) else getattr(source, "metadata", None)
        if not isinstance(metadata, sa.MetaData):
            raise ConfigurationError(f"{each!r} is no model, table or metadata.")
        if table is None:
            found[metadata] = None
        elif (chosen := found.setdefault(metadata, [])) is not None:
            chosen.append(table)
    return list(found.items())


register_calls(
    "db/session",
    Database,
    reads="session get_session engine fetch_all fetch_one execute_raw",
    writes="session get_session engine execute_raw",
)
