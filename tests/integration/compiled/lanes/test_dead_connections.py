from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portico.db.engine import Compiled, TimeoutOptions
from portico.db.session import Database, run
from portico.errors import DatabaseUnavailableError, OutcomeUnknownError, TimedOutError
from tests.fixtures.servers import run_on
from tests.integration.engine.wire import Wire, wiretap

from .notes import SLEEPS, Load, add, count, create_notes, get, rows

Tapped = tuple[Database, Wire]


@pytest.fixture
async def tapped(url: str, way: Compiled, db: Database) -> AsyncIterator[Tapped]:
    """A database behind the wiretap, with open connections."""
    if db.dialect_name == "sqlite":
        pytest.skip("SQLite has no server")
    await create_notes(db)
    limits = TimeoutOptions(connect=2, statement=0.5)
    async with (
        wiretap(url) as wire,
        Database(wire.url, name="tapped", timeouts=limits, compiled=way) as database,
    ):
        await asyncio.gather(*(get(database, 1) for _ in range(5)))
        yield database, wire


async def restart(wire: Wire, *, seconds: float = 0) -> None:
    """End every connection, and refuse new ones for a while."""
    wire.cut()
    wire.refusing = seconds > 0
    await asyncio.sleep(seconds or 0.05)
    wire.refusing = False


async def test_a_server_restart_costs_no_read(tapped: Tapped) -> None:
    """Every connection is dead, none was pinged, and nobody notices."""
    database, wire = tapped
    await restart(wire)
    assert await asyncio.gather(*(get(database, n) for n in range(20))) == [
        (n, f"note {n}") for n in range(20)
    ]


async def test_reads_that_are_under_way_wait_for_a_server_that_is_starting(tapped: Tapped) -> None:
    """They are sent again, as soon as it takes connections."""
    database, wire = tapped
    asked = SLEEPS[database.dialect_name].format(0.2)
    reading = [asyncio.create_task(rows(database, asked)) for _ in range(3)]
    await asyncio.sleep(0.1)
    wire.refusing = True
    wire.cut()
    await asyncio.sleep(0.3)
    wire.refusing = False
    assert len(await asyncio.gather(*reading)) == 3


async def test_a_write_on_a_connection_that_died_before_is_not_lost(tapped: Tapped) -> None:
    """The driver has noticed the end of the connection before anything was sent."""
    database, wire = tapped
    await restart(wire)
    await asyncio.gather(*(add(database, 100 + n) for n in range(5)))
    assert await count(database) == 105


async def test_a_write_without_an_answer_has_an_unknown_outcome(tapped: Tapped) -> None:
    """It was sent; whether it happened nobody can say, so it is not sent again."""
    database, wire = tapped
    await add(database, 100)
    wire.sent.clear()
    wire.silent = True
    writing = asyncio.create_task(add(database, 101))
    await asyncio.sleep(0.1)
    wire.silent = False
    wire.cut()
    with pytest.raises(OutcomeUnknownError):
        await writing
    assert sum("INSERT" in text or text == "(prepared)" for text in wire.sent) <= 1
    assert await get(database, 1) == (1, "note 1")


async def test_a_server_that_falls_silent_is_given_up(tapped: Tapped) -> None:
    """A peer that vanishes must not hold a caller for ever; what it answers later is nobody's."""
    database, wire = tapped
    wire.silent = True
    started = asyncio.get_running_loop().time()
    with pytest.raises(OutcomeUnknownError):
        await add(database, 100)
    with pytest.raises((TimedOutError, DatabaseUnavailableError)):
        await get(database, 1)
    assert asyncio.get_running_loop().time() - started < 20
    wire.silent = False
    wire.cut()
    assert await get(database, 2) == (2, "note 2")


async def test_a_server_that_is_not_there_is_unavailable(backend: str, way: Compiled) -> None:
    """It is said at once, and never with the password."""
    url = {
        "postgresql": "postgresql://ann:canary@127.0.0.1:1/x",
        "mysql": "mariadb://ann:canary@127.0.0.1:1/x",
        "sqlite": "sqlite:////no/such/folder/x.db",
    }[backend]
    async with Database(url, name="nowhere", compiled=way) as database:
        with pytest.raises(DatabaseUnavailableError) as caught:
            await rows(database, "SELECT 1")
    assert "canary" not in f"{caught.value!r}{caught.value.__cause__!r}"


async def kill_others(database: Database, url: str) -> None:
    """End all its connections, as an operator or a restarted server does."""
    name = sa.make_url(url).database
    if database.dialect_name == "postgresql":
        others = "FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
        await run(database, sa.text(f"SELECT pg_terminate_backend(pid) {others}"), {"name": name})
        return
    ask = f"SELECT id FROM information_schema.processlist WHERE db = '{name}' AND id <> connection_id()"
    for number in await asyncio.to_thread(run_on, url, ask):
        with suppress(OperationalError):  # it may have ended by itself
            await asyncio.to_thread(run_on, url, f"KILL {number}")


async def test_killing_every_connection_costs_no_read(url: str, noted: Database, db: Database) -> None:
    """Again and again, while requests run."""
    if db.dialect_name == "sqlite":
        pytest.skip("SQLite has no server")

    async def read() -> None:
        assert await get(noted, 7) == (7, "note 7")

    async with Load(*[read] * 8) as load:
        for _ in range(5):
            await kill_others(db, url)
            await asyncio.sleep(0.15)
    assert load.failures == []
    assert load.done > 100
