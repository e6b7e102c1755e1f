from __future__ import annotations

import asyncio
from typing import cast

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from portico.db.engine import PoolOptions, TimeoutOptions
from portico.db.session import Database, atomic, isolated, run
from portico.errors import TimedOutError, UnavailableError
from tests.integration.session.blocks import ends_with

metadata = sa.MetaData()
notes = sa.Table(
    "notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(50))
)


def sleep(database: Database, seconds: float) -> sa.Select[float]:
    """A statement that takes so long."""
    name = "pg_sleep" if database.dialect_name == "postgresql" else "sleep"
    return sa.select(getattr(sa.func, name)(seconds))


async def test_a_statement_that_does_not_end_is_stopped(url: str, backend: str) -> None:
    """The server stops it, and the connection can be used again."""
    if backend == "sqlite":
        pytest.skip("SQLite has no limit on statements")
    async with Database(url, name="limited", timeouts=TimeoutOptions(statement=0.3)) as database:
        with pytest.raises(TimedOutError):
            await run(database, sleep(database, 5))
        assert (await run(database, sleep(database, 0))) is not None


async def test_a_lock_is_waited_for_only_so_long(url: str, db: Database) -> None:
    """Whoever waits in line hears about it, on each database with the same error."""
    await db.create_tables(metadata)
    await run(db, sa.insert(notes).values(id=1, text="a"))
    write = sa.update(notes).values(text="b")
    async with Database(url, name="waiting", timeouts=TimeoutOptions(lock=1)) as other:
        async with atomic(db):
            await run(db, write)
            with pytest.raises(TimedOutError, match="lock"):
                await run(other, write)
        await run(other, write)


async def test_an_idle_transaction_is_ended(url: str, db: Database) -> None:
    """A unit that waits for something else holds locks; the server does not let it."""
    if db.dialect_name == "sqlite":
        pytest.skip("SQLite has no limit on transactions")
    await db.create_tables(metadata)
    async with Database(url, name="idle", timeouts=TimeoutOptions(idle_in_transaction=1)) as database:
        with ends_with(UnavailableError):
            async with atomic(database):
                await run(database, sa.insert(notes).values(text="a"))
                await asyncio.sleep(1.5)
                await run(database, sa.select(notes))
        await database.ping()


async def test_a_full_pool_is_waited_for_only_so_long(url: str, db: Database) -> None:
    """No deadlock by nesting: the second connection is refused in time, with advice."""
    await db.create_tables(metadata)
    pool = PoolOptions(size=1, timeout=0.2)
    async with Database(url, name="small", pool=pool) as database:
        async with atomic(database, read_only=True):
            await run(database, sa.select(notes))
            with isolated(), pytest.raises(TimedOutError, match="connection became free"):
                async with atomic(database, read_only=True):
                    await run(database, sa.select(notes))
        await database.ping()


async def test_many_callers_share_few_connections(url: str, db: Database) -> None:
    """Calls outside of units hold a connection only for their statement."""
    async with Database(url, name="small", pool=PoolOptions(size=2)) as database:
        await asyncio.gather(*(database.ping() for _ in range(50)))
        assert cast("QueuePool", database.engine.pool).checkedout() == 0


async def test_connections_speak_utc_and_refuse_bad_values(db: Database) -> None:
    """Whatever the server's own settings are."""
    if db.dialect_name == "postgresql":
        assert (await run(db, sa.text("SHOW timezone"))).scalar_one() == "UTC"
    elif db.dialect_name != "sqlite":
        row = await db.fetch_one("SELECT @@time_zone AS zone, @@sql_mode AS mode")
        assert row is not None
        assert row["zone"] == "+00:00"
        assert "STRICT_TRANS_TABLES" in row["mode"]
    else:
        assert (await run(db, sa.text("PRAGMA foreign_keys"))).scalar_one() == 1
        assert (await run(db, sa.text("PRAGMA journal_mode"))).scalar_one() == "wal"
