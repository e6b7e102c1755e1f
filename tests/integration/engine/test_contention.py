from __future__ import annotations

import asyncio

import sqlalchemy as sa

from portico.db.engine import PoolOptions
from portico.db.session import Database, atomic, run

metadata = sa.MetaData()
counters = sa.Table(
    "counters",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)
UP = sa.update(counters).where(counters.c.id == 1).values(value=counters.c.value + 1)
READ = sa.select(counters).where(counters.c.id == 1)


async def test_twenty_writers_lose_nothing_and_wait_in_turn(db: Database) -> None:
    """On SQLite, which has one writer at a time, nobody hears of a lock either."""
    await db.create_tables(metadata)
    await run(db, sa.insert(counters).values(id=1, value=0))

    async def writer() -> None:
        for number in range(25):
            if number % 2:
                await run(db, UP)
                continue
            async with atomic():
                await run(db, READ)
                await run(db, UP)

    await asyncio.gather(*(writer() for _ in range(20)))
    assert (await run(db, READ)).one().value == 500


async def test_a_migration_under_load_costs_no_call(url: str, db: Database) -> None:
    """A changed table makes prepared statements stale; what was refused for that is sent again."""
    await db.create_tables(metadata)
    await run(db, sa.insert(counters).values(id=1, value=0))
    every = sa.text("SELECT * FROM counters")
    async with Database(url, name="warm", pool=PoolOptions(size=5)) as warm:
        for _ in range(2):
            await asyncio.gather(*(run(warm, every) for _ in range(10)))
        await db.execute_raw("ALTER TABLE counters ADD COLUMN note VARCHAR(20)")
        results = await asyncio.gather(*(run(warm, every) for _ in range(50)))
    assert {len(result.one()) for result in results} == {3}
