"""Rows made before a workload and taken away after it, by a connection that is not measured."""

from __future__ import annotations

import sqlite3
from typing import Any

import asyncpg

from .tables import MARKED, entries, stored


class Restorer:
    """Makes rows of a level of their own, and takes away all that were not there in the beginning."""

    MARKED = MARKED

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def mark(self, count: int) -> None:
        """Rows to be changed or deleted."""
        raise NotImplementedError

    async def forget(self) -> None:
        """Back to the beginning."""
        raise NotImplementedError

    async def close(self) -> None:
        """Disconnect."""
        raise NotImplementedError


class _PostgreSQL(Restorer):
    async def mark(self, count: int) -> None:
        columns = ("timestamp", "level", "text")
        await self.connection.copy_records_to_table(
            "journal", records=entries(MARKED, count), columns=columns
        )

    async def forget(self) -> None:
        await self.connection.execute(f"delete from journal where level >= {MARKED}")
        await self.connection.execute("vacuum analyze journal")

    async def close(self) -> None:
        await self.connection.close()


class _SQLite(Restorer):
    async def mark(self, count: int) -> None:
        rows = [stored(row) for row in entries(MARKED, count)]
        with self.connection:
            self.connection.executemany("insert into journal (timestamp, level, text) values (?,?,?)", rows)

    async def forget(self) -> None:
        with self.connection:
            self.connection.execute(f"delete from journal where level >= {MARKED}")
        self.connection.execute("pragma wal_checkpoint(passive)")

    async def close(self) -> None:
        self.connection.close()


async def restorer(place: str) -> Restorer:
    """The restorer of a database."""
    if place.startswith("postgresql://"):
        return _PostgreSQL(await asyncpg.connect(place))
    return _SQLite(sqlite3.connect(place))
