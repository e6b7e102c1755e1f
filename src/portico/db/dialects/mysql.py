"""MariaDB and MySQL: what they can do, and what is set on each of their connections.

Both run at READ COMMITTED unless a unit asks for more, as PostgreSQL does: the same program sees the same
things, and the gap locks of REPEATABLE READ with their deadlocks stay away. Where MariaDB can (10.6.18,
10.11.8 and later), REPEATABLE READ refuses to overwrite rows that changed since the first read.
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Awaitable
from dataclasses import replace
from importlib import import_module
from typing import Any, TypeVar

from .capabilities import Capabilities
from .limits import TimeoutOptions, milliseconds

T = TypeVar("T")

MYSQL = Capabilities(
    name="mysql",
    row_locks=True,
    skip_locked=True,
    foresees=True,
    isolation_levels=("READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"),
)
MARIADB = replace(MYSQL, name="mariadb", insert_returning=True, delete_returning=True)

DEFAULT_ISOLATION = "READ COMMITTED"
# Without NO_AUTO_VALUE_ON_ZERO a key of 0 would be stored as the next number.
STRICT = (
    "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,"
    "NO_AUTO_VALUE_ON_ZERO"
)
_SNAPSHOT_ISOLATION_SINCE = ((10, 6, 18), (10, 11, 8), (11, 4, 2))


def connect_arguments(driver: str, timeouts: TimeoutOptions) -> dict[str, Any]:
    """What the driver is told."""
    arguments: dict[str, Any] = {"charset": "utf8mb4"}
    if timeouts.connect is not None:
        arguments["connect_timeout"] = max(1, math.ceil(timeouts.connect))
    if driver == "asyncmy" and timeouts.reply is not None:
        arguments["read_timeout"] = timeouts.reply
        if sys.version_info < (3, 12):
            _hear_cancellations()
    return arguments


class _Asyncio:
    """The module asyncio as a driver sees it, with a `wait_for` that passes every cancellation on.

    Before Python 3.12 one that comes at the same moment as the result is lost (python/cpython#86296).
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def wait_for(self, awaitable: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 -- as there
        async with asyncio.timeout(timeout):
            return await awaitable


def _hear_cancellations() -> None:
    """A third of all cancellations of tasks that were busy with asyncmy did not arrive otherwise."""
    connection: Any = import_module("asyncmy.connection")
    if not isinstance(connection.asyncio, _Asyncio):
        connection.asyncio = _Asyncio()


def session_statement(server: str, timeouts: TimeoutOptions, *, read_only: bool) -> str:
    """The one SET that a new connection gets; ``server`` is the version text of its greeting."""
    mariadb = "mariadb" in server.lower()
    settings = {"time_zone": "'+00:00'", "sql_mode": f"'{STRICT}'"}
    if timeouts.lock is not None:
        seconds = str(max(1, math.ceil(timeouts.lock)))
        settings |= {"innodb_lock_wait_timeout": seconds, "lock_wait_timeout": seconds}
    if timeouts.statement is not None:
        if mariadb:
            settings["max_statement_time"] = str(timeouts.statement)
        else:
            settings["max_execution_time"] = str(milliseconds(timeouts.statement))
    if mariadb and timeouts.idle_in_transaction is not None:
        settings["idle_transaction_timeout"] = str(max(1, math.ceil(timeouts.idle_in_transaction)))
    if mariadb and _has_snapshot_isolation(server):
        settings["innodb_snapshot_isolation"] = "ON"
    if read_only:
        settings["tx_read_only" if mariadb else "transaction_read_only"] = "ON"
    return "SET SESSION " + ", ".join(f"{name} = {value}" for name, value in settings.items())


def _has_snapshot_isolation(server: str) -> bool:
    digits = server.removeprefix("5.5.5-").split("-")[0].split(".")
    version = tuple(int(part) for part in digits if part.isdigit())
    same_series = [since for since in _SNAPSHOT_ISOLATION_SINCE if since[:2] == version[:2]]
    return version >= min(same_series) if same_series else version[:2] > (11, 4)


def is_closed(driver_connection: Any) -> bool:
    """Whether the driver knows by now that the server hung up; asks nothing over the wire."""
    # asyncmy names this privately; without it only the retry of a failed read is left.
    return bool(getattr(driver_connection, "_stream_broken", False))
