from __future__ import annotations

import asyncio
import itertools

from portico.db.session import Database

from .notes import ADD, Load, add, count, get, lane, rows, shape

EVERY = "SELECT * FROM notes WHERE id < ?"


async def test_a_migration_under_load_costs_no_request(noted: Database, db: Database) -> None:
    """Columns come and change their type while lists, gets and inserts run; none of them fails."""
    numbers = itertools.count(1000)

    async def read() -> None:
        assert len(await rows(noted, EVERY, 20)) == 20
        assert await get(noted, 7) == (7, "note 7")

    async def write() -> None:
        await add(noted, next(numbers))

    async with Load(read, read, read, write, write) as load:
        for number in range(4):
            await db.execute_raw(f"ALTER TABLE notes ADD COLUMN extra_{number} VARCHAR(20)")
            await asyncio.sleep(0.05)
            if db.dialect_name == "postgresql":
                await db.execute_raw("ALTER TABLE notes ALTER COLUMN text TYPE VARCHAR(60)")
                number_type = ("BIGINT", "INTEGER")[number % 2]
                await db.execute_raw(f"ALTER TABLE notes ALTER COLUMN id TYPE {number_type}")
            await asyncio.sleep(0.05)
    assert load.failures == []
    assert load.done > 20


async def test_a_type_that_changed_below_a_prepared_statement_is_met_anew(
    noted: Database, db: Database
) -> None:
    """PostgreSQL refuses the old plan: "cached plan must not change result type"; nobody hears of it."""
    for _ in range(3):
        assert len(await rows(noted, EVERY, 5)) == 5
    await db.execute_raw("ALTER TABLE notes ADD COLUMN extra INTEGER DEFAULT 5")
    assert {row[-1] for row in await rows(noted, EVERY, 5)} == {5}
    if db.dialect_name == "postgresql":
        await db.execute_raw("ALTER TABLE notes ALTER COLUMN extra TYPE TEXT")
        assert {row[-1] for row in await rows(noted, EVERY, 5)} == {"5"}
        await lane(noted).fetch(shape(noted, ADD + " RETURNING extra", writes=True), (100, "new"))
        await db.execute_raw("ALTER TABLE notes ALTER COLUMN extra TYPE INTEGER USING 7")
        added = await lane(noted).fetch(shape(noted, ADD + " RETURNING extra", writes=True), (101, "new"))
        assert [tuple(row) for row in added] == [(5,)]
        assert await count(noted) == 102


async def test_a_table_that_was_made_again_is_the_new_one(noted: Database, db: Database) -> None:
    """Dropped and created in between: neither old rows nor an old plan."""
    assert await get(noted, 7) == (7, "note 7")
    await db.execute_raw("DROP TABLE notes")
    await db.execute_raw("CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR(20) NOT NULL)")
    assert await rows(noted, EVERY, 100) == []
    await add(noted, 7, "another")
    assert await get(noted, 7) == (7, "another")
    assert await count(db) == 1
