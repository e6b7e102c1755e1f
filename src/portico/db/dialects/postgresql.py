"""PostgreSQL: what it can do, and what is set on each of its connections.

The settings travel in the start-up packet, so they cost no round trip. A pooler such as PgBouncer refuses
unknown start-up parameters: list them in its ``ignore_startup_parameters`` or switch the limits off with
``TimeoutOptions(statement=None, lock=None, idle_in_transaction=None)``.
"""

from __future__ import annotations

from typing import Any

from .capabilities import Capabilities
from .limits import TimeoutOptions, milliseconds

POSTGRESQL = Capabilities(
    name="postgresql",
    insert_returning=True,
    update_returning=True,
    delete_returning=True,
    row_locks=True,
    skip_locked=True,
    full_join=True,
    native_array=True,
    native_uuid=True,
    native_json=True,
    native_interval=True,
    ddl_transactions=True,
    nulls_ordering=True,
    distinct_on=True,
    foresees=True,
    isolation_levels=("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"),
)


def server_settings(timeouts: TimeoutOptions, *, read_only: bool) -> dict[str, str]:
    """The session settings of every connection: UTC, limits, and on request read-only transactions."""
    limits = {
        "statement_timeout": timeouts.statement,
        "lock_timeout": timeouts.lock,
        "idle_in_transaction_session_timeout": timeouts.idle_in_transaction,
    }
    settings = {"timezone": "UTC"}
    settings |= {name: str(milliseconds(limit)) for name, limit in limits.items() if limit is not None}
    if read_only:
        settings["default_transaction_read_only"] = "on"
    return settings


def connect_arguments(driver: str, timeouts: TimeoutOptions, *, read_only: bool) -> dict[str, Any]:
    """What the driver is told."""
    settings = server_settings(timeouts, read_only=read_only)
    if driver == "asyncpg":
        arguments: dict[str, Any] = {"server_settings": settings}
        if timeouts.connect is not None:
            arguments["timeout"] = timeouts.connect
        if timeouts.reply is not None:
            arguments["command_timeout"] = timeouts.reply
        return arguments
    if driver.startswith("psycopg"):
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        arguments = {"options": options}
        if timeouts.connect is not None:
            arguments["connect_timeout"] = max(1, round(timeouts.connect))
        return arguments
    return {}


def is_closed(driver_connection: Any) -> bool:
    """Whether the driver knows by now that the server hung up; asks nothing over the wire."""
    for name in ("is_closed", "closed"):  # asyncpg has a method, psycopg a property
        state = getattr(driver_connection, name, None)
        if state is not None:
            return bool(state() if callable(state) else state)
    return False
