"""What is in use while a database closes is closed all the same, a little later."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import event

from portico.db.engine import PoolOptions
from portico.db.session import Database, atomic
from tests.integration.models.shop import Owner


def counted(database: Database) -> Counter[str]:
    """How many connections are opened and closed from now on."""
    counts: Counter[str] = Counter()

    def count(name: str) -> Callable[..., None]:
        def one_more(*_: object) -> None:
            counts[name] += 1

        return one_more

    for engine in database.engines.pooled():
        event.listen(engine, "connect", count("opened"))
        event.listen(engine, "close", count("closed"))
    return counts


@pytest.mark.parametrize("way", ["close", "dispose"])
async def test_connections_that_are_in_use_are_closed_when_they_come_back(url: str, way: str) -> None:
    """A caller who is in the middle of something, and those who wait for its connection, leave no socket."""
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def work(database: Database) -> None:
        async with atomic(database):
            await Owner.count()
            begun.set()
            await goes_on.wait()

    async with Database(url, pool=PoolOptions(size=1)) as database:
        counts = counted(database)
        await database.create_tables(Owner.metadata)
        with database.use():
            tasks = [asyncio.create_task(work(database)) for _ in range(3)]
            await begun.wait()
        await getattr(database.engines, way)()
        goes_on.set()
        await asyncio.gather(*tasks)
    assert counts["opened"] == counts["closed"] >= 1


async def test_late_callers_of_a_closed_database_leave_no_connection_behind(db: Database, url: str) -> None:
    """As after a request that was given up: its tasks may outlive the application."""
    await db.create_tables(Owner.metadata)
    async with Database(url, name="closed") as database:
        counts = counted(database)
    with database.use():
        assert [await Owner.count() for _ in range(2)] == [0, 0]
    assert counts["opened"] == counts["closed"] >= 1


async def test_a_pool_that_was_disposed_of_is_used_again(db: Database) -> None:
    """An application that stops and starts keeps its connections as before."""
    await db.create_tables(Owner.metadata)
    await db.engines.dispose()
    counts = counted(db)
    assert [await Owner.count() for _ in range(3)] == [0, 0, 0]
    assert (counts["opened"], counts["closed"]) == (1, 0)


async def test_a_closed_database_is_let_go(url: str) -> None:
    """The mappers remember for which dialect they have compiled; a program with many databases would grow."""

    async def use() -> weakref.ref[Database]:
        async with Database(url) as database:
            await database.create_tables(Owner.metadata)
            owner = await Owner.create(username="ann")
            async with database.session() as session:
                session.add(owner)
                owner.points = 1
            assert await Owner.filter(points=1).count() == 1
            return weakref.ref(database)

    closed = await use()
    gc.collect()
    assert closed() is None
