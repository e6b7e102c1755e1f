from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from portico.db.engine import Compiled
from portico.db.session import Database
from portico.errors import UsageError

from .notes import add, create_notes, get


@pytest.fixture
def moving(url: str, way: Compiled) -> Iterator[Database]:
    """A database that was made outside of any loop, with a hundred notes."""
    database = Database(url, name="moving", compiled=way)
    asyncio.run(create_notes(database))
    yield database
    asyncio.run(database.close())


def test_a_lane_follows_its_program_from_loop_to_loop(moving: Database) -> None:
    """One loop per test, or asyncio.run twice: connections of a loop that ended are let go of, silently."""
    assert [asyncio.run(get(moving, n)) for n in range(3)] == [(n, f"note {n}") for n in range(3)]
    asyncio.run(add(moving, 100))
    gc.collect()


def test_a_loop_that_ends_in_the_middle_leaves_nothing(moving: Database) -> None:
    """Requests that were under way, waiters and connections that were being opened end with it."""

    async def interrupted() -> None:
        tasks = [asyncio.create_task(get(moving, n)) for n in range(50)]
        await asyncio.sleep(0.005)
        del tasks

    for _ in range(3):
        asyncio.run(interrupted())
        assert asyncio.run(get(moving, 7)) == (7, "note 7")
    gc.collect()


def test_two_loops_at_the_same_time_need_two_databases(moving: Database) -> None:
    """A connection cannot be awaited in two loops, nor a file of SQLite be locked by two threads of one."""
    failures: list[BaseException] = []

    def elsewhere() -> None:
        try:
            asyncio.run(get(moving, 1))
        except UsageError as error:
            failures.append(error)

    async def main() -> None:
        await get(moving, 1)
        await asyncio.to_thread(elsewhere)

    asyncio.run(main())
    assert "event loop" in str(failures[0])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_opens_its_own_connections(moving: Database) -> None:
    """Gunicorn --preload: the child must not speak on the sockets, nor with the locks, of its parent."""
    asyncio.run(get(moving, 1))
    child = os.fork()
    if child == 0:
        answer = 1
        try:
            asyncio.run(add(moving, 100))
            answer = 0 if asyncio.run(get(moving, 2)) == (2, "note 2") else 2
        finally:
            os._exit(answer)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert asyncio.run(get(moving, 100)) == (100, "new")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_inside_of_a_running_loop_leaves_the_parent_as_it_was(moving: Database) -> None:
    """Its connections go on working; the child had nothing of them."""

    async def main() -> None:
        assert await get(moving, 1) == (1, "note 1")
        child = os.fork()
        if child == 0:
            os._exit(0)
        await asyncio.to_thread(os.waitpid, child, 0)
        assert await asyncio.gather(*(get(moving, n) for n in range(20)))

    asyncio.run(main())


def test_a_process_that_closes_nothing_ends_by_itself(moving: Database, url: str, way: Compiled) -> None:
    """No thread and no connection keeps it."""
    program = (
        "import asyncio\n"
        "from portico.db.session import Database\n"
        "from tests.integration.compiled.lanes.notes import get\n"
        f"db = Database({url!r}, compiled={way!r})\n"
        "print(asyncio.run(get(db, 1)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True
    )
    assert ended.stdout.strip() == "(1, 'note 1')"
    assert "Traceback" not in ended.stderr
