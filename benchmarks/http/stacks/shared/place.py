"""What every stack is told by its environment: the database, and how many connections it may have.

BENCH_DATABASE is ``postgresql://…`` or the path of an SQLite file.
"""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import event

URL = os.environ.get("BENCH_DATABASE", "")
POSTGRESQL = URL.startswith("postgresql://")
POOL = int(os.environ.get("BENCH_POOL", "16"))


def sqlalchemy_url(driver: str | None = None) -> str:
    """The URL for SQLAlchemy, by default with the asynchronous driver."""
    if POSTGRESQL:
        return URL.replace("postgresql://", f"postgresql+{driver or 'asyncpg'}://")
    return f"sqlite+{driver or 'aiosqlite'}:///{URL}"


def parts() -> dict[str, str]:
    """Host, port, user, password and database, for libraries that want them one by one."""
    rest, database = URL.removeprefix("postgresql://").rsplit("/", 1)
    account, _, address = rest.rpartition("@")
    user, _, password = account.partition(":")
    host, _, port = address.partition(":")
    return {"user": user, "password": password, "host": host, "port": port or "5432", "database": database}


def tune(engine: Any) -> None:
    """Say `synchronous=normal` on connections of an engine to SQLite; in WAL mode that is consistent."""
    if POSTGRESQL:
        return

    @event.listens_for(getattr(engine, "sync_engine", engine), "connect")
    def said(connection: Any, _: Any) -> None:
        connection.execute("pragma synchronous=normal")
