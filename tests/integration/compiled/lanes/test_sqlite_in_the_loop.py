from __future__ import annotations

import asyncio
import itertools
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from portico.db.compiled.lanes import Lane, LaneError
from portico.db.compiled.lanes.lane import Rows
from portico.db.compiled.shapes import Shape
from portico.db.engine import PoolOptions, TimeoutOptions
from portico.db.session import Database, atomic, run
from portico.errors import TimedOutError

from .loops import lock_of_another_process, longest_step, never_holds_the_loop
from .notes import lane

MOST = 0.010
ROWS = 1_000_000
FILL = (
    "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {0}) "
    "INSERT INTO big SELECT i, 'Näme ' || (i * 7919 % 1000003), i * 7919 % 1000003 FROM k"
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a million rows, and one row with a big value."""
    path = tmp_path_factory.mktemp("big") / "big.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, n INTEGER)")
    connection.execute(FILL.format(ROWS))
    connection.execute("CREATE TABLE huge (id INTEGER PRIMARY KEY, body TEXT)")
    connection.execute("INSERT INTO huge VALUES (1, ?), (2, 'small')", ("ä" * 1_000_000,))
    connection.commit()
    connection.close()
    return path


@pytest.fixture
async def big(filled: Path) -> AsyncIterator[Database]:
    """That file, which nobody changes."""
    limits = TimeoutOptions(lock=0.2)
    async with Database(f"sqlite:///{filled}", name="big", compiled="private", timeouts=limits) as database:
        yield database


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Database]:
    """A file with some rows, to be written to."""
    async with Database(f"sqlite:///{tmp_path}/own.db", name="own", compiled="private") as database:
        await database.execute_raw("CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, n INTEGER)")
        await database.execute_raw(FILL.format(1000))
        yield database


READS = {
    "one row": "SELECT * FROM big WHERE id = 500000",
    "a page": "SELECT * FROM big ORDER BY id LIMIT 100",
    "a page far away": "SELECT * FROM big ORDER BY id LIMIT 20 OFFSET 900000",
    "a scan": "SELECT id FROM big WHERE name = 'nobody'",
    "a sort": "SELECT id FROM big ORDER BY name, id LIMIT 20",
    "a function on each row": "SELECT id FROM big WHERE portico_fold(name) LIKE '%99999' ORDER BY id LIMIT 2",
    "a capped count": "SELECT count(*) FROM (SELECT 1 FROM big LIMIT 1001)",
    "an aggregate": "SELECT max(name), min(n) FROM big",
    "groups": "SELECT n % 10, count(*) FROM big GROUP BY 1 ORDER BY 1",
    "a big value": "SELECT id FROM huge WHERE portico_fold(body) LIKE '%Ä%' AND id = 1",
    "the length of one": "SELECT id, length(body) FROM huge",
}
HEAVY = {
    "a count of all": "SELECT count(*) FROM big",
    "a regular expression": "SELECT count(*) FROM big WHERE id < 100000 AND name REGEXP '99+$'",
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", [*READS, *HEAVY])
async def test_no_read_holds_the_loop(big: Database, filled: Path, name: str) -> None:
    """A million rows, and a lock held by another process: the answer is right and the loop free."""
    text = READS.get(name) or HEAVY[name]
    wanted = [tuple(row) for row in await run(big, sa.text(text.replace(":", "\\:")))]
    await lane(big).fetch(Shape("SELECT 1", ()), ())
    numbers = itertools.count()

    async def ask() -> Rows:
        # Each time another text: what was late once is remembered by it.
        asked = Shape(f"{text} -- {next(numbers)}", (), heavy=name in HEAVY)
        return await lane(big).fetch(asked, ())

    with lock_of_another_process(filled):
        found = await never_holds_the_loop(0.003 if name in HEAVY else MOST, ask, longest_step)
    assert [tuple(row) for row in found] == wanted


@pytest.mark.timeout(120)
async def test_no_write_waits_for_a_lock_in_the_loop(big: Database, filled: Path) -> None:
    """It waits as long as allowed, and says so; the loop serves others meanwhile."""
    change = Shape("UPDATE big SET n = n WHERE id = 1", (), writes=True)

    async def refused() -> None:
        with pytest.raises(TimedOutError, match="held a lock for too long"):
            await lane(big).execute(change, ())

    await lane(big).execute(change, ())
    with lock_of_another_process(filled):
        await never_holds_the_loop(MOST, refused)
    assert await lane(big).execute(change, ()) == 1


async def test_a_write_waits_until_another_process_is_done(big: Database, filled: Path) -> None:
    """Then it happens, once."""
    change = Shape("UPDATE big SET n = n + 1 WHERE id = 1 RETURNING n", (), writes=True)
    before = (await lane(big).fetch(change, ()))[0][0]
    with lock_of_another_process(filled):
        writing = [asyncio.create_task(lane(big).fetch(change, ())) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in writing)
    assert sorted(rows[0][0] for rows in await asyncio.gather(*writing)) == [
        before + 1,
        before + 2,
        before + 3,
    ]


@pytest.mark.timeout(120)
async def test_a_long_write_is_moved_to_a_thread_and_happens_once(filled: Path, tmp_path: Path) -> None:
    """What was interrupted is undone before it begins again."""
    shutil.copy(filled, tmp_path / "copy.db")
    change = Shape("UPDATE big SET n = n + 1 WHERE id <= 200000", (), writes=True)
    async with Database(f"sqlite:///{tmp_path}/copy.db", name="copy", compiled="private") as database:
        await lane(database).execute(Shape("UPDATE big SET n = n WHERE id = 1", (), writes=True), ())
        before = (await lane(database).fetch(Shape("SELECT sum(n) FROM big", (), heavy=True), ()))[0][0]
        assert await lane(database).execute(change, ()) == 200_000
        after = (await lane(database).fetch(Shape("SELECT sum(n) FROM big", (), heavy=True), ()))[0][0]
        assert after == before + 200_000


async def test_a_value_too_big_for_the_loop_is_read_and_written_whole(own: Database) -> None:
    """Sixteen megabytes there and back, in a thread."""
    await own.execute_raw("CREATE TABLE huge (id INTEGER PRIMARY KEY, body TEXT)")
    body = "ä" * 8_000_000
    add = Shape("INSERT INTO huge VALUES (?, ?) RETURNING id", (), writes=True)
    for number in range(3):
        assert [tuple(row) for row in await lane(own).fetch(add, (number, body))] == [(number,)]
    assert (await lane(own).fetch(Shape("SELECT body FROM huge WHERE id = ?", ()), (1,)))[0][0] == body


async def test_what_is_late_twice_goes_to_a_thread_at_once(big: Database) -> None:
    """The second interruption teaches it; the loop is not held a third time."""
    scan = Shape(READS["a scan"], ())
    for _ in range(2):
        await lane(big).fetch(scan, ())
    held, _ = await longest_step(lane(big).fetch(scan, ()))
    assert held < 0.002


@pytest.mark.timeout(120)
async def test_many_small_writes_never_wait_for_the_disk_in_the_loop(own: Database) -> None:
    """The log is moved into the file by a thread, and does not grow without end."""
    path = Path(str(own.url.database))
    here: Lane = lane(own)
    values = itertools.count()

    async def write() -> None:
        for number in range(250):
            # Another text each time: a busy machine makes one late twice, and then a thread has it.
            change = Shape(f"UPDATE big SET name = ? WHERE id = ? -- {number}", (), writes=True)
            await here.execute(change, (f"x{next(values):0500}", number))

    for _ in range(16):
        await never_holds_the_loop(MOST, write)
        await asyncio.sleep(0.05)
    assert path.with_name("own.db-wal").stat().st_size < 8_000_000
    assert (await run(own, sa.text("SELECT count(*) FROM big WHERE name LIKE 'x%'"))).scalar_one() == 249


@pytest.mark.timeout(120)
async def test_writers_of_both_ways_are_served(own: Database) -> None:
    """One file has one writer at a time; none of them is kept waiting beyond the limit by the others."""
    up = Shape("UPDATE big SET n = n + 1 WHERE id = 1", (), writes=True)
    general = sa.text("UPDATE big SET n = n + 1 WHERE id = 1")
    await run(own, sa.text("UPDATE big SET n = 0 WHERE id = 1"))

    async def compiled_writer() -> None:
        for _ in range(50):
            assert await lane(own).execute(up, ()) == 1

    async def general_writer() -> None:
        for number in range(20):
            if number % 2:
                await run(own, general)
                continue
            async with atomic(own):
                await run(own, sa.text("SELECT n FROM big WHERE id = 1"))
                await run(own, general)

    await asyncio.gather(*(compiled_writer() for _ in range(8)), *(general_writer() for _ in range(8)))
    assert (await run(own, sa.text("SELECT n FROM big WHERE id = 1"))).scalar_one() == 8 * 50 + 8 * 20


async def test_nothing_is_held_open_after_an_answer(own: Database) -> None:
    """Neither rows nor an error leave a view of the file behind, which would keep the log from ending."""
    await own.execute_raw("INSERT INTO big VALUES (5000, CAST(x'ff' AS TEXT), 1), (5001, 'good', 1)")
    kept: list[BaseException] = []
    for text in ("SELECT * FROM big ORDER BY id", "SELECT name FROM big WHERE id >= 5000 ORDER BY id"):
        with pytest.raises(LaneError) as caught:
            await lane(own).fetch(Shape(text, ()), ())
        kept.append(caught.value)
    await run(own, sa.text("UPDATE big SET n = 5"))
    assert (await run(own, sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))).one()[0] == 0
    assert kept


async def test_a_read_only_database_keeps_its_journal(tmp_path: Path) -> None:
    """Reading waits for a lock without the loop, and writing is refused by the general path's words."""
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE big (id INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO big VALUES (1)")
    connection.close()
    url = f"sqlite:///{path}"
    async with Database(url, name="old", compiled="private", read_only=True) as database:
        one = Shape("SELECT id FROM big", ())
        assert await lane(database).fetch(one, ()) == [(1,)]
        with lock_of_another_process(path, "BEGIN EXCLUSIVE"):
            reading = asyncio.create_task(lane(database).fetch(one, ()))
            await asyncio.sleep(0.05)
            assert not reading.done()
        assert await reading == [(1,)]
        with pytest.raises(LaneError):
            await lane(database).fetch(Shape("INSERT INTO big VALUES (2)", (), writes=True), ())
        assert (await run(database, sa.text("PRAGMA journal_mode"))).scalar_one() == "delete"


async def test_a_file_that_was_replaced_is_met_when_connections_are_renewed(tmp_path: Path) -> None:
    """As the pool does it; until then both ways see the old one."""
    path = tmp_path / "file.db"
    for name, rows in (("file.db", 1), ("new.db", 2)):
        with sqlite3.connect(tmp_path / name) as connection:
            connection.execute("CREATE TABLE big (id INTEGER PRIMARY KEY)")
            connection.executemany("INSERT INTO big VALUES (?)", [(number,) for number in range(rows)])
        connection.close()
    count = Shape("SELECT count(*) FROM big", ())
    async with Database(
        f"sqlite:///{path}", name="moved", compiled="private", pool=PoolOptions(recycle=0.2)
    ) as database:
        assert await lane(database).fetch(count, ()) == [(1,)]
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        (tmp_path / "new.db").rename(path)
        await asyncio.sleep(0.3)
        assert await lane(database).fetch(count, ()) == [(2,)]


async def test_a_small_pool_is_no_obstacle(filled: Path) -> None:
    """One connection for everything that goes to a thread: heavy reads wait in turn, quick ones do not."""
    async with Database(
        f"sqlite:///{filled}", name="small", compiled="private", pool=PoolOptions(size=1, timeout=30)
    ) as database:
        heavy = Shape("SELECT count(*) FROM big WHERE name LIKE '%9'", (), heavy=True)
        counting = [asyncio.create_task(lane(database).fetch(heavy, ())) for _ in range(4)]
        await asyncio.sleep(0.01)
        assert await lane(database).fetch(Shape("SELECT n FROM big WHERE id = 2", ()), ()) == [(15838,)]
        assert not all(task.done() for task in counting)
        assert len({tuple(rows[0]) for rows in await asyncio.gather(*counting)}) == 1
