"""Checking many values by the column means what checking each of them means."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal
from typing import Any, cast

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Mapped

from portico.db.fields import (
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    EmailField,
    FloatField,
    IntegerField,
    JSONField,
    StringField,
    TextField,
    TimeField,
    UUIDField,
)
from portico.db.models import Model
from portico.db.models.shapes.columns import stored_columns
from portico.db.models.shapes.values import values_of
from portico.errors import PorticoError

METADATA = sa.MetaData()


class Line(Model):
    """A field of each kind that is looked at by the column, and of some that are not."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=5, min_length=1)
    text: Mapped[str | None] = TextField(nullable=True, default=None)
    email: Mapped[str | None] = EmailField(nullable=True, default=None)
    small: Mapped[int] = IntegerField(default=1, min_value=-5, max_value=300)
    ratio: Mapped[float | None] = FloatField(nullable=True, default=None, max_value=10.0)
    flag: Mapped[bool] = BooleanField(default=False)
    price: Mapped[Decimal | None] = DecimalField(precision=5, scale=2, nullable=True, default=None)
    at: Mapped[dt.datetime | None] = DateTimeField(nullable=True, default=None)
    local: Mapped[dt.datetime | None] = DateTimeField(timezone=False, nullable=True, default=None)
    day: Mapped[dt.date | None] = DateField(nullable=True, default=None, min_value=dt.date(2000, 1, 1))
    clock: Mapped[dt.time | None] = TimeField(nullable=True, default=None)
    uid: Mapped[uuid.UUID | None] = UUIDField(nullable=True, default=None)
    blob: Mapped[bytes | None] = BinaryField(nullable=True, default=None, max_length=3)
    extra: Mapped[Any] = JSONField(nullable=True, default=None)
    chosen: Mapped[int] = IntegerField(default=1, choices=[1, 2])
    given: Mapped[int | None] = IntegerField(server_default=4, nullable=True)
    moved: Mapped[dt.datetime] = DateTimeField(auto_now=True)

    class Meta:
        """A metadata of its own."""

        metadata = METADATA


NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EAST = dt.timezone(dt.timedelta(hours=2))
VALUES: dict[str, list[Any]] = {
    "name": ["a", "abcde", "", "abcdef", "é", "a\x00", "\ud800", 5, b"a", None],
    "text": ["", "x" * 100, "\ud83d", "a\x00b", None, 1.5],
    "email": ["a@b.example", "x", None],
    "small": [0, -5, 300, 301, -6, True, "7", 1.0, 1.5, None, 2**40],
    "ratio": [0.5, -0.0, 0.0, 10.0, 10.5, math.nan, math.inf, 1, "2", None, 1e308],
    "flag": [True, False, 1, "yes", "maybe", None],
    "price": [Decimal("1.50"), Decimal("1.5"), Decimal("-0"), Decimal("1.555"), 2, 0.1, "3", None],
    "at": [NOW, NOW.astimezone(EAST), NOW.replace(tzinfo=None), "2026-01-01T00:00:00Z", None],
    "local": [NOW, NOW.replace(tzinfo=None), None],
    "day": [dt.date(2026, 1, 1), dt.date(1999, 1, 1), NOW, "2026-01-02", None],
    "clock": [dt.time(1), dt.time(1, tzinfo=dt.UTC), "01:00", None],
    "uid": [uuid.UUID(int=1), str(uuid.UUID(int=1)), "x", None],
    "blob": [b"abc", b"abcd", b"", "YQ==", "?", None],
    "extra": [{"a": 1}, [], "x", math.nan, None, {"a": math.inf}],
    "chosen": [1, 2, 3, None],
    "given": [1, None, "x"],
    "moved": [NOW, None],
    "id": [1, None],
    "unknown": [1],
}


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows with the same names, most of them with values that fit."""
    names = st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=4, unique=True)

    def of(chosen: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
        row = {name: st.sampled_from(VALUES[name][:2]) | st.sampled_from(VALUES[name]) for name in chosen}
        return st.lists(st.fixed_dictionaries({"name": st.just("a")} | row), min_size=1, max_size=5)

    return names.flatmap(of)


def one_by_one(given: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The rows as each is stored by itself; None where one of them is refused."""
    values = values_of(Line)
    try:
        return [values.stored(values.filled(row)) for row in given if not row.keys() - VALUES.keys()]
    except PorticoError:
        return None


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """With types and signs of zero, and without the moment that is another one each time."""
    return {
        name: (type(value), repr(value)) for name, value in row.items() if name != "moved" or value == NOW
    }


@given(given=rows())
def test_columns_are_stored_as_rows_are(given: list[dict[str, Any]]) -> None:
    """Where they are stored by the column at all."""
    columns = stored_columns(Line, given)
    if columns is None:
        return
    singly = one_by_one(given)
    assert singly is not None
    assert "unknown" not in given[0]
    stored = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert list(map(comparable, stored)) == list(map(comparable, singly))


@given(given=rows())
def test_rows_that_fit_are_stored_by_the_column(given: list[dict[str, Any]]) -> None:
    """Unless some of them leave to the database what others say."""
    singly = one_by_one(given)
    if singly is None or "unknown" in given[0] or len({frozenset(row) for row in singly}) > 1:
        return
    made = cast("Any", Line)
    assert stored_columns(Line, given) is not None
    assert stored_columns(Line, [made(**row) for row in given]) is not None


@pytest.mark.parametrize(
    "given",
    [
        [{"name": "a"}, {"name": "a", "text": "b"}],
        [{"name": "a", "text": "b"}, {"name": "a", "small": 1}],
        [{"name": "a"}, Line(name="a", given=1)],
        [{"name": "a", "unknown": 1}],
        [{"name": sa.func.lower("A")}],
        [{"text": "b"}],
    ],
)
def test_rows_that_differ_or_compute_are_left_to_the_longer_way(given: list[Any]) -> None:
    """Nothing is guessed."""
    assert stored_columns(Line, given) is None
