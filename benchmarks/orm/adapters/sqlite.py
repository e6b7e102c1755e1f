"""The base on SQLite: `sqlite3` in the loop's own thread, by hand; and the same through aiosqlite."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import aiosqlite

from benchmarks.orm.adapters import asyncpg as sql
from benchmarks.orm.protocol import Adapter, Entry, document
from benchmarks.orm.tables import stored


def _spelt(statement: str) -> str:
    """The same statement with SQLite's parameters."""
    return re.sub(r"\$(\d)", r"?\1", statement)


INSERT, SELECT, GET, FEW = (_spelt(one) for one in (sql.INSERT, sql.SELECT, sql.GET, sql.FEW))
CHANGE_ALL, CHANGE_ONE, DELETE = (_spelt(one) for one in (sql.CHANGE_ALL, sql.CHANGE_ONE, sql.DELETE))
MOVIE, REVIEWS = _spelt(sql.MOVIE), _spelt(sql.REVIEWS)
DIRECTORS = _spelt(sql.PEOPLE.format("movie_director"))
CAST = _spelt(sql.PEOPLE.format("movie_cast"))
JOURNAL = ("id", "timestamp", "level", "text")


def _read(row: Any) -> tuple[Any, ...]:
    return (row[0], datetime.fromisoformat(row[1]).replace(tzinfo=UTC), row[2], row[3])


class InLoop(Adapter):
    """sqlite3 in the loop's thread: nothing is faster, and a long statement stops everybody."""

    name = "driver"
    title = "sqlite3 in the loop's thread, by hand"

    async def open(self, database: str) -> None:
        """One connection."""
        self.connection = sqlite3.connect(database, isolation_level=None, cached_statements=100)
        self.connection.execute("pragma synchronous=normal")

    async def close(self) -> None:
        """Close it."""
        self.connection.close()

    async def _run(self, statement: str, arguments: Any = ()) -> list[Any]:
        return self.connection.execute(statement, arguments).fetchall()

    async def _run_many(self, statement: str, arguments: Any) -> None:
        self.connection.executemany(statement, arguments)

    async def _run_together(self, statement: str, arguments: Sequence[Any]) -> None:
        await self._run("begin immediate")
        for values in arguments:
            await self._run(statement, values)
        await self._run("commit")

    async def insert_each(self, entries: Sequence[Entry]) -> None:
        """Autocommitted."""
        for entry in entries:
            await self._run(INSERT, stored(entry))

    async def insert_together(self, entries: Sequence[Entry]) -> None:
        """One transaction."""
        await self._run_together(INSERT, [stored(entry) for entry in entries])

    async def insert_bulk(self, entries: Sequence[Entry]) -> None:
        """Executemany in one transaction."""
        await self._run("begin immediate")
        await self._run_many(INSERT.removesuffix(" returning id"), [stored(entry) for entry in entries])
        await self._run("commit")

    async def many(self, level: int) -> Sequence[Any]:
        """Rows with their moments."""
        return [_read(row) for row in await self._run(SELECT, (level,))]

    async def few(self, level: int) -> Sequence[Any]:
        """The same."""
        return [_read(row) for row in await self._run(FEW, (level,))]

    async def get(self, key: int) -> Any:
        """A row."""
        return _read((await self._run(GET, (key,)))[0])

    async def dicts(self, level: int) -> Sequence[Any]:
        """Dictionaries."""
        return [dict(zip(JOURNAL, _read(row), strict=True)) for row in await self._run(SELECT, (level,))]

    async def tuples(self, level: int) -> Sequence[Any]:
        """Tuples."""
        return [_read(row) for row in await self._run(SELECT, (level,))]

    async def change_all(self, found: Sequence[Any], level: int) -> None:
        """A statement for each."""
        values = [stored((row[0], row[1], level, f"{row[3]} again")) for row in found]
        await self._run_together(CHANGE_ALL, values)

    async def change_one(self, found: Sequence[Any], level: int) -> None:
        """A statement for each."""
        await self._run_together(CHANGE_ONE, [(row[0], level) for row in found])

    async def delete_together(self, found: Sequence[Any]) -> None:
        """A statement for each."""
        await self._run_together(DELETE, [(row[0],) for row in found])

    async def change_each(self, found: Sequence[Any], level: int) -> None:
        """Autocommitted."""
        for row in found:
            await self._run(CHANGE_ONE, (row[0], level))

    async def delete_each(self, found: Sequence[Any]) -> None:
        """Autocommitted."""
        for row in found:
            await self._run(DELETE, (row[0],))

    async def movie(self, key: int) -> dict[str, Any]:
        """Four statements."""
        movie = (await self._run(MOVIE, (key,)))[0]
        people = [
            [{"id": row[0], "name": row[1]} for row in await self._run(statement, (key,))]
            for statement in (DIRECTORS, CAST)
        ]
        reviews = [
            {"id": row[0], "rating": row[1], "body": row[2], "author": {"id": row[3], "name": row[4]}}
            for row in await self._run(REVIEWS, (key,))
        ]
        names = ("id", "title", "year", "description")
        return document(
            dict(zip(names, movie, strict=True)), directors=people[0], cast=people[1], reviews=reviews
        )


class InThread(InLoop):
    """aiosqlite: the same statements, each sent to a thread."""

    name = "aiosqlite"
    title = "aiosqlite, by hand"

    async def open(self, database: str) -> None:
        """One connection with its thread."""
        self.threaded = await aiosqlite.connect(database, isolation_level=None)
        await self.threaded.execute("pragma synchronous=normal")

    async def close(self) -> None:
        """End the thread."""
        await self.threaded.close()

    async def _run(self, statement: str, arguments: Any = ()) -> list[Any]:
        return list(await self.threaded.execute_fetchall(statement, arguments))

    async def _run_many(self, statement: str, arguments: Any) -> None:
        await self.threaded.executemany(statement, arguments)
