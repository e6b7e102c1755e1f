from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from typing import cast

import anyio
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from portico.db.engine import PoolOptions
from portico.db.session import Database, atomic, fetch, run, stream

CANCELLATIONS = int(os.environ.get("PORTICO_TEST_CANCELLATIONS", "1000"))
metadata = sa.MetaData()
notes = sa.Table(
    "notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(50))
)
Work = Callable[[Database], Awaitable[None]]


async def read(database: Database) -> None:
    """A single read."""
    await run(database, sa.select(notes).limit(50))


async def write(database: Database) -> None:
    """A single write."""
    await run(database, sa.insert(notes).values(text="a"))


async def unit(database: Database) -> None:
    """A unit with a savepoint."""
    async with atomic(database):
        await run(database, sa.insert(notes).values(text="a"))
        async with atomic(database):
            await run(database, sa.insert(notes).values(text="b"))


async def by_task(work: Awaitable[None], after: float) -> None:
    """Cancel the task."""
    task = asyncio.ensure_future(work)
    await asyncio.sleep(after)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def by_timeout(work: Awaitable[None], after: float) -> None:
    """Let asyncio's timeout do it."""
    try:
        async with asyncio.timeout(after):
            await work
    except TimeoutError:
        pass


async def by_anyio(work: Awaitable[None], after: float) -> None:
    """Let a cancel scope do it, which repeats itself."""
    with anyio.move_on_after(after):
        await work


async def counted(database: Database) -> int:
    """How many rows there are."""
    return int((await run(database, sa.select(sa.func.count()).select_from(notes))).scalar_one())


async def checked_out(database: Database) -> list[int]:
    """How many connections are out of each pool."""
    return [cast("QueuePool", engine.pool).checkedout() for engine in database.engines.pooled()]


async def server_connections(database: Database) -> int:
    """How many connections the server counts."""
    name = database.url.database
    if database.dialect_name == "postgresql":
        asked = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
    else:
        asked = sa.text("SELECT count(*) FROM information_schema.processlist WHERE db = :name")
    return int((await run(database, asked, {"name": name})).scalar_one())


@pytest.mark.timeout(180)
async def test_cancelled_work_leaks_no_connection(url: str, db: Database) -> None:
    """Cancelled in every way and at every moment: all connections come back, here and on the server."""
    await db.create_tables(metadata)
    ways, works, chance = [by_task, by_timeout, by_anyio], [read, write, unit], random.Random(1)
    async with Database(url, name="cancelled", pool=PoolOptions(size=4)) as database:
        await asyncio.gather(*(read(database) for _ in range(4)))

        async def some(number: int) -> None:
            for _ in range(number):
                await chance.choice(ways)(chance.choice(works)(database), chance.uniform(0, 0.004))

        await asyncio.gather(*(some(CANCELLATIONS // 4) for _ in range(4)))
        await asyncio.sleep(0.1)
        assert set(await checked_out(database)) == {0}
        if database.dialect_name != "sqlite":
            assert await server_connections(database) <= 2 * 4 + 2 * 10
        before = await counted(database)
        await write(database)
        assert await counted(database) == before + 1


async def test_a_cancelled_unit_is_rolled_back(db: Database) -> None:
    """Nothing of it is left, and no lock either."""
    await db.create_tables(metadata)
    inside = asyncio.Event()

    async def work() -> None:
        async with atomic(db):
            await write(db)
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await write(db)
    assert await counted(db) == 1


async def test_a_commit_is_not_interrupted(db: Database) -> None:
    """A cancellation that arrives during the COMMIT waits for it; then callbacks know the truth."""
    await db.create_tables(metadata)
    seen: list[str] = []
    for number in range(40):

        async def work() -> None:
            async with atomic(db) as unit:
                unit.on_commit(lambda: seen.append("committed"))
                await write(db)

        await by_task(work(), number * 0.0002)
    await asyncio.sleep(0.05)
    assert await counted(db) == len(seen)


async def test_a_stream_that_is_left_gives_its_connection_back(url: str, db: Database) -> None:
    """Whether it is left by a break or by a cancellation."""
    await db.create_tables(metadata)
    await run(db, sa.insert(notes), [{"text": str(n)} for n in range(100)])
    async with Database(url, name="streamed", pool=PoolOptions(size=1, timeout=1)) as database:
        rows = stream(database, sa.select(notes), 10)
        async for row in rows:
            assert row.text == "0"
            break
        await rows.aclose()
        assert len(await fetch(database, sa.select(notes.c.text))) == 100
        assert [row.text async for row in stream(database, sa.select(notes), 10)] == [
            str(n) for n in range(100)
        ]


@pytest.mark.parametrize("work", [read, write, unit], ids=lambda work: work.__name__)
async def test_a_cancellation_arrives_when_the_answer_does(db: Database, work: Work) -> None:
    """A background task that is told to end has to end, also when its statement has just been answered."""
    await db.create_tables(metadata)

    async def busy() -> None:
        while True:
            await work(db)

    chance = random.Random(20261121)
    for _ in range(150):
        task = asyncio.create_task(busy())
        await asyncio.sleep(chance.random() * 0.006)
        task.cancel()
        await asyncio.wait([task], timeout=20)
        assert task.cancelled()
