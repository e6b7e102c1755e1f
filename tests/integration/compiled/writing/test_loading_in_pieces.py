"""A load of many rows is prepared piece by piece while it is sent, and is all or nothing all the same."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.models import bulk_load
from portico.db.models.shapes.copying import PIECE
from portico.db.session import Database, atomic, run
from portico.errors import DuplicateError, InvalidError, PorticoError
from tests.integration.compiled.writing.ledger import Account, Owner, Stamped, metadata, wind

MANY = 2 * PIECE + 500


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """A database that allows a load its time."""
    async with Database(url, name="pieces") as database:
        await database.create_tables(metadata)
        yield database


def owners(**last: Any) -> list[dict[str, Any]]:
    """Rows of several pieces, of which the last one is wrong in its own way."""
    rows: list[dict[str, Any]] = [{"code": f"c{n}", "name": f"name {n}"} for n in range(MANY)]
    rows[-1] |= last
    return rows


async def count(database: Database, cls: type[Any] = Owner) -> int:
    """How many rows there are."""
    return int((await run(database, sa.select(sa.func.count()).select_from(cls))).scalar_one())


@pytest.mark.parametrize("made", [dict, Owner], ids=["dictionaries", "objects"])
async def test_every_row_of_every_piece_is_stored(db: Database, made: Any) -> None:
    """In one statement, where there is COPY."""
    heard: list[str] = []
    db.engines.hearers.append(heard.append)
    assert await bulk_load(db, Owner, [made(**row) for row in owners()]) == MANY
    assert len(heard) == (db.dialect_name in {"postgresql", "sqlite"})
    stored = (await run(db, sa.select(Owner.code, Owner.name))).all()
    assert {tuple(row) for row in stored} == {(row["code"], row["name"]) for row in owners()}
    assert len(stored) == MANY


@pytest.mark.parametrize(
    ("last", "error"),
    [
        ({"name": "x" * 21}, InvalidError),
        ({"name": None}, InvalidError),
        ({"code": "c0"}, DuplicateError),
        ({"name": "name 0"}, DuplicateError),
        ({"name": "\ud800"}, InvalidError),
    ],
)
async def test_nothing_is_stored_where_the_last_piece_is_refused(
    db: Database, last: dict[str, Any], error: type[PorticoError]
) -> None:
    """By a check, or by the database; within a unit of work only the load is taken back."""
    with pytest.raises(error):
        await bulk_load(db, Owner, owners(**last))
    assert await count(db) == 0
    async with atomic(db):
        await run(db, sa.insert(Owner).values(code="before", name="Before"))
        with pytest.raises(error):
            async with atomic(db):
                await bulk_load(db, Owner, owners(**last))
        assert await count(db) == 1
        await bulk_load(db, Owner, owners())
    assert await count(db) == 1 + MANY


async def test_rows_that_say_other_columns_in_a_later_piece_are_written_as_ever(db: Database) -> None:
    """Where a row says nothing the database has something to say."""
    early = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    rows: list[dict[str, Any]] = [{"title": f"t{n}"} for n in range(MANY)]
    rows[-1]["made_at"] = early
    assert await bulk_load(db, Stamped, rows) == MANY
    moments = (await run(db, sa.select(Stamped.made_at).distinct())).scalars().all()
    assert (await count(db, Stamped), early in moments) == (MANY, True)


async def test_all_pieces_are_written_at_one_moment(db: Database) -> None:
    """It is one load."""
    assert await bulk_load(db, Stamped, [{"title": f"t{n}"} for n in range(MANY)]) == MANY
    if db.dialect_name in {"postgresql", "sqlite"}:
        assert len((await run(db, sa.select(Stamped.made_at).distinct())).all()) == 1
    assert await count(db, Stamped) == MANY


async def test_a_function_that_makes_values_is_called_once_for_each_row(db: Database) -> None:
    """In their order, and before anything is sent."""
    wind()
    rows = [{"name": f"n{number}", "folded": "x"} for number in range(MANY)]
    assert await bulk_load(db, Account, rows) == MANY
    stored = (await run(db, sa.select(Account.name, Account.opened).order_by(Account.opened))).all()
    assert [tuple(row) for row in stored] == [(f"n{n}", n + 1) for n in range(MANY)]


async def test_a_load_that_is_cancelled_leaves_nothing(db: Database) -> None:
    """At any moment; the database serves the next one at once."""
    rows = owners()
    for steps in range(0, 40, 3):
        task = asyncio.create_task(bulk_load(db, Owner, rows))
        for _ in range(steps):
            await asyncio.sleep(0.001)
        ended = not task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        stored = await count(db)
        assert stored in ({MANY} if ended and task.exception() is None else {0, MANY})
        await run(db, sa.delete(Owner))
    assert await bulk_load(db, Owner, rows) == MANY
    assert await count(db) == MANY
