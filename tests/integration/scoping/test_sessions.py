"""Sessions, connections and raw SQL of the application itself are under the same criteria."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import InvalidRequestError, SAWarning, SQLAlchemyError
from sqlalchemy.orm import aliased, joinedload, selectinload

from portico.db.session import Database
from portico.errors import PorticoError, UsageError

from .library import SHELVES, VOLUMES, Shelf, Volume, everything, filled, inside, kept


@pytest.fixture
async def library(url: str) -> AsyncIterator[Database]:
    """The rows of both houses."""
    async with filled(url, name="library") as database:
        yield database


async def test_sessions_read_and_flush_within_the_criteria(library: Database) -> None:
    """Objects that are added, changed and deleted, and statements of any kind."""
    async with library.session() as session:
        with inside("north"):
            found = (await session.scalars(sa.select(Volume).order_by(Volume.id))).all()
            assert [one.id for one in found] == [1, 2, 6]
            found[0].title = "Persuasion"
            await session.delete(found[1])
            await session.commit()
    rows = await kept(library)
    assert rows[1]["title"] == "Persuasion"
    assert sorted(rows) == [1, 3, 4, 5, 6]


async def test_a_session_gives_no_object_that_is_outside_by_now(library: Database) -> None:
    """What it holds already is asked for anew."""
    async with library.session() as session:
        with everything():
            assert await session.get(Volume, 4) is not None
            assert await session.get(Volume, 1) is not None
        with inside("north"):
            assert await session.get(Volume, 4) is None
            assert await session.get(Volume, 1) is not None


async def test_an_object_is_not_refreshed_from_outside(library: Database) -> None:
    """Its row is not there."""
    async with library.session() as session:
        with everything():
            foreign = await session.get_one(Volume, 4)
        with inside("north"), pytest.raises(InvalidRequestError):
            await session.refresh(foreign)


async def test_a_flush_of_a_row_outside_changes_nothing(library: Database) -> None:
    """Neither an UPDATE nor a DELETE of the session's own finds it."""
    before = await kept(library)
    for change in ("update", "delete"):
        async with library.session() as session:
            with everything():
                foreign = await session.get_one(Volume, 4)
            with inside("north"):
                if change == "update":
                    foreign.title = "Taken"
                else:
                    await session.delete(foreign)
                with pytest.raises((SQLAlchemyError, SAWarning, PorticoError)):
                    await session.flush()
            await session.rollback()
    assert await kept(library) == before


@pytest.mark.parametrize("load", [joinedload, selectinload])
async def test_eager_loading_is_within_the_criteria(library: Database, load: Any) -> None:
    """Both of SQLAlchemy's usual ways."""
    async with library.session() as session:
        with inside("north"):
            statement = sa.select(Shelf).options(load(Shelf.volumes)).order_by(Shelf.id)
            shelves = (await session.scalars(statement)).unique().all()
            assert [sorted(one.id for one in shelf.volumes) for shelf in shelves] == [[1, 2], []]


async def test_objects_outside_follow_no_statement(library: Database) -> None:
    """SQLAlchemy would ask the condition of the objects in hand, and it says nothing of houses."""
    async with library.session() as session:
        with everything():
            ours, theirs = await session.get_one(Volume, 1), await session.get_one(Volume, 4)
            title = theirs.title
        with inside("north"):
            await session.execute(sa.update(Volume).where(Volume.id > 0).values(title="new"))
            assert (ours.title, theirs.title) == ("new", title)
            await session.execute(sa.delete(Volume).where(Volume.id > 0))
            assert (ours in session, theirs in session) == (False, True)
        await session.rollback()
        assert ours.title != "new"


async def test_aliased_classes_are_within_the_criteria(library: Database) -> None:
    """A class joined to itself."""
    other = aliased(Volume)
    statement = sa.select(Volume.id, other.id).join(other, other.title == Volume.title)
    async with library.session() as session:
        with inside("north"):
            assert sorted((await session.execute(statement)).all()) == [(1, 1), (2, 2), (6, 6)]


