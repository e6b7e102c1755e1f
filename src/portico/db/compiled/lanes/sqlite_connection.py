"""A connection to an SQLite file that may be used in the loop's thread, because it never holds it for long.

It waits for no lock; it is interrupted after `LIMIT` seconds; values beyond `LONGEST` bytes are refused (a
function over a big value is one step, which nothing interrupts); and it leaves moving the log into the file,
which waits for the disk, to others.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from portico.db.dialects import sqlite
from portico.db.engine import Engines

from .lane import Rows

LIMIT = 0.003
"""Seconds after which a statement is interrupted, unless it ends within `GRACE`."""
GRACE = 0.001
"""Seconds more: another process may have had the processor in between."""
LONGEST = 65_536
"""Bytes of the longest value, and of the longest row that is sorted or stored."""
STEPS = 250
"""Steps of SQLite's machine between two looks at the clock: some tens of microseconds."""
_STATEMENTS = 500
_OURS = {
    "async_creator_fn",
    "factory",
    "timeout",
    "check_same_thread",
    "isolation_level",
    "cached_statements",
}


class InLoop:
    """One connection; ``late`` says whether the last statement took too long and nothing interrupted it."""

    def __init__(self, connection: sqlite3.Connection, *, writes_are_quick: bool) -> None:
        self.writes_are_quick = writes_are_quick
        self._connection = connection
        self.late = False
        self._deadline = 0.0
        self._graced = False
        connection.set_progress_handler(self._is_late, STEPS)

    def _is_late(self) -> bool:
        if perf_counter() < self._deadline:
            return False
        if self._graced:
            return True
        self._graced = True
        self._deadline = perf_counter() + GRACE
        return False

    def fetch(self, text: str, arguments: Sequence[Any]) -> Rows:
        """The rows; raises what sqlite3 raises."""
        self._deadline = perf_counter() + LIMIT
        self._graced = False
        cursor = self._connection.execute(text, arguments)
        try:
            rows = cursor.fetchall()
        finally:
            cursor.close()  # an open statement would hold on to its view of the file
        self.late = perf_counter() > self._deadline
        return rows

    def execute(self, text: str, arguments: Sequence[Any]) -> int:
        """How many rows were changed."""
        self._deadline = perf_counter() + LIMIT
        self._graced = False
        cursor = self._connection.execute(text, arguments)
        changed = cursor.rowcount
        cursor.close()
        self.late = perf_counter() > self._deadline
        return changed

    def close(self) -> None:
        """Close it."""
        self._connection.close()


async def open_in_thread(engines: Engines) -> InLoop:
    """A new connection to the file, set up as those of the pool are."""
    connection, quick = await asyncio.to_thread(_opened, engines)
    return InLoop(connection, writes_are_quick=quick)


def _opened(engines: Engines) -> tuple[sqlite3.Connection, bool]:
    engine = engines.transactional.sync_engine
    (path,), named = engine.dialect.create_connect_args(engine.url)
    kept = {name: value for name, value in named.items() if name not in _OURS}
    connection = sqlite3.connect(
        path, **kept, check_same_thread=False, isolation_level=None, cached_statements=_STATEMENTS
    )
    try:
        if (on_connect := engine.dialect.on_connect()) is not None:
            on_connect(connection)  # SQLAlchemy's own functions
        options = engines.options
        sqlite.set_up(connection, sqlite.pragmas(options.timeouts, read_only=options.read_only, memory=False))
        journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
        for statement in ("PRAGMA busy_timeout = 0", "PRAGMA wal_autocheckpoint = 0"):
            connection.execute(statement).close()
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    except BaseException:
        connection.close()
        raise
    return connection, journal == "wal"
