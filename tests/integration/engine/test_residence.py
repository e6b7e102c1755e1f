from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys

import pytest
import sqlalchemy as sa

from portico.db.session import Database, run
from portico.errors import UsageError

ONE = sa.select(sa.literal(1))


async def ask(database: Database) -> int:
    """One question, one answer."""
    return int((await run(database, ONE)).scalar_one())


def test_a_database_follows_its_program_from_loop_to_loop(url: str) -> None:
    """One loop per test, or asyncio.run twice: connections of a loop that ended are let go of, silently."""
    database = Database(url, name="moving")
    assert [asyncio.run(ask(database)) for _ in range(3)] == [1, 1, 1]
    gc.collect()
    asyncio.run(database.close())


def test_two_loops_at_the_same_time_need_two_databases(url: str) -> None:
    """A connection cannot be awaited in two loops; the error says what to do."""
    database = Database(url, name="torn")
    failures: list[BaseException] = []

    def elsewhere() -> None:
        try:
            asyncio.run(ask(database))
        except UsageError as error:
            failures.append(error)

    async def main() -> None:
        await ask(database)
        await asyncio.to_thread(elsewhere)
        await database.close()

    asyncio.run(main())
    assert "one Database per event loop" in str(failures[0]).replace("One", "one")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_opens_its_own_connections(url: str) -> None:
    """Gunicorn --preload: the child must not speak on the sockets of its parent."""
    database = Database(url, name="forked")
    asyncio.run(ask(database))
    child = os.fork()
    if child == 0:
        answer = 1
        try:
            answer = 0 if asyncio.run(ask(database)) == 1 else 2
        finally:
            os._exit(answer)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert asyncio.run(ask(database)) == 1
    asyncio.run(database.close())


def test_a_process_that_closes_nothing_ends_by_itself(url: str) -> None:
    """Aiosqlite's threads are no daemons; ours are."""
    program = (
        "import asyncio, sqlalchemy as sa\n"
        "from portico.db.session import Database, run\n"
        f"db = Database({url!r})\n"
        "asyncio.run(db.ping())\n"
        "print('done')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True
    )
    assert ended.stdout.strip() == "done"
    assert "Traceback" not in ended.stderr
