"""What the tests of the lanes have in common: a table, and statements as a driver wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import sqlalchemy as sa

from portico.db.compiled.lanes import Lane, lane_of
from portico.db.compiled.shapes import Shape
from portico.db.session import Database, run

metadata = sa.MetaData()
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.String(50), nullable=False),
)
GET = "SELECT id, text FROM notes WHERE id = ?"
ADD = "INSERT INTO notes (id, text) VALUES (?, ?)"
CHANGE = "UPDATE notes SET text = ? WHERE id < ?"
SLEEPS = {"postgresql": "SELECT pg_sleep({})", "mysql": "SELECT sleep({})"}


async def create_notes(database: Database) -> None:
    """A hundred of them, from 0 to 99."""
    await database.create_tables(metadata)
    await run(database, sa.insert(notes), [{"id": n, "text": f"note {n}"} for n in range(100)])


def shape(database: Database, text: str, *, writes: bool = False, heavy: bool = False) -> Shape:
    """A statement with ? for each value, in the words of the database's driver."""
    marks = {"postgresql": "${}", "mysql": "%s"}.get(database.dialect_name, "?")
    pieces = text.split("?")
    told = pieces[0] + "".join(
        marks.format(number) + piece for number, piece in enumerate(pieces[1:], start=1)
    )
    return Shape(told, (), heavy=heavy, writes=writes)


def lane(database: Database) -> Lane:
    """The lane, which there must be."""
    found = lane_of(database)
    assert found is not None
    return found


async def rows(database: Database, text: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement that reads."""
    return [tuple(row) for row in await lane(database).fetch(shape(database, text), values)]


async def get(database: Database, number: int) -> Sequence[Any]:
    """One note."""
    return (await rows(database, GET, number))[0]


async def add(database: Database, number: int, text: str = "new") -> None:
    """One more note."""
    await lane(database).fetch(shape(database, ADD, writes=True), (number, text))


async def count(database: Database) -> int:
    """How many notes there are; asked on the general path."""
    return int((await run(database, sa.select(sa.func.count()).select_from(notes))).scalar_one())


class Load:
    """Work that is repeated by several tasks while the block runs; what went wrong is kept."""

    def __init__(self, *works: Callable[[], Awaitable[Any]]) -> None:
        self.failures: list[BaseException] = []
        self.done = 0
        self._works = works
        self._over = False

    async def _repeat(self, work: Callable[[], Awaitable[Any]]) -> None:
        while not self._over:
            try:
                await work()
            except Exception as error:
                self.failures.append(error)
            self.done += 1
            await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._repeat(work)) for work in self._works]
        await asyncio.sleep(0.1)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0.1)
        self._over = True
        await asyncio.gather(*self._tasks)


async def cancelled(work: Awaitable[Any], after: float) -> None:
    """Cancel it after some seconds, as a client does that hangs up."""
    task = asyncio.ensure_future(work)
    await asyncio.sleep(after)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
