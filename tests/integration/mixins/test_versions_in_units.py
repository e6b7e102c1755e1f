"""A version goes back with what is rolled back, and is left alone by whoever sets it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from portico.db.session import Database, atomic
from tests.integration.mixins.notes import Base, Note

Write = Callable[[AsyncSession, Note], Awaitable[Any]]
Undone = Callable[[Database], AbstractAsyncContextManager[AsyncSession]]


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """One row, at version 1."""
    await db.create_tables(Base.metadata)
    await Note.create(slug="a", title="old")


async def _flushed(session: AsyncSession, note: Note) -> None:
    note.title = "new"
    await session.flush()


async def _followed(session: AsyncSession, _: Note) -> None:
    await session.execute(sa.update(Note).where(Note.slug == "a").values(title="new"))


async def _refreshed(session: AsyncSession, note: Note) -> None:
    await session.execute(sa.update(Note.__table__).values(title="new"))
    await session.refresh(note)


WRITES: list[Write] = [_flushed, _followed, _refreshed]


@asynccontextmanager
async def _rolled_back(db: Database) -> AsyncGenerator[AsyncSession]:
    async with db.session() as session:
        await session.get_one(Note, 1)
        yield session
        await session.rollback()


@asynccontextmanager
async def _after_a_commit(db: Database) -> AsyncGenerator[AsyncSession]:
    async with db.session() as session:
        one = await session.get_one(Note, 1)
        one.title = one.title
        await session.commit()
        yield session
        await session.rollback()


@asynccontextmanager
async def _in_a_savepoint(db: Database) -> AsyncGenerator[AsyncSession]:
    async with atomic(db) as unit:
        await Note.get(1)
        with suppress(LookupError):
            async with atomic(db):
                yield unit.session
                raise LookupError


@asynccontextmanager
async def _in_a_savepoint_of_the_session(db: Database) -> AsyncGenerator[AsyncSession]:
    async with db.session() as session:
        mark = await session.begin_nested()
        yield session
        await mark.rollback()


UNDOING: list[Undone] = [_rolled_back, _after_a_commit, _in_a_savepoint, _in_a_savepoint_of_the_session]


@pytest.mark.parametrize("undone", UNDOING)
@pytest.mark.parametrize("write", WRITES)
async def test_a_version_goes_back_with_the_values(db: Database, write: Write, undone: Undone) -> None:
    """An object that is ahead of its row would be taken for a current one as soon as others get that far."""
    async with undone(db) as session:
        note = await session.get_one(Note, 1)
        moment = note.updated_at
        await write(session, note)
        assert (note.title, note.version) == ("new", 2)
    assert (note.title, note.version, note.updated_at) == ("old", 1, moment)
    await note.update(likes=1)
    assert (await Note.get(1)).version == 2


@pytest.mark.parametrize("by", ["class", "table"])
@pytest.mark.parametrize("beside", [False, True])
async def test_an_update_that_sets_the_version_is_left_alone(db: Database, by: str, *, beside: bool) -> None:
    """Whether the number stands in the statement or beside it, somebody has counted already."""
    statement = sa.update(Note if by == "class" else Note.__table__).where(sa.column("slug") == "a")
    async with db.session() as session:
        if beside:
            await session.execute(statement, {"title": "new", "version": 7})
        else:
            await session.execute(statement.values(title="new", version=7))
    assert (await Note.get(1)).version == 7


async def test_an_upsert_counts_from_the_row_that_is_there_however_the_column_is_named(db: Database) -> None:
    """The number in the new row is of another row; a column names itself as well as a text does."""
    await Note.filter(id=1).update(title="newer")
    kind = {"postgresql": postgresql, "sqlite": sqlite}.get(db.dialect_name, mysql)
    made: Any = kind.insert(Note).values(slug="a", title="new")
    columns: Any = Note.__table__.c
    if isinstance(made, mysql.Insert):
        made = made.on_duplicate_key_update({columns.title: "new", columns.version: 1})
    else:
        made = made.on_conflict_do_update(
            index_elements=["slug"], set_={columns.title: "new", columns.version: 1}
        )
    async with db.session() as session:
        await session.execute(made)
    assert (await Note.get(1)).version == 3


async def test_a_value_that_was_assigned_to_itself_is_no_change(db: Database) -> None:
    """It would be put over what the database has just said, and be written by the next save."""
    note = await Note.get(1)
    note.likes = note.likes
    await note.increment("likes")
    assert note.likes == 1
    await note.save()
    assert ((await Note.get(1)).likes, note.version) == (1, 2)
