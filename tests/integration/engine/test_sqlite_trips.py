"""Each trip to the thread of an SQLite connection wakes two threads: there is one for each statement."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from portico.db.engine.sqlite_thread import open_connection
from portico.db.session import Database, atomic, run

METADATA = sa.MetaData()
NUMBERS = sa.Table("numbers", METADATA, sa.Column("id", sa.Integer, primary_key=True))
MANY = 1_300


@pytest.fixture
async def driver(tmp_path: Path) -> AsyncIterator[aiosqlite.Connection]:
    """A connection of the driver."""
    connection = await open_connection(str(tmp_path / "numbers.db"))
    await connection.execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY)")
    yield connection
    with suppress(ValueError):
        await connection.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the threads of all connections are asked to do."""
    seen: list[str] = []
    unpatched: Any = aiosqlite.Connection
    send = unpatched._execute

    async def counted(self: Any, fn: Any, *args: Any, **options: Any) -> Any:
        seen.append(fn.__name__)
        return await send(self, fn, *args, **options)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return seen


async def fill(driver: aiosqlite.Connection, count: int = MANY) -> None:
    """Rows, in one statement."""
    async with driver.cursor() as cursor:
        await cursor.executemany("INSERT INTO numbers VALUES (?)", [(i,) for i in range(count)])


async def test_a_unit_goes_to_the_thread_once_for_each_statement(tmp_path: Path, trips: list[str]) -> None:
    """BEGIN, two statements, COMMIT."""
    async with Database(f"sqlite:///{tmp_path / 'unit.db'}", name="trips") as database:
        await database.create_tables(METADATA)
        for _ in range(2):  # its connection is open the second time
            trips.clear()
            async with atomic(database):
                await run(database, sa.insert(NUMBERS).returning(NUMBERS.c.id))
                assert len((await run(database, sa.select(NUMBERS))).all()) >= 1
        assert len(trips) == 4, trips


async def test_all_rows_come_however_many_there_are(driver: aiosqlite.Connection, trips: list[str]) -> None:
    """More than are fetched with the statement."""
    await fill(driver)
    trips.clear()
    async with driver.cursor() as cursor:
        await cursor.execute("SELECT id FROM numbers ORDER BY id")
        first = [await cursor.fetchone(), *await cursor.fetchmany(600)]
        assert [*first, *await cursor.fetchall()] == [(i,) for i in range(MANY)]
        assert await cursor.fetchone() is None
    assert len(trips) == 3, trips


async def test_rows_are_streamed_and_not_held(tmp_path: Path) -> None:
    """Who stops reading leaves no statement behind that would keep the table."""
    async with Database(f"sqlite:///{tmp_path / 'stream.db'}", name="streams") as database:
        await database.create_tables(METADATA)
        await run(database, sa.insert(NUMBERS), [{"id": i} for i in range(MANY)])
        async with database.engine.connect() as connection:
            found = await _first(connection, 700)
            await connection.execute(sa.schema.DropTable(NUMBERS))
    assert found == list(range(700))


async def _first(connection: AsyncConnection, count: int) -> list[int]:
    found: list[int] = []
    async with connection.stream(sa.select(NUMBERS.c.id).order_by(NUMBERS.c.id)) as result:
        async for (number,) in result:
            found.append(number)
            if len(found) == count:
                break
    return found


async def test_a_statement_that_is_given_up_leaves_no_cursor_open(driver: aiosqlite.Connection) -> None:
    """The thread has not come to it yet when its caller is cancelled, and closes the cursor."""
    await fill(driver)
    cursor: Any = driver.cursor()
    task: asyncio.Task[Any] = asyncio.create_task(cursor.execute("SELECT id FROM numbers"))
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await cursor.close()
    await driver.execute("DROP TABLE numbers")


async def test_a_refused_statement_leaves_no_cursor_open(driver: aiosqlite.Connection) -> None:
    """Nor does it leave rows of the statement before it."""
    await fill(driver)
    cursor = await driver.cursor()
    await cursor.execute("SELECT id FROM numbers")
    with pytest.raises(sqlite3.OperationalError):
        await cursor.execute("SELECT nothing FROM numbers")
    assert await cursor.fetchall() == []
    await driver.execute("DROP TABLE numbers")


async def test_a_closed_connection_gives_no_cursor(driver: aiosqlite.Connection) -> None:
    """As without ours: SQLAlchemy makes an error of its own from that."""
    await driver.close()
    with pytest.raises(ValueError, match="no active connection"):
        await driver.cursor()
