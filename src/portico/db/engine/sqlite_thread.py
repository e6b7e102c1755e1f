"""Opening SQLite connections whose thread neither keeps the process alive nor outlives its loop noisily.

aiosqlite's own thread is no daemon, and it fails with a traceback when it answers a loop that has ended (a
test that is over, a process that was interrupted). Everything else stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from sqlite3 import Connection
from threading import Thread
from typing import Any

import aiosqlite
from aiosqlite import core


class _Connection(Connection):
    """Rolls back before it closes: SQLite keeps the locks of a closed connection while a cursor lives."""

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


async def open_connection(*args: Any, **options: Any) -> aiosqlite.Connection:
    """What `aiosqlite.connect` gives, with another thread; for SQLAlchemy's ``async_creator_fn``."""
    connection: Any = aiosqlite.connect(*args, factory=_Connection, **options)
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
