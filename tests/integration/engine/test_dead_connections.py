from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from portico.db.engine import TimeoutOptions
from portico.db.session import Database, atomic, run
from portico.errors import DatabaseUnavailableError, OutcomeUnknownError, TimedOutError
from tests.integration.session.blocks import ends_with

from .wire import Wire, wiretap

metadata = sa.MetaData()
notes = sa.Table(
    "notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(50))
)
ONE = sa.select(sa.literal(1))
Tapped = tuple[Database, Wire]


@pytest.fixture
async def tapped(url: str, db: Database) -> AsyncIterator[Tapped]:
    """A database behind the wiretap, with open connections."""
    if db.dialect_name == "sqlite":
        pytest.skip("SQLite has no server")
    await db.create_tables(metadata)
    limits = TimeoutOptions(connect=2, statement=0.5)
    async with wiretap(url) as wire, Database(wire.url, name="tapped", timeouts=limits) as database:
        await asyncio.gather(*(run(database, ONE) for _ in range(5)))
        async with atomic(database):
            await run(database, ONE)
        yield database, wire


async def restart(wire: Wire, *, seconds: float = 0) -> None:
    """End every connection, and refuse new ones for a while."""
    wire.cut()
    wire.refusing = seconds > 0
    await asyncio.sleep(seconds or 0.05)
    wire.refusing = False


async def test_a_server_restart_costs_no_read(tapped: Tapped) -> None:
    """Every pooled connection is dead, none was pinged, and nobody notices."""
    database, wire = tapped
    await restart(wire)
    results = await asyncio.gather(*(run(database, ONE) for _ in range(10)))
    assert [result.scalar_one() for result in results] == [1] * 10


async def test_reads_that_are_under_way_are_sent_again(tapped: Tapped) -> None:
    """Also while the server is still starting."""
    database, wire = tapped
    sleep = {"postgresql": sa.func.pg_sleep(0.2)}.get(database.dialect_name, sa.func.sleep(0.2))
    reading = [asyncio.create_task(run(database, sa.select(sleep))) for _ in range(3)]
    await asyncio.sleep(0.1)
    wire.refusing = True
    wire.cut()
    await asyncio.sleep(0.3)
    wire.refusing = False
    assert len(await asyncio.gather(*reading)) == 3


async def test_a_unit_begins_on_a_connection_that_lives(tapped: Tapped) -> None:
    """A BEGIN that fails is sent again elsewhere; nothing was done yet."""
    database, wire = tapped
    await restart(wire)
    async with atomic(database):
        await run(database, sa.insert(notes).values(text="a"))
    assert (await run(database, sa.select(sa.func.count()).select_from(notes))).scalar_one() == 1


async def test_a_write_on_a_pooled_connection_that_died_is_not_lost(tapped: Tapped) -> None:
    """The driver has noticed the end of the connection before anything was sent."""
    database, wire = tapped
    await restart(wire)
    await run(database, sa.insert(notes).values(text="a"))
    assert (await run(database, sa.select(sa.func.count()).select_from(notes))).scalar_one() == 1


async def test_a_write_without_an_answer_has_an_unknown_outcome(tapped: Tapped) -> None:
    """It was sent; whether it happened nobody can say, so it is not sent again."""
    database, wire = tapped
    await run(database, sa.insert(notes).values(text="a"))
    wire.silent = True
    writing = asyncio.create_task(run(database, sa.insert(notes).values(text="b")))
    await asyncio.sleep(0.1)
    wire.silent = False
    wire.cut()
    with pytest.raises(OutcomeUnknownError):
        await writing


async def test_a_commit_without_an_answer_has_an_unknown_outcome(tapped: Tapped) -> None:
    """Neither success nor failure may be claimed."""
    database, wire = tapped
    with ends_with(OutcomeUnknownError):
        async with atomic(database):
            await run(database, sa.insert(notes).values(text="b"))
            wire.silent = True
            asyncio.get_running_loop().call_later(0.1, wire.cut)


async def test_a_server_that_falls_silent_is_given_up(tapped: Tapped) -> None:
    """A peer that vanishes must not hold a caller for ever; its connection is not used again."""
    database, wire = tapped
    wire.silent = True
    started = asyncio.get_running_loop().time()
    with pytest.raises((TimedOutError, DatabaseUnavailableError)):
        async with atomic(database):
            await run(database, ONE)
    assert asyncio.get_running_loop().time() - started < 15
    wire.silent = False
    wire.cut()
    assert (await run(database, ONE)).scalar_one() == 1


async def test_a_server_that_is_not_there_is_unavailable(backend: str) -> None:
    """Refused connections say so at once, and never with the password."""
    url = {
        "postgresql": "postgresql://ann:canary@127.0.0.1:1/x",
        "mysql": "mariadb://ann:canary@127.0.0.1:1/x",
        "sqlite": "sqlite:////no/such/folder/x.db",
    }[backend]
    async with Database(url, name="nowhere") as database:
        with pytest.raises(DatabaseUnavailableError) as caught:
            await database.ping()
    assert "canary" not in f"{caught.value}{caught.value.__cause__}{database!r}"