async def test_plain_connections_are_within_the_criteria(library: Database) -> None:
    """Of the engine itself, and of what was made of it."""
    for engine in (library.engine, library.engine.execution_options(own=1)):
        async with engine.connect() as connection:
            with inside("south"):
                found = await connection.execute(sa.select(VOLUMES.c.id).order_by(VOLUMES.c.id))
                assert [row.id for row in found] == [4, 5]


async def test_what_a_condition_raises_is_heard_as_it_is(library: Database) -> None:
    """In sessions, connections, model calls and streams alike, and not inside another error."""
    async with library.session() as session:
        with pytest.raises(UsageError, match="No house"):
            await session.execute(sa.select(Shelf))
    async with library.engine.connect() as connection:
        with pytest.raises(UsageError, match="No house"):
            await connection.execute(sa.select(SHELVES))
    for call in (Shelf.all().count, Shelf.all().delete, Shelf.all().first):
        with pytest.raises(UsageError, match="No house"):
            await call()


SECOND = sa.Table("scoped_volumes", sa.MetaData(), sa.Column("id", sa.Integer))
_light: Any = sa.table
LIGHT: Any = _light("scoped_volumes", sa.column("id"))
LITERAL: Any = sa.literal_column("(SELECT count(*) FROM scoped_volumes)", sa.Integer())
TEXTS = (
    "SELECT * FROM scoped_volumes",
    "select count(*) from SCOPED_VOLUMES where 1 = 1",
    "UPDATE scoped_volumes SET copies = 0",
    "DELETE FROM scoped_volumes /* all */",
    "SELECT 1 FROM (SELECT id FROM scoped_volumes) AS x",
    "INSERT INTO scoped_volumes (id) VALUES (1)",
)


@pytest.mark.parametrize("text", TEXTS)
async def test_text_that_names_a_table_is_refused_on_every_path(library: Database, text: str) -> None:
    """Nobody can add a condition to it."""
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: library.execute_raw(text),
        lambda: library.fetch_all(text),
        lambda: library.fetch_one(text, into=Volume),
    ]
    with inside("north"):
        for call in calls:
            with pytest.raises(UsageError, match="scoped_volumes") as refused:
                await call()
            assert "unscoped" in str(refused.value)
        async with library.engine.connect() as connection:
            with pytest.raises(UsageError, match="scoped_volumes"):
                await connection.exec_driver_sql(text)
    assert len(await kept(library)) == 6


async def test_text_is_allowed_where_the_criteria_are_lifted(library: Database) -> None:
    """And text that names no such table always is."""
    with everything():
        assert await library.fetch_one("SELECT count(*) AS n FROM scoped_volumes") == {"n": 6}
    assert await library.fetch_one("SELECT 'scoped_volumes' AS n -- scoped_volumes") == {
        "n": "scoped_volumes"
    }


OTHERS: list[Any] = [
    sa.select(sa.text("*")).select_from(sa.text("scoped_volumes")),
    sa.select(LITERAL),
    sa.select(LIGHT),
    sa.update(LIGHT).values(id=1),
    sa.delete(LIGHT),
    sa.insert(LIGHT).values(id=1),
    sa.select(SECOND),
    sa.select(Volume).from_statement(sa.text("SELECT * FROM scoped_volumes")),
]


@pytest.mark.parametrize("statement", OTHERS, ids=str)
async def test_other_descriptions_of_a_table_are_refused(library: Database, statement: Any) -> None:
    """Light tables, second ones, and parts of statements in text."""
    async with library.session() as session:
        with inside("north"), pytest.raises(UsageError, match="scoped_volumes"):
            await session.execute(statement)


async def test_a_part_in_text_may_name_columns_by_their_table(library: Database) -> None:
    """Its rows are those of the statement around it."""
    statement = sa.select(Volume.id).where(sa.text("scoped_volumes.copies > 1")).order_by(Volume.id)
    async with library.session() as session:
        with inside("north"):
            assert list((await session.scalars(statement)).all()) == [2, 6]


async def test_tables_are_made_looked_at_and_dropped_as_ever(library: Database) -> None:
    """What is about tables and not about rows is nobody's secret."""
    async with library.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_columns("scoped_volumes"))
    assert {"house", "title"} <= {one["name"] for one in names}
    await library.drop_tables(SHELVES.metadata)
    await library.create_tables(SHELVES.metadata)
