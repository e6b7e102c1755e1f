from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from portico.db.engine import PoolOptions
from portico.db.session import Database, atomic, isolated, run, stream
from portico.errors import TimedOutError

metadata = sa.MetaData()
notes = sa.Table(
    "notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(50))
)


@pytest.fixture
async def memory() -> AsyncIterator[Database]:
    """A database in memory whose pool does not wait long."""
    async with Database("sqlite://", name="memory", pool=PoolOptions(timeout=0.3)) as database:
        await database.create_tables(metadata)
        yield database


async def counted(database: Database) -> int:
    """How many rows there are."""
    return int((await run(database, sa.select(sa.func.count()).select_from(notes))).scalar_one())


async def test_a_unit_keeps_the_one_connection_to_its_end(memory: Database) -> None:
    """Others wait, so that nobody writes into a transaction of somebody else."""
    inside = asyncio.Event()

    async def roll_back() -> None:
        async with atomic(memory):
            await run(memory, sa.insert(notes).values(text="a"))
            inside.set()
            await asyncio.sleep(0.05)
            _ = 1 / 0

    task = asyncio.create_task(roll_back())
    await inside.wait()
    await run(memory, sa.insert(notes).values(text="b"))
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], ZeroDivisionError)
    assert await counted(memory) == 1


async def test_work_beside_a_unit_is_refused_in_time(memory: Database) -> None:
    """There is no second connection; waiting for it for ever would be a deadlock."""
    async with atomic(memory):
        await run(memory, sa.insert(notes).values(text="a"))
        with isolated(), pytest.raises(TimedOutError):
            await counted(memory)


async def test_many_tasks_take_turns(memory: Database) -> None:
    """Units and single statements alike."""

    async def one(number: int) -> None:
        async with atomic(memory):
            await run(memory, sa.insert(notes).values(text=str(number)))
        await run(memory, sa.insert(notes).values(text=str(number)))

    await asyncio.gather(*(one(number) for number in range(30)))
    assert await counted(memory) == 60


async def test_the_data_survives_a_cancelled_statement(memory: Database) -> None:
    """The connection that was interrupted is closed; the database is not."""
    await run(memory, sa.insert(notes).values(text="a"))
    for pause in range(20):
        task = asyncio.create_task(counted(memory))
        await asyncio.sleep(pause * 0.0003)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await counted(memory) == 1


async def test_a_stream_does_not_block_the_loop_body(memory: Database) -> None:
    """Everything is read first, because the body may need the connection."""
    await run(memory, sa.insert(notes), [{"text": "a"}, {"text": "b"}])
    async for _ in stream(memory, sa.select(notes)):
        assert await counted(memory) == 2


async def test_two_databases_in_memory_are_two(memory: Database) -> None:
    """Each has a name of its own inside SQLite."""
    async with Database("sqlite:///:memory:", name="other") as other:
        assert await other.fetch_all("SELECT name FROM sqlite_master") == []
        assert "memory" in repr(other)
