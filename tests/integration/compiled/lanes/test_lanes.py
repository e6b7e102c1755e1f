from __future__ import annotations

import asyncio
import gc
import logging
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from portico.db.compiled.lanes import LaneError, lane_of
from portico.db.engine import Compiled
from portico.db.session import Database, atomic, isolated, run
from portico.errors import CrossTaskError
from portico.testing.statements import statements
from tests.fixtures.servers import SERVERS

from .notes import ADD, CHANGE, GET, add, count, create_notes, get, lane, notes, rows, shape


async def test_a_lane_reads_writes_and_counts(noted: Database) -> None:
    """Rows come as the driver has them; a write is there for everybody at once."""
    assert await get(noted, 7) == (7, "note 7")
    assert await rows(noted, GET, 700) == []
    await add(noted, 100)
    assert await count(noted) == 101
    changed = await lane(noted).execute(shape(noted, CHANGE, writes=True), ("same", 5))
    assert changed == 5
    assert (await run(noted, sa.select(notes.c.text).where(notes.c.id == 4))).scalar_one() == "same"


async def test_rows_that_stay_as_they_are_count_as_changed(noted: Database) -> None:
    """MariaDB would leave them out; the general path counts what was matched, and so does this one."""
    for _ in range(2):
        assert await lane(noted).execute(shape(noted, CHANGE, writes=True), ("same", 5)) == 5


async def test_a_percent_sign_is_a_percent_sign(noted: Database) -> None:
    """The drivers of MariaDB read it as the beginning of a value."""
    sign = "%%" if noted.dialect_name == "mysql" else "%"
    assert len(await rows(noted, f"SELECT id FROM notes WHERE text LIKE 'note 1{sign}'")) == 11


@pytest.mark.parametrize("writes", [False, True])
async def test_what_the_database_refuses_is_left_to_the_general_path(noted: Database, writes: bool) -> None:
    """It says it in its own words; the lane is as good as before, and on the same connection."""
    with pytest.raises(LaneError):
        await add(noted, 1)
    with pytest.raises(LaneError):
        await lane(noted).fetch(shape(noted, "SELECT nothing FROM nowhere", writes=writes), ())
    assert await get(noted, 1) == (1, "note 1")
    assert await count(noted) == 100


async def test_a_value_that_the_driver_cannot_send_is_left_to_the_general_path(noted: Database) -> None:
    """Half a character: nothing was sent."""
    with pytest.raises(LaneError):
        await rows(noted, "SELECT id FROM notes WHERE text = ?", "\ud800")
    assert await get(noted, 1) == (1, "note 1")


async def test_a_unit_of_work_has_no_lane(noted: Database) -> None:
    """Only its own connection sees what it has written; `isolated` steps out of it."""
    outside = lane_of(noted)
    async with atomic(noted):
        assert lane_of(noted) is None
        async with atomic(noted):
            assert lane_of(noted) is None
        with isolated():
            assert lane_of(noted) is outside
    async with noted.session():
        assert lane_of(noted) is None
    assert lane_of(noted) is outside is not None


async def test_a_unit_of_another_database_is_none_of_its_business(noted: Database, tmp_path: Path) -> None:
    """The lane stays."""
    async with Database(f"sqlite:///{tmp_path}/other.db", name="other") as other, atomic(other):
        assert lane_of(other) is None
        assert lane_of(noted) is not None


async def test_another_tasks_unit_is_refused(noted: Database) -> None:
    """As the general path does: the answer would not contain what the unit has written."""

    async def elsewhere() -> None:
        lane_of(noted)

    async with atomic(noted):
        task = asyncio.create_task(elsewhere())
        await asyncio.sleep(0.01)
        assert isinstance(task.exception(), CrossTaskError)


async def test_there_is_no_lane_where_none_would_be_right(url: str, backend: str) -> None:
    """Switched off, with replicas, or where one connection serves everything."""
    async with (
        Database(url, name="off", compiled="off") as off,
        Database(url, name="replicated", replicas=[url], compiled="private") as replicated,
        Database("sqlite://", name="memory", compiled="private") as memory,
    ):
        assert [lane_of(database) for database in (off, replicated, memory)] == [None, None, None]
        async with Database(SERVERS.get(backend, url), name="on", compiled="private") as on:
            assert lane_of(on) is not None


async def test_the_connections_end_with_the_engines_and_come_back(noted: Database) -> None:
    """At the end of a lifespan, and between tests."""
    for _ in range(3):
        assert await get(noted, 7) == (7, "note 7")
        await noted.engines.dispose()


async def test_statements_are_seen_once_and_cost_one_round_trip(noted: Database) -> None:
    """Neither BEGIN nor COMMIT, and no check of the connection."""
    await get(noted, 1)
    await add(noted, 100)  # on SQLite the first write of all is not the lane's
    async with statements(noted) as seen:
        await get(noted, 1)
        await add(noted, 101)
        await lane(noted).execute(shape(noted, CHANGE, writes=True), ("same", 5))
    wanted = [shape(noted, text).text for text in (GET, ADD, CHANGE)]
    assert (seen.sql, seen.round_trips) == (wanted, 3)
    await get(noted, 1)
    assert len(seen) == 3


async def test_echo_tells_the_statement_and_not_the_values(
    url: str, way: Compiled, caplog: pytest.LogCaptureFixture
) -> None:
    """As on the general path."""
    async with Database(url, name="echo", compiled=way, echo=True) as database:
        await create_notes(database)
        await add(database, 100, "canary")
        caplog.clear()
        with caplog.at_level(logging.INFO):
            await add(database, 101, "canary")
            assert (
                await rows(database, "SELECT text FROM notes WHERE text = ?", "canary") == [("canary",)] * 2
            )
    said = [record.getMessage() for record in caplog.records]
    assert shape(database, ADD).text in said
    assert not any("canary" in message for message in said)


async def test_a_listener_of_the_engine_meets_every_connection(private: Database) -> None:
    """What users do to new connections is done to those of compiled statements, too."""
    opened: list[Any] = []

    def remember(connection: Any, _record: Any) -> None:
        opened.append(connection)

    await private.engines.dispose()
    for engine in private.engines.pooled():
        event.listen(engine, "connect", remember)
    await private.engines.dispose()
    await get(private, 1)
    assert len(opened) == 1


async def test_values_come_as_the_general_path_has_them(noted: Database) -> None:
    """The same codecs and settings: time zone, JSON, numbers."""
    asked = {
        "postgresql": "SELECT CAST('{\"a\": 1}' AS jsonb), current_setting('timezone'), 1.10::numeric",
        "mysql": "SELECT @@session.time_zone, @@session.autocommit, CAST(1.10 AS DECIMAL(5, 2))",
        "sqlite": "SELECT portico_fold('Ä'), 'a' REGEXP '^A', floor(1.5)",
    }[noted.dialect_name]
    general = [tuple(row) for row in await run(noted, sa.text(asked))]
    assert await rows(noted, asked) == general


async def test_who_comes_after_the_end_is_answered_and_leaves_nothing(url: str, way: Compiled) -> None:
    """A task that outlives its database is no leak; a warning about an open connection would fail this."""
    database = Database(url, name="late", compiled=way)
    await create_notes(database)
    late = [asyncio.create_task(get(database, number)) for number in range(5)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*late) == [(number, f"note {number}") for number in range(5)]
    assert await get(database, 7) == (7, "note 7")
    await asyncio.sleep(0.1)
    del database
    gc.collect()
