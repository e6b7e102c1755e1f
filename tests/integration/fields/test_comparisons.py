"""Values are compared and sorted alike on every database."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.fields.types import Duration, ExactDecimal, Text, UTCDateTime, ValueEnum, unique_id
from portico.db.session import Database
from tests.integration.fields.values import NOON, ROUND_TRIPS, Mood, table_of

SORTED: dict[str, tuple[Any, list[Any]]] = {
    "text": (Text(20), ["", " ", "A", "B", "a", "a ", "aa", "b", "z", "ä", "日", "😀"]),
    "long text": (Text(), ["A", "a", "a ", "ä"]),
    "decimal": (
        ExactDecimal(10, 2),
        [Decimal("-10"), Decimal("-9.50"), Decimal("0"), Decimal("9"), Decimal("10.01")],
    ),
    "long decimal": (
        ExactDecimal(40, 10),
        [
            Decimal("-10"),
            Decimal("-9.5"),
            Decimal(0),
            Decimal("9.0000000001"),
            Decimal("10"),
            Decimal("1" + "0" * 29),
        ],
    ),
    "duration": (
        Duration(),
        [dt.timedelta(days=-2), dt.timedelta(0), dt.timedelta(hours=30), dt.timedelta(days=2)],
    ),
    "uuid": (unique_id(), [uuid.UUID(int=n << 64 | n) for n in (0, 1, 255, 2**32, 2**63)]),
    "moment": (
        UTCDateTime(),
        [NOON + dt.timedelta(microseconds=n) for n in (-1, 0, 1)],
    ),
}


async def fill(db: Database, type_: Any, values: list[Any]) -> sa.Table:
    """A table with these values."""
    table = table_of(type_)
    async with db.engine.begin() as connection:
        await connection.run_sync(table.metadata.create_all)
        await connection.execute(table.insert(), [{"n": n, "v": value} for n, value in enumerate(values)])
    return table


async def numbers(db: Database, table: sa.Table, condition: Any) -> list[int]:
    """The rows that meet a condition."""
    async with db.engine.connect() as connection:
        found = await connection.execute(sa.select(table.c.n).where(condition).order_by(table.c.n))
        return list(found.scalars())


@pytest.mark.parametrize("kind", SORTED)
async def test_order_and_range_are_the_same(db: Database, kind: str) -> None:
    """Text by code points, numbers by value, whatever the server was set up with."""
    type_, values = SORTED[kind]
    table = await fill(db, type_, values[::-1])
    async with db.engine.connect() as connection:
        found = (await connection.execute(sa.select(table.c.v).order_by(table.c.v))).scalars().all()
    assert list(found) == values
    assert await numbers(db, table, table.c.v > values[1]) == list(range(len(values) - 2))


@pytest.mark.parametrize(
    "kind", [kind for kind in ROUND_TRIPS if "json" not in kind and kind != "array of float"]
)
async def test_each_value_equals_itself_alone(db: Database, kind: str) -> None:
    """Case, accents, trailing spaces and the last digit count."""
    type_, values = ROUND_TRIPS[kind]
    table = await fill(db, type_, values)
    for n, value in enumerate(values):
        assert await numbers(db, table, table.c.v == value) == [n]


async def test_unique_text_tells_case_and_spaces_apart(db: Database) -> None:
    """A padding collation would call "ann" and "ann " the same."""
    table = sa.Table("names", sa.MetaData(), sa.Column("v", Text(20), primary_key=True))
    async with db.engine.begin() as connection:
        await connection.run_sync(table.metadata.create_all)
        await connection.execute(
            table.insert(), [{"v": one} for one in ("ann", "Ann", "ann ", "änn", "a\u0308nn")]
        )
        count = await connection.scalar(sa.select(sa.func.count(sa.distinct(table.c.v))))
    assert count == 5


@pytest.mark.parametrize("digits", [10, 40])
async def test_a_decimal_is_compared_with_more_digits_than_it_has(db: Database, digits: int) -> None:
    """PostgreSQL would round the 1.005 to the scale of the column, and find 1.01."""
    table = await fill(db, ExactDecimal(digits, 2), [Decimal("1.00"), Decimal("1.01")])
    assert await numbers(db, table, table.c.v == Decimal("1.005")) == []
    assert await numbers(db, table, table.c.v > Decimal("1.005")) == [1]
    assert await numbers(db, table, table.c.v.in_([Decimal("1.0"), Decimal("7.777")])) == [0]


@pytest.mark.parametrize("digits", [10, 15])
async def test_sums_of_decimals_are_exact(db: Database, digits: int) -> None:
    """SQLite adds doubles; what comes back shows no trace of it."""
    table = await fill(db, ExactDecimal(digits, 2), [Decimal("0.10"), Decimal("0.20"), Decimal("0.30")])
    async with db.engine.connect() as connection:
        total = await connection.scalar(sa.select(sa.func.sum(table.c.v)))
    assert str(total) == "0.60"


async def test_an_enumeration_is_found_by_member(db: Database) -> None:
    """And by the value that stands for it."""
    table = await fill(db, ValueEnum(Mood), list(Mood))
    assert await numbers(db, table, table.c.v == Mood.BAD) == [1]
    assert await numbers(db, table, table.c.v.in_([Mood.GOOD, "it's bad \\ 100%"])) == [0, 1]


async def test_a_moment_in_another_zone_is_the_same_moment(db: Database) -> None:
    """The comparison is one of moments, not of wall clocks."""
    moment = NOON
    table = await fill(db, UTCDateTime(), [moment])
    assert await numbers(db, table, table.c.v == moment.astimezone(dt.timezone(dt.timedelta(hours=9)))) == [0]
