"""No UPDATE, DELETE or upsert reaches a row that its criteria hide."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from portico.db.session import Database, run
from portico.errors import UsageError

from .library import inside
from .twins import FIRST, PLAIN, Build, fill, left

WRITES: dict[str, Build] = {
    "UPDATE": lambda a, _: sa.update(a).values(n=99),
    "UPDATE with OR": lambda a, _: sa.update(a).where(sa.or_(a.c.n > 2, a.c.ref == 1)).values(n=99),
    "UPDATE by a select": lambda a, b: sa.update(a).where(a.c.ref.in_(sa.select(b.c.ref))).values(n=99),
    "UPDATE with EXISTS": lambda a, b: sa.update(a).where(sa.exists().where(b.c.ref == a.c.ref)).values(n=99),
    "UPDATE to what a select gives": lambda a, b: sa.update(a).values(
        n=sa.select(sa.func.count()).where(b.c.ref == a.c.ref).scalar_subquery()
    ),
    "UPDATE with another table": lambda a, b: sa.update(a).where(a.c.id == b.c.id).values(n=b.c.n + 50),
    "DELETE": lambda a, _: sa.delete(a),
    "DELETE by a select": lambda a, b: sa.delete(a).where(a.c.ref.in_(sa.select(b.c.ref))),
    "INSERT of a select": lambda a, b: sa.insert(a).from_select(
        ["id", "house", "ref", "n"], sa.select(b.c.id + 100, b.c.house, b.c.ref, b.c.n)
    ),
}


@pytest.fixture
async def twins(db: Database) -> Database:
    """Both pairs of tables with their rows."""
    await fill(db)
    return db


async def written(database: Database, build: Build) -> None:
    """The same statement on the tables with criteria and on their twins; nobody else's row changes."""
    before = await left(database, FIRST, "south")
    with inside("north"):
        await run(database, build(FIRST, FIRST.metadata.tables["scoped_second"]))
    await run(database, build(*PLAIN))
    assert await left(database, FIRST, "north") == await left(database, PLAIN[0], "north")
    assert await left(database, FIRST, "south") == before


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_changes_what_its_twin_changes(twins: Database, name: str) -> None:
    """The rows of others are not there."""
    await written(twins, WRITES[name])


async def test_a_delete_with_another_table_looks_at_visible_rows_of_both(twins: Database) -> None:
    """DELETE … USING."""
    if twins.dialect_name == "sqlite":
        pytest.skip("SQLite has no DELETE of several tables")
    await written(twins, lambda a, b: sa.delete(a).where(a.c.id == b.c.id))


async def test_a_write_within_a_select_is_restricted(twins: Database) -> None:
    """A CTE that writes."""
    if twins.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL writes within a SELECT")

    def build(a: Any, _: Any) -> Any:
        changed = sa.update(a).values(n=77).returning(a.c.id).cte("changed")
        return sa.select(changed.c.id)

    await written(twins, build)


def _upsert(database: Database, table: Any, rows: list[dict[str, Any]]) -> Any:
    if database.dialect_name == "mysql":
        made = mysql.insert(table).values(rows)
        return made.on_duplicate_key_update(house=made.inserted.house, n=made.inserted.n, ref=7)
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[database.dialect_name]
    made = insert(table).values(rows)
    return made.on_conflict_do_update(
        index_elements=["id"], set_={"house": made.excluded.house, "n": made.excluded.n, "ref": 7}
    )


async def test_an_upsert_leaves_a_hidden_row_as_it_is(twins: Database) -> None:
    """The third row is another house's; it keeps every value, and the first takes the new ones."""
    before = await left(twins, FIRST, "south")
    rows = [{"id": number, "house": "north", "ref": 0, "n": 500 + number} for number in (1, 3, 50)]
    with inside("north"):
        await run(twins, _upsert(twins, FIRST, rows))
    assert await left(twins, FIRST, "south") == before
    north = {row[0]: row for row in await left(twins, FIRST, "north")}
    assert north[1] == (1, "north", 7, 501)
    assert north[50] == (50, "north", 0, 550)


async def test_an_insert_that_replaces_rows_is_refused(twins: Database) -> None:
    """It deletes the row that is in the way, whosever it is."""
    statement = sa.insert(FIRST).prefix_with("OR REPLACE").values(id=3, house="north", ref=0, n=0)
    with inside("north"), pytest.raises(UsageError, match="scoped_first"):
        await run(twins, statement)
