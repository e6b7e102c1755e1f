"""Opening SQLite connections whose thread neither keeps the process alive nor outlives its loop noisily.

aiosqlite's own thread is no daemon, and it fails with a traceback when it answers a loop that has ended (a
test that is over, a process that was interrupted). For one statement it goes to that thread four times: for
a cursor, to execute, to fetch and to close; ours does all of it in one go. Everything else stays as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from functools import partial
from sqlite3 import Connection
from threading import Thread
from typing import Any, Final, Self

import aiosqlite
from aiosqlite import core

_AHEAD: Final = 500
"""So many rows are fetched with the statement; of more, those who stream take the rest when they want it."""
_CHUNK: Final = 64
"""aiosqlite's own number."""


class _Connection(Connection):
    """Rolls back before it closes: SQLite keeps the locks of a closed connection while a cursor lives."""

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


class _Unopened:
    """In the place of a cursor of SQLite that nothing was executed with yet."""

    description = None
    lastrowid = None
    rowcount = -1
    arraysize = 1

    def close(self) -> None:
        """There is nothing to close."""


class Cursor(aiosqlite.Cursor):
    """A statement, its first rows, and, where those are all, the end of it in one trip to the thread."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        opened: Any = _Unopened()
        super().__init__(connection, opened)
        self._driver: Any = connection
        self._waiting: list[Any] = []
        self._is_open = False
        """Whether the thread has a cursor, or will have one when it comes to our statement."""

    def __await__(self) -> Generator[Any, None, Self]:
        return self.__aenter__().__await__()

    async def __aenter__(self) -> Self:
        _ = self._driver._conn  # noqa: SLF001 -- as aiosqlite itself: raises for a connection that is closed
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        """Run a statement and fetch its first rows."""
        return await self._send("execute", sql, () if parameters is None else parameters)

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Run a statement with each of these rows."""
        return await self._send("executemany", sql, parameters)

    async def executescript(self, sql_script: str) -> Self:
        """Run several statements."""
        return await self._send("executescript", sql_script)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self._driver._execute(fn, *args, **kwargs)  # noqa: SLF001 -- as above

    async def _send(self, verb: str, *given: Any) -> Self:
        self._is_open = True  # also where this is cancelled: whoever closes it then comes after the statement
        await self._execute(self._begin, verb, *given)
        return self

    async def fetchone(self) -> Any:
        """The next row; None at the end."""
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        wanted = self.arraysize if size is None else size
        if self._is_open and len(self._waiting) < wanted:
            await self._execute(self._fetch, max(wanted, _AHEAD))
        given, self._waiting = self._waiting[:wanted], self._waiting[wanted:]
        return given

    async def fetchall(self) -> list[Any]:
        """The rest of the rows."""
        if self._is_open:
            await self._execute(self._fetch, None)
        given, self._waiting = self._waiting, []
        return given

    async def close(self) -> None:
        """Give up what was not fetched."""
        self._waiting = []
        if self._is_open:
            await self._execute(self._end)

    # -- in the thread --

    def _begin(self, verb: str, *given: Any) -> None:
        self._cursor.close()
        self._waiting = []
        self._cursor = self._driver._conn.cursor()  # noqa: SLF001 -- as above
        try:
            getattr(self._cursor, verb)(*given)
            self._fetch(_AHEAD)
        except BaseException:
            self._end()
            raise

    def _fetch(self, size: int | None) -> None:
        found = self._cursor.fetchall() if size is None else self._cursor.fetchmany(size)
        self._waiting += found
        if size is None or len(found) < size:
            self._end()

    def _end(self) -> None:
        self._is_open = False
        self._cursor.close()


class _Driver(aiosqlite.Connection):
    """A connection with such cursors."""

    def cursor(self) -> Any:
        """A cursor, which may be awaited or entered, as that of aiosqlite."""
        return Cursor(self)


async def open_connection(database: str, **options: Any) -> aiosqlite.Connection:
    """What `aiosqlite.connect` gives, with another thread; for SQLAlchemy's ``async_creator_fn``."""
    connect = partial(sqlite3.connect, database, factory=_Connection, **options)
    connection: Any = _Driver(connect, iter_chunk_size=_CHUNK)
    connection._thread = Thread(target=_work, args=(connection._tx,), daemon=True)  # noqa: SLF001 -- no public way
    opened: aiosqlite.Connection = await connection
    return opened


def _work(queue: Any) -> None:
    names: Any = core  # private to aiosqlite: what its own thread answers and ends with
    stop: object = names._STOP_RUNNING_SENTINEL  # noqa: SLF001 -- see above
    while True:
        future, function = queue.get()
        try:
            result: object = function()
            answer: Callable[..., None] = names.set_result
        except BaseException as error:
            result, answer = error, names.set_exception
        if future is not None:
            with suppress(RuntimeError):  # the loop has ended, so nobody waits for the answer
                future.get_loop().call_soon_threadsafe(answer, future, result)
        if result is stop:
            return
