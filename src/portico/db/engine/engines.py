"""The engines of one database."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .options import PoolOptions, TimeoutOptions


class Engines:
    """The engines of one database: one for transactions, one that commits each statement by itself."""

    def __init__(self, url: sa.URL, *, pool: PoolOptions, timeouts: TimeoutOptions, echo: bool = False) -> None:
        self.url = url
        self.transactional: AsyncEngine = create_async_engine(url, hide_parameters=True, echo=echo)
        if url.get_backend_name() == "sqlite":
            event.listen(self.transactional.sync_engine, "begin", _begin)
            event.listen(self.transactional.sync_engine, "connect", _connect)
        self.autocommit: AsyncEngine = self.transactional.execution_options(isolation_level="AUTOCOMMIT")

    async def dispose(self) -> None:
        """Close every connection."""
        await self.transactional.dispose()


def _begin(connection: sa.Connection) -> None:
    if connection.connection.dbapi_connection.isolation_level is not None:  # type: ignore
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _connect(dbapi_connection, record) -> None:  # type: ignore
    cursor = dbapi_connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=2000")
    cursor.close()
    dbapi_connection.create_function("portico_fold", 1, lambda t: None if t is None else "".join(c.lower() if len(c.lower()) == 1 else c for c in t))
