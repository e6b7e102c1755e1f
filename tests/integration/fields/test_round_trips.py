"""What is read is what was written, on every database and to the last digit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.fields.types import ExactDecimal, UTCDateTime, document
from portico.db.session import Database
from tests.integration.fields.values import NOON, ROUND_TRIPS, table_of


async def stored(db: Database, type_: Any, values: list[Any]) -> list[Any]:
    """The values after a visit to the database, in their order."""
    table = table_of(type_)
    async with db.engine.begin() as connection:
        await connection.run_sync(table.metadata.create_all)
        for n, value in enumerate(values):
            await connection.execute(table.insert().values(n=n, v=value))
    async with db.engine.connect() as connection:
        return list((await connection.execute(sa.select(table.c.v).order_by(table.c.n))).scalars())


@pytest.mark.parametrize("kind", ROUND_TRIPS)
async def test_values_come_back_as_they_went_in(db: Database, kind: str) -> None:
    """Equal is not enough for types: 1 for True, or 12.3 for 12.30, would be another document."""
    type_, values = ROUND_TRIPS[kind]
    found = await stored(db, type_, [None, *values])
    assert found == [None, *values]
    assert all(isinstance(one, type(value)) for one, value in zip(found[1:], values, strict=True))


async def test_many_rows_at_once_are_bound_alike(db: Database) -> None:
    """An executemany takes another way through the driver."""
    for type_, values in ROUND_TRIPS.values():
        table = table_of(type_)
        async with db.engine.begin() as connection:
            await connection.run_sync(table.metadata.create_all)
            await connection.execute(table.insert(), [{"n": n, "v": value} for n, value in enumerate(values)])
            found = (await connection.execute(sa.select(table.c.v).order_by(table.c.n))).scalars().all()
            await connection.run_sync(table.metadata.drop_all)
        assert list(found) == values


async def test_a_decimal_keeps_its_scale(db: Database) -> None:
    """12.3 is shown as 12.30, as a price should be."""
    found = await stored(db, ExactDecimal(10, 2), [Decimal("12.3"), Decimal(5), Decimal("-0.00")])
    assert [str(one) for one in found] == ["12.30", "5.00", "0.00"]


async def test_a_moment_comes_back_in_utc(db: Database) -> None:
    """Whatever zone it was written in."""
    written = NOON.astimezone(dt.timezone(dt.timedelta(hours=-3)))
    (found,) = await stored(db, UTCDateTime(), [written])
    assert (found, found.tzinfo) == (written, dt.UTC)


async def test_a_missing_document_is_null(db: Database) -> None:
    """So that IS NULL finds it."""
    await stored(db, document(), [None, {}])
    assert await db.fetch_all("SELECT n FROM kept WHERE v IS NULL") == [{"n": 0}]


@pytest.mark.parametrize("kind", ROUND_TRIPS)
async def test_the_types_survive_a_second_compilation(db: Database, kind: str) -> None:
    """A statement from the cache must not carry the values or the enumeration of another."""
    type_, values = ROUND_TRIPS[kind]
    table = table_of(type_)
    await stored(db, type_, values)
    async with db.engine.connect() as connection:
        for n, value in enumerate(values):
            found = await connection.execute(sa.select(table.c.v).where(table.c.n == n))
            assert found.scalar_one() == value
