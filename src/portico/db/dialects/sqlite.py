"""SQLite: what it can do, and what is set on each of its connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from . import sqlite_functions
from .capabilities import Capabilities
from .limits import TimeoutOptions, milliseconds

SQLITE = Capabilities(
    name="sqlite",
    insert_returning=True,
    update_returning=True,
    delete_returning=True,
    full_join=True,
    ddl_transactions=True,
    nulls_ordering=True,
    concurrent_writers=False,
    isolation_levels=("SERIALIZABLE",),
)

FOLD = "portico_fold"
IREGEXP = "portico_iregexp"
DECIMAL_COLLATION = "portico_decimal"
EXACT_SUM = "portico_sum"


class AsyncAdapted(Protocol):
    """The part of SQLAlchemy's adapted connection that is needed here."""

    def cursor(self) -> Any:
        """A cursor."""
        ...

    def run_async(self, fn: Callable[[Any], Awaitable[Any]]) -> Any:
        """Call the function with the driver's connection and wait for it."""
        ...


def pragmas(timeouts: TimeoutOptions, *, read_only: bool, memory: bool) -> list[str]:
    """The settings of one connection, as statements."""
    # The wait comes first: even switching to WAL needs a lock that another process may hold.
    found = [f"PRAGMA busy_timeout = {milliseconds(timeouts.lock)}", "PRAGMA foreign_keys = ON"]
    if read_only:
        # A file that is only looked at keeps its journal mode, which is stored in the file itself.
        return [*found, "PRAGMA query_only = ON"]
    if not memory:
        found += ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"]
    return found


def prepare(connection: AsyncAdapted, statements: list[str]) -> None:
    """Set up a new connection: settings, functions, collation."""
    connection.run_async(lambda driver: _prepare(driver, statements))


async def _prepare(driver: Any, statements: list[str]) -> None:
    def in_one_hop() -> None:
        set_up(driver._conn, statements)  # noqa: SLF001 -- aiosqlite has create_function, but no create_collation

    await driver._execute(in_one_hop)  # noqa: SLF001 -- the only way to run several calls in the driver's thread


def set_up(raw: Any, statements: list[str]) -> None:
    """Give a connection of sqlite3 its settings, functions and collation."""
    raw.isolation_level = None  # sqlite3 begins nothing by itself; the engine room decides
    raw.create_function(FOLD, 1, sqlite_functions.fold, deterministic=True)
    raw.create_function("regexp", 2, sqlite_functions.regexp, deterministic=True)
    raw.create_function(IREGEXP, 2, sqlite_functions.iregexp, deterministic=True)
    raw.create_aggregate(EXACT_SUM, 1, sqlite_functions.ExactSum)
    raw.create_collation(DECIMAL_COLLATION, sqlite_functions.compare_decimals)
    for statement in statements:
        raw.execute(statement).close()
