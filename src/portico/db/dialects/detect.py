"""Find out which database this is."""

from __future__ import annotations

from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from .capabilities import Capabilities
from .mysql import MARIADB, MYSQL
from .postgresql import POSTGRESQL
from .sqlite import SQLITE

Source = Dialect | Engine | Connection | AsyncEngine | AsyncConnection


def capabilities_of(source: Source) -> Capabilities:
    """The capabilities of a dialect, or of whatever has one."""
    dialect = source if isinstance(source, Dialect) else source.dialect
    if dialect.name == "postgresql":
        return POSTGRESQL
    if dialect.name == "sqlite":
        return SQLITE
    if dialect.name in {"mysql", "mariadb"}:
        # Before the first connection a mysql:// URL has not been told which of the two it talks to.
        known = getattr(dialect, "server_version_info", None) is not None
        return MARIADB if getattr(dialect, "is_mariadb", False) or not known else MYSQL
    return Capabilities(name=dialect.name)
