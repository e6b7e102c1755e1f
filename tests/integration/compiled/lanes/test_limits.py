from __future__ import annotations

import asyncio
import time

import pytest
import sqlalchemy as sa

from portico.db.compiled.lanes.private import PrivateLane
from portico.db.engine import Compiled, PoolOptions, TimeoutOptions
from portico.db.session import Database, atomic, isolated, run
from portico.errors import TimedOutError

from .notes import CHANGE, SLEEPS, cancelled, create_notes, get, lane, notes, rows, shape
from .test_cancellation import server_connections


@pytest.fixture
def server(backend: str) -> str:
    """A database that has a server."""
    if backend == "sqlite":
        pytest.skip("SQLite has no server")
    return backend


async def test_two_hundred_at_once_share_the_connections(url: str, server: str) -> None:
    """All are answered, and there were never more connections than allowed."""
    most = 0
    async with Database(url, name="many", compiled="private", pool=PoolOptions(compiled=3)) as database:
        await create_notes(database)
        await database.engines.dispose()
        found = asyncio.gather(*(get(database, n % 100) for n in range(200)))
        while not found.done():
            most = max(most, await server_connections(database, url))
        assert await found == [(n % 100, f"note {n % 100}") for n in range(200)]
        assert 1 <= most <= 3
        private = lane(database)
        assert isinstance(private, PrivateLane)
        assert private.connections == 3


async def test_who_comes_first_is_served_first(url: str, server: str) -> None:
    """Nobody who comes later takes a connection from those who wait."""
    order: list[int] = []
    async with Database(url, name="turns", compiled="private", pool=PoolOptions(compiled=1)) as database:
        await create_notes(database)

        async def ask(number: int) -> None:
            await get(database, number)
            order.append(number)
            await get(database, number)

        await asyncio.gather(*(ask(number) for number in range(20)))
    assert order == list(range(20))


async def test_when_none_becomes_free_it_is_said_in_the_words_of_the_pool(
    url: str, server: str, way: Compiled
) -> None:
    """The same error on both paths, after the time that the options allow."""
    options = PoolOptions(size=1, compiled=1, timeout=0.3)
    async with Database(url, name="few", compiled=way, pool=options) as database:
        await create_notes(database)
        slow = asyncio.create_task(rows(database, SLEEPS[server].format(1)))
        await asyncio.sleep(0.1)
        with pytest.raises(TimedOutError) as caught:
            await get(database, 1)
        await slow
        async with atomic(database):
            await run(database, sa.text("SELECT 1"))
            if server == "postgresql":  # MariaDB has another pool for single statements
                with pytest.raises(TimedOutError) as general:
                    await asyncio.create_task(ask_outside(database))
                assert str(caught.value) == str(general.value)
        assert await get(database, 1) == (1, "note 1")


async def ask_outside(database: Database) -> None:
    """Something for the general path, outside of the unit around."""
    with isolated():
        await run(database, sa.text("SELECT 1"))


async def test_those_who_wait_may_go(url: str, server: str) -> None:
    """A place in the queue that was given up is nobody's; nor is a connection that came too late for it."""
    async with Database(url, name="queue", compiled="private", pool=PoolOptions(compiled=1)) as database:
        await create_notes(database)
        for after in (0.0, 0.001, 0.03, 0.05):
            slow = asyncio.create_task(rows(database, SLEEPS[server].format(0.05)))
            await asyncio.sleep(0.01)
            await asyncio.gather(*(cancelled(get(database, n), after) for n in range(10)))
            assert await asyncio.wait_for(get(database, 1), 5) == (1, "note 1")
            await slow
        assert isinstance(found := lane(database), PrivateLane)
        assert found.connections == 1


async def test_a_connection_is_renewed_after_its_time(url: str, server: str) -> None:
    """As the pool does it."""
    ask = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT connection_id()"}[server]
    options = PoolOptions(recycle=0.2)
    async with Database(url, name="renewed", compiled="private", pool=options) as database:
        first = await rows(database, ask)
        assert await rows(database, ask) == first
        await asyncio.sleep(0.3)
        await rows(database, ask)
        assert await rows(database, ask) != first


async def test_a_statement_has_the_time_that_the_limits_give_it(url: str, server: str, way: Compiled) -> None:
    """The server ends it; the connection is as good as before."""
    limits = TimeoutOptions(statement=0.3)
    asked = {
        "postgresql": "SELECT pg_sleep(20)",
        "mysql": "SELECT count(*) FROM seq_1_to_100000 a, seq_1_to_100000 b WHERE a.seq * b.seq < 0",
    }[server]
    async with Database(url, name="limited", compiled=way, timeouts=limits) as database:
        await create_notes(database)
        with pytest.raises(TimedOutError, match="took too long"):
            await rows(database, asked)
        assert await get(database, 1) == (1, "note 1")


async def test_a_lock_is_not_waited_for_longer_than_allowed(url: str, backend: str, way: Compiled) -> None:
    """The error is the general path's."""
    limits = TimeoutOptions(lock=0.5 if backend != "mysql" else 1)
    async with (
        Database(url, name="holder", compiled="off") as holder,
        Database(url, name="waiter", compiled=way, timeouts=limits) as waiter,
    ):
        await create_notes(holder)
        await get(waiter, 1)
        async with atomic(holder):
            await run(holder, sa.update(notes).values(text="held"))
            before = time.monotonic()
            with pytest.raises(TimedOutError, match="held a lock for too long") as caught:
                await lane(waiter).execute(shape(waiter, CHANGE, writes=True), ("mine", 5))
            assert 0.3 < time.monotonic() - before < 4
            with pytest.raises(TimedOutError) as general:
                await run(waiter, sa.update(notes).values(text="mine"))
            assert str(caught.value) == str(general.value)
        assert (await get(waiter, 1))[1] == "held"


async def test_a_lock_that_is_given_back_in_time_is_waited_for(url: str, way: Compiled) -> None:
    """Writers wait for each other, whichever way they come."""
    async with Database(url, name="both", compiled=way) as database:
        await create_notes(database)

        async def hold() -> None:
            async with atomic(database):
                await run(database, sa.update(notes).values(text="held"))
                await asyncio.sleep(0.3)

        holding = asyncio.create_task(hold())
        await asyncio.sleep(0.1)
        await lane(database).execute(shape(database, CHANGE, writes=True), ("mine", 5))
        await holding
        assert (await get(database, 1))[1] == "mine"
        assert (await get(database, 50))[1] == "held"
