"""Columns of plain SQLAlchemy: their texts are those of Pydantic, too, or there is none."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import create_model
from pydantic_core import to_json
from sqlalchemy.dialects import postgresql

from portico.db.compiled.writers.documents import INEXACT, json_text, object_text
from portico.db.fields import FieldSpec
from portico.db.fields.kinds import facts_of_type
from portico.db.session import Database


class Colour(Enum):
    """Stored by name, shown by value."""

    RED = 'it\'s "red" {0} %s'
    BLUE = "b"


D = Decimal
SHOWN: list[tuple[Any, Sequence[Any]]] = [
    (sa.Numeric(), [D("1.50"), D("0.00"), D(0), D(123), D("100000.00"), D("-0.000001"), D("12340000.5")]),
    (sa.Float(), [-0.0, math.nan, math.inf, -math.inf, 0.1, 1e-7]),
    (sa.REAL(), [0.1, 1e-7, 16777216.0]),
    (sa.String(10), ["x%s{0}", ""]),
    (sa.Enum(Colour), list(Colour)),
    (sa.Enum("u", "v'w", name="letters"), ["u", "v'w"]),
    (
        sa.DateTime(timezone=True),
        [dt.datetime(2026, 6, 2, 3, 4, 5, 100_000, dt.timezone(dt.timedelta(hours=2)))],
    ),
    (sa.DateTime(), [dt.datetime(2026, 1, 2, 3, 4, 5)]),  # noqa: DTZ001 -- without a zone on purpose
    (sa.Interval(), [dt.timedelta(days=-1, seconds=1), dt.timedelta(days=800, microseconds=10)]),
    (sa.Uuid(), [uuid.UUID(int=7)]),
    (sa.LargeBinary(), [b"", bytes(range(256)) * 2]),
    (postgresql.TIMESTAMP(timezone=True), [dt.datetime(1969, 12, 31, 23, 59, 59, 500_000, dt.UTC)]),
]
MARKED: list[tuple[Any, Any]] = [
    (sa.Numeric(), D("NaN")),
    (sa.Numeric(), D(100_000)),
    (sa.Numeric(), D("0.0000001")),
    (sa.Float(), 1e300),
]
UNKNOWN = [
    sa.CHAR(5),
    sa.JSON(),
    postgresql.JSONB(),
    postgresql.INET(),
    sa.Time(timezone=True),
    sa.Float(asdecimal=True),
]


async def texts(db: Database, type_: Any, values: Sequence[Any]) -> list[tuple[Any, str]]:
    """Values as they are read again, and what the database writes of them."""
    if db.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL writes documents")
    metadata = sa.MetaData()
    table = sa.Table("one", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("v", type_))
    text = json_text(table.c.v, type_, spec_of(type_))
    async with db.engine.connect() as connection:
        await connection.run_sync(metadata.create_all)
        stored = [{"id": number, "v": value} for number, value in enumerate([*values, None])]
        await connection.execute(sa.insert(table), stored)
        found = await connection.execute(
            sa.select(table.c.v, object_text([("v", text)])).order_by(table.c.id)
        )
        return [(value, written) for value, written in found]


def spec_of(type_: Any) -> FieldSpec:
    """What is known of a column that may be empty."""
    return replace(facts_of_type(type_), nullable=True)


@pytest.mark.parametrize(("type_", "values"), SHOWN, ids=str)
async def test_a_value_has_the_text_that_pydantic_gives_it(
    db: Database, type_: Any, values: Sequence[Any]
) -> None:
    """The type of the column decides, not the field that made it."""
    schema: Any = create_model("Shown", v=(spec_of(type_).read_annotation, ...))
    for value, written in await texts(db, type_, values):
        shown = schema(v=value).model_dump(mode="json")
        assert written == to_json(shown, inf_nan_mode="null").decode()


@pytest.mark.parametrize(("type_", "value"), MARKED, ids=str)
async def test_a_value_that_python_writes_in_its_own_way_is_marked(
    db: Database, type_: Any, value: Any
) -> None:
    """Exponents, and what is no number."""
    (_, written), _ = await texts(db, type_, [value])
    assert INEXACT in written


@pytest.mark.parametrize("type_", UNKNOWN, ids=str)
def test_other_types_have_no_text(type_: Any) -> None:
    """Rows of such columns are written in Python."""
    assert json_text(sa.column("v"), type_, spec_of(type_)) is None


def test_a_field_that_shows_something_else_than_its_column_holds_has_no_text() -> None:
    """A serializer of its own may show anything."""
    spec = replace(facts_of_type(sa.Integer()), python_type=str)
    assert json_text(sa.column("v"), sa.Integer(), spec) is None
