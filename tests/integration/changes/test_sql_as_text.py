"""SQL in plain text that writes watched rows is told from what only looks like it, as its database does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portico.db.session import Database, atomic, run
from portico.errors import UsageError
from portico.testing.statements import statements

from .orchard import Diary, Tree, diary, orchard

__all__ = ["diary", "orchard"]
ALL = ("sqlite", "postgresql", "mysql")

READS = [
    (ALL, "SELECT replace(kind, 'a', 'b') FROM trees"),
    (
        ALL,
        "SELECT REPLACE (kind, 'a', 'b') AS x FROM trees WHERE replace(kind, 'a', 'b') <> 'delete from'",
    ),
    (("mysql",), "SELECT insert(kind, 1, 1, 'x'), truncate(height, 2) FROM trees"),
    (("mysql",), "SELECT 'it\\'s', 'delete from trees' FROM trees"),
    (("mysql",), 'SELECT "it\\"s; delete from trees" FROM trees'),
    (("mysql",), "SELECT kind FROM trees # delete from trees"),
    (("mysql",), "SELECT /*+ delete from trees */ kind FROM trees"),
    (("postgresql",), "SELECT $$delete from trees$$ FROM trees"),
    (("postgresql",), "SELECT $a$ $$ delete from trees $a$ FROM trees"),
    (("postgresql",), "SELECT E'\\'; delete from trees; ' FROM trees"),
    (("postgresql", "sqlite"), "SELECT kind /*! delete from trees */ FROM trees"),
    (("postgresql", "sqlite"), "SELECT 'a\\' FROM trees -- delete from trees '"),
    (("postgresql",), "SELECT trees.update FROM (SELECT height AS update FROM trees) AS trees"),
    (("sqlite",), "SELECT [delete from trees] FROM (SELECT 1 AS [delete from trees]), trees"),
]
WRITES = [
    (("sqlite", "mysql"), "REPLACE INTO labels (id, text) VALUES (1, 'x')"),
    (("mysql",), "REPLACE labels(id, text) VALUES (1, 'x')"),
    (("mysql",), "INSERT labels(text) VALUES ('x')"),
    (ALL, "INSERT INTO labels(text) VALUES (replace('a', 'b', 'c'))"),
    (("mysql",), "UPDATE (trees) SET height = 9"),
    (("mysql",), "/*!50000 DELETE FROM labels_trees */"),
    (("mysql",), "/*!50000DELETE*/ FROM labels_trees"),
    (("mysql",), "/*M!100100 DELETE FROM labels_trees */"),
    (("mysql",), "DELETE /*! FROM labels_trees */"),
    (("mysql",), "EXECUTE IMMEDIATE 'DELETE FROM labels_trees'"),
    (("mysql",), "SELECT 'it\\'s' INTO @x; DELETE FROM labels_trees WHERE 'a' = 'a'"),
    (("mysql",), "TRUNCATE labels_trees"),
    (("postgresql", "mysql"), "TRUNCATE TABLE labels_trees"),
    (("postgresql",), "DO $$ BEGIN DELETE FROM labels_trees; END $$"),
    (("postgresql",), "DO LANGUAGE plpgsql 'BEGIN DELETE FROM labels_trees; END'"),
    (("postgresql",), "DO $$ BEGIN EXECUTE 'DELETE FROM labels_trees'; END $$"),
    (("postgresql",), "WITH x AS (SELECT $$'$$) DELETE FROM labels_trees WHERE $a$'$a$ = ''''"),
    (("postgresql",), "WITH x AS (DELETE FROM labels_trees RETURNING 1) SELECT * FROM x"),
    (("postgresql",), "SELECT E'\\''; DELETE FROM labels_trees -- '"),
    (("postgresql", "sqlite"), "SELECT '\\'; DELETE FROM labels_trees WHERE 'a' = 'a'"),
    (("sqlite",), "UPDATE 'trees' SET height = 9"),
    (ALL, "CREATE TABLE stumps (id INTEGER); DELETE FROM labels_trees"),
]


def _meant(orchard: Database, dialects: tuple[str, ...]) -> None:
    if orchard.dialect_name not in dialects:
        pytest.skip(f"no SQL of {orchard.dialect_name}")


@pytest.mark.parametrize(("dialects", "sql"), READS)
async def test_a_text_that_only_looks_like_a_write_is_sent(
    orchard: Database, diary: Diary, dialects: tuple[str, ...], sql: str
) -> None:
    """Functions have the names of verbs, and strings hold anything."""
    _meant(orchard, dialects)
    async with atomic():
        await run(orchard, sa.text(sql.replace(":", "\\:")))
    assert diary.told == []


@pytest.mark.parametrize(("dialects", "sql"), WRITES)
async def test_a_write_is_seen_however_the_database_lets_it_be_written(
    orchard: Database, diary: Diary, dialects: tuple[str, ...], sql: str
) -> None:
    """What the database runs is no comment, and what ends a string elsewhere may not end it here."""
    _meant(orchard, dialects)
    async with statements(orchard) as seen:
        with pytest.raises(UsageError, match="recorded"):
            await orchard.execute_raw(sql)
        with pytest.raises(UsageError, match="recorded"):
            async with orchard.engine.connect() as connection:
                await connection.exec_driver_sql(sql)
    assert seen.sql == []
    assert diary.told == []


async def test_functions_in_the_text_of_a_query_are_no_writes(orchard: Database, diary: Diary) -> None:
    """A part of a query may be text as well."""
    part = sa.select(sa.text("replace(kind, 'a', 'b')")).select_from(Tree)
    assert len((await run(orchard, part)).all()) == 3
    whole = sa.text("SELECT replace(kind, 'a', 'b') AS kind FROM trees").columns(sa.column("kind", sa.String))
    assert len((await run(orchard, whole)).all()) == 3
    assert diary.told == []


async def test_a_trigger_may_hold_several_writes(orchard: Database, diary: Diary) -> None:
    """Its semicolons end no statement, and nothing is written now."""
    if orchard.dialect_name == "postgresql":
        pytest.skip("PostgreSQL's triggers call functions")
    await orchard.execute_raw(
        "CREATE TRIGGER felled AFTER DELETE ON stones FOR EACH ROW "
        "BEGIN DELETE FROM labels_trees; UPDATE trees SET height = 9; END"
    )
    assert diary.told == []
