from __future__ import annotations

import asyncio
import os
import random

import pytest
import sqlalchemy as sa

from portico.db.engine import Compiled, PoolOptions
from portico.db.session import Database, run
from tests.fixtures.servers import run_on

from .notes import SLEEPS, add, cancelled, count, create_notes, get, lane, rows, shape

CANCELLATIONS = int(os.environ.get("PORTICO_TEST_CANCELLATIONS", "400"))


async def server_connections(database: Database, url: str) -> int:
    """How many connections the server counts, apart from the one that asks."""
    name = sa.make_url(url).database
    tables = {
        "postgresql": f"pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()",
        "mysql": f"information_schema.processlist WHERE db = '{name}' AND id <> connection_id()",
    }
    asked = f"SELECT count(*) FROM {tables[database.dialect_name]}"
    return int((await asyncio.to_thread(run_on, url, asked))[0])


@pytest.mark.timeout(180)
async def test_cancelled_requests_leak_nothing_and_mix_no_answers(url: str, way: Compiled) -> None:
    """Cancelled at every moment: the connections are whole afterwards, and nobody gets another's row."""
    chance = random.Random(1)
    options = PoolOptions(size=4, compiled=4)
    async with Database(url, name="cancelled", pool=options, compiled=way) as database:
        await create_notes(database)
        wrong: list[object] = []

        async def checked(number: int) -> None:
            found = await get(database, number)
            if found != (number, f"note {number}"):
                wrong.append((number, found))

        async def some(first: int) -> None:
            for number in range(CANCELLATIONS // 8):
                work = checked(number % 100) if number % 5 else add(database, first + number)
                await cancelled(work, chance.uniform(0, 0.003))
                await checked((number + 1) % 100)

        await asyncio.gather(*(some(1000 * (n + 1)) for n in range(8)))
        assert wrong == []
        before = await count(database)
        await asyncio.wait_for(asyncio.gather(*(add(database, 10_000 + n) for n in range(20))), 10)
        assert await count(database) == before + 20
        assert await asyncio.gather(*(get(database, n) for n in range(20)))
        if database.dialect_name != "sqlite":
            await asyncio.sleep(0.2)
            assert await server_connections(database, url) <= 4 + 4 + 4


async def test_a_statement_that_was_cancelled_does_not_answer_the_next_caller(noted: Database) -> None:
    """Its connection is thrown away, or has forgotten it."""
    if noted.dialect_name == "sqlite":
        pytest.skip("a statement in the loop's thread cannot be cancelled")
    slow = SLEEPS[noted.dialect_name].format(0.2)
    for _ in range(5):
        await cancelled(rows(noted, slow), 0.05)
        assert await get(noted, 7) == (7, "note 7")


async def test_a_cancelled_statement_ends_on_the_server(private: Database, url: str) -> None:
    """PostgreSQL is asked to stop; otherwise clients that hang up would pile up work."""
    if private.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL's protocol can say so")
    await cancelled(rows(private, SLEEPS["postgresql"].format(30)), 0.1)
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30%' AND state = 'active'"
    )
    assert await asyncio.to_thread(run_on, url, asked) == ["0"]


async def test_a_statement_in_a_thread_can_be_cancelled(url: str, backend: str) -> None:
    """The thread ends it by itself; its connection is not used again before that."""
    if backend != "sqlite":
        pytest.skip("only SQLite has threads")
    endless = (
        "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 3000000) "
        "SELECT max(i) FROM k"
    )
    async with Database(url, name="threads", compiled="private", pool=PoolOptions(size=1)) as database:
        await create_notes(database)
        heavy = shape(database, endless, heavy=True)
        for _ in range(3):
            await cancelled(lane(database).fetch(heavy, ()), 0.02)
            assert await get(database, 7) == (7, "note 7")
        assert [tuple(row) for row in await lane(database).fetch(heavy, ())] == [(3000000,)]
        assert (await run(database, sa.text("SELECT 1"))).scalar_one() == 1
