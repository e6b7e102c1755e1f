"""Tables with criteria, and their twins without any, which hold only the rows that the first ones show.

Whatever a statement gives of the one it has to give of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from portico.db.scoping import Criterion, register_criterion
from portico.db.session import Database, run

from .library import everything, inside, this_house

METADATA = sa.MetaData()
Build: TypeAlias = Callable[[Any, Any], Any]
"""Makes a statement about a first and a second table."""


def _table(name: str) -> sa.Table:
    return sa.Table(
        name,
        METADATA,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("house", sa.String(10), nullable=False),
        sa.Column("ref", sa.Integer, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
    )


FIRST, SECOND = _table("scoped_first"), _table("scoped_second")
PLAIN = _table("plain_first"), _table("plain_second")
for scoped in (FIRST, SECOND):
    register_criterion(
        Criterion(
            "house",
            scoped,
            lambda rows: rows.c.house == sa.bindparam(None, callable_=this_house, type_=sa.String()),
        )
    )

ROWS = [
    {"id": number, "house": "north" if number % 3 else "south", "ref": number % 4, "n": number * 7 % 5}
    for number in range(1, 10)
]
OTHERS = [
    {"id": number, "house": "south" if number % 2 else "north", "ref": number % 3, "n": number * 3 % 4}
    for number in range(3, 11)
]


async def fill(database: Database) -> None:
    """All rows into the tables with criteria, those of the north into their twins."""
    await database.create_tables(METADATA)
    await refill(database)


async def refill(database: Database) -> None:
    """The rows as they were at first."""
    with everything():
        for table, plain, rows in zip((FIRST, SECOND), PLAIN, (ROWS, OTHERS), strict=True):
            await run(database, sa.delete(table))
            await run(database, sa.delete(plain))
            await run(database, sa.insert(table), rows)
            await run(database, sa.insert(plain), [row for row in rows if row["house"] == "north"])


async def rows_of(database: Database, statement: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement, in an order of their own."""
    found: Sequence[Any] = (await run(database, statement)).all()
    return sorted((tuple(row) for row in found), key=repr)


async def both(database: Database, build: Build) -> tuple[list[Any], list[Any]]:
    """What a statement gives of the tables with criteria in the north, and what of their twins."""
    with inside("north"):
        scoped = await rows_of(database, build(FIRST, SECOND))
    return scoped, await rows_of(database, build(*PLAIN))


async def left(database: Database, table: sa.Table, house: str) -> list[tuple[Any, ...]]:
    """The rows of a house as they are now."""
    with everything():
        return await rows_of(database, sa.select(table).where(table.c.house == house))
