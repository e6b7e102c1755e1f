"""Writes that nobody could record are refused before they are sent, by name and with the way to do it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portico.db.changes import unrecorded
from portico.db.session import Database, atomic, run
from portico.errors import UsageError
from portico.testing.statements import statements

from .orchard import Diary, Farm, Label, Stone, Tree, diary, orchard

__all__ = ["diary", "orchard"]
trees: Any = Tree.__table__
labels: Any = Label.__table__

WRITES = [
    "UPDATE trees SET height = 9",
    "  update trees set height = 9 where id in (select 1)",
    'DELETE FROM "trees"',
    "INSERT INTO labels (text) VALUES ('x')",
    "DELETE FROM farms",
    "/* cleaning */ DELETE FROM labels_trees",
]
READS = [
    "SELECT * FROM trees WHERE kind = 'update'",
    "SELECT count(*) FROM trees -- delete later",
    "UPDATE stones SET weight = 3",
]


@pytest.mark.parametrize("sql", WRITES)
async def test_sql_as_text_that_writes_watched_rows_is_refused(
    orchard: Database, diary: Diary, sql: str
) -> None:
    """Also where the watched rows would only follow."""
    if orchard.dialect_name == "mysql":
        sql = sql.replace('"', "`")
    async with statements(orchard) as seen:
        with pytest.raises(UsageError, match="recorded"):
            await orchard.execute_raw(sql)
    assert seen.sql == []
    assert diary.told == []


@pytest.mark.parametrize("sql", READS)
async def test_sql_as_text_that_writes_nothing_watched_is_sent(
    orchard: Database, diary: Diary, sql: str
) -> None:
    """Words in strings and comments are no verbs."""
    await run(orchard, sa.text(sql))
    assert diary.told == []


async def test_locking_reads_are_reads(orchard: Database, diary: Diary) -> None:
    """``FOR UPDATE`` writes nothing."""
    if orchard.dialect_name == "sqlite":
        pytest.skip("SQLite has no FOR UPDATE")
    async with atomic():
        await run(orchard, sa.text("SELECT * FROM trees FOR UPDATE"))
    assert diary.told == []


async def test_connections_of_the_application_are_refused(orchard: Database, diary: Diary) -> None:
    """They belong to no unit that could record."""
    for statement in (
        sa.update(trees).values(height=3),
        sa.delete(trees),
        sa.insert(labels).values(text="x"),
    ):
        with pytest.raises(UsageError, match="recorded"):
            async with orchard.engine.begin() as connection:
                await connection.execute(statement)
    with pytest.raises(UsageError, match="recorded"):
        async with orchard.engine.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM trees")
    assert await Tree.all().count() == 3
    assert diary.told == []


async def test_a_write_inside_of_a_query_is_refused(orchard: Database, diary: Diary) -> None:
    """A part of it would write without being seen."""
    if orchard.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL has writing parts of queries")
    part = sa.update(trees).values(height=3).returning(trees.c.id).cte("part")
    with pytest.raises(UsageError, match="recorded"):
        await run(orchard, sa.select(part))
    assert diary.told == []


async def test_an_insert_that_may_update_is_refused(orchard: Database, diary: Diary) -> None:
    """Nobody could tell which rows were there."""
    if orchard.dialect_name == "mysql":
        pytest.skip("MariaDB spells it otherwise")
    dialect: Any = sqlite if orchard.dialect_name == "sqlite" else postgresql
    statement = dialect.insert(labels).values(id=1, text="x")
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_={"text": "x"})
    with pytest.raises(UsageError, match="update_or_create"):
        await run(orchard, upsert)
    await run(orchard, statement.on_conflict_do_nothing(index_elements=["id"]))
    assert diary.told == []


async def test_updates_by_key_of_a_session_are_refused(orchard: Database, diary: Diary) -> None:
    """SQLAlchemy makes statements of them that have no condition."""
    with pytest.raises(UsageError, match="bulk_update"):
        async with orchard.session() as session:
            await session.execute(sa.update(Tree), [{"id": 1, "height": 4}])
    with pytest.raises(UsageError, match="recorded"):
        async with orchard.session() as session:
            await session.run_sync(lambda one: one.bulk_insert_mappings(sa.inspect(Label), [{"text": "x"}]))
    assert diary.told == []


async def test_unrecorded_writes_are_possible_when_they_are_said(orchard: Database, diary: Diary) -> None:
    """By every way, and nobody is told."""
    with unrecorded():
        await orchard.execute_raw("UPDATE trees SET height = 9")
        await Farm.create(name="quiet")
        await Label.filter(id=1).update(text="quiet")
        async with orchard.session() as session:
            session.add(Label(text="quiet"))
            await session.execute(sa.delete(Stone))
        async with orchard.engine.begin() as connection:
            await connection.execute(sa.update(trees).values(height=8))
    assert diary.told == diary.committed == []
    assert await Tree.filter(height=8).count() == 3


async def test_other_descriptions_of_a_watched_table_are_refused(orchard: Database, diary: Diary) -> None:
    """Nobody could read the rows before and after by columns that are not known."""
    light: Any = sa.table("trees", sa.column("height"))
    for statement in (sa.update(light).values(height=1), sa.delete(light), sa.insert(light).values(height=1)):
        with pytest.raises(UsageError, match="another description"):
            await run(orchard, statement)
        async with atomic(orchard) as unit:
            with pytest.raises(UsageError, match="another description"):
                await unit.session.execute(statement)
    assert diary.told == []


async def test_what_defines_a_table_writes_no_rows(orchard: Database, diary: Diary) -> None:
    """A trigger names the verbs of later writes."""
    await orchard.execute_raw("CREATE VIEW delete_trees AS SELECT height AS update_me FROM trees")
    await orchard.execute_raw("DROP VIEW delete_trees")
    assert diary.told == []
