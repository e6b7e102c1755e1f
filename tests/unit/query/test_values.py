"""Values that no database should see are refused in the same words before any does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from portico.db.query import Query
from portico.errors import InvalidError, UsageError
from tests.unit.query.shop import Item, Shop

AWARE = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
WRONG: list[tuple[str, Any]] = [
    ("id", 2**63),
    ("id", -(2**63) - 1),
    ("id", "x"),
    ("id", 1.5),
    ("id__in", [1, 2**63]),
    ("id__in", 3),
    ("id__in", "12"),
    ("id__in", {"a": 1}),
    ("id__in", range(30_001)),
    ("id__between", [1]),
    ("id__between", [1, 2, 3]),
    ("id__between", (None, 2)),
    ("id__gt", None),
    ("price", float("nan")),
    ("price__lt", float("inf")),
    ("price", Decimal("NaN")),
    ("price", "1e999"),
    ("name", "a\0b"),
    ("name", "\ud800"),
    ("name", 3),
    ("name__icontains", None),
    ("name__startswith", "\0"),
    ("name__in", ["ok", "\udfff"]),
    ("name__contains", "x" * 10_001),
    ("name__regex", "("),
    ("name__isnull", "yes"),
    ("name__isnull", None),
    ("made", AWARE),
    ("made", dt.date(2024, 1, 1)),
    ("made", 1_700_000_000),
    ("made", "yesterday"),
    ("made__date", "2024-13-01"),
    ("made__year", "x"),
    ("sold", AWARE.replace(tzinfo=None)),
    ("sold__lt", dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=5)))),
    ("size", "HUGE"),
    ("size", 3),
    ("colour", "green"),
    ("shop", "x"),
    ("shop", (1, 2)),
    ("shop__in", "12"),
    ("shop__isnull", 1),
    ("picture", "text"),
]


@pytest.mark.parametrize(("keyword", "value"), WRONG, ids=lambda each: repr(each)[:30])
def test_wrong_values_are_refused_by_field(keyword: str, value: Any) -> None:
    """The field is named and the value is not: it may be a secret."""
    with pytest.raises(InvalidError) as caught:
        Query(Item).filter(**{keyword: value})
    (field,) = caught.value.fields
    assert keyword.startswith(field)
    assert str(caught.value).startswith(f"Item.{field}: ")
    if isinstance(value, str) and len(value) > 4:
        assert value not in str(caught.value)


RIGHT: list[tuple[str, Any]] = [
    ("id", "3"),
    ("id", 2**63 - 1),
    ("id__in", {1, 2}),
    ("id__in", (n for n in range(3))),
    ("id__in", range(30_000)),
    ("price", 3),
    ("price", "1.5"),
    ("made", "2024-01-01T00:00:00"),
    ("made__date", "2024-01-01"),
    ("made__year", "2024"),
    ("sold", "2024-01-01T00:00:00Z"),
    ("sold", AWARE.astimezone(dt.timezone(dt.timedelta(hours=-7)))),
    ("size__in", [1, 2]),
    ("name", "x" * 51),
    ("picture", b"\0"),
]


@pytest.mark.parametrize(("keyword", "value"), RIGHT, ids=lambda each: repr(each)[:30])
def test_values_that_can_be_understood_are(keyword: str, value: Any) -> None:
    """What comes from a URL is text; limits of a field do not limit what is compared with it."""
    Query(Item).filter(**{keyword: value})


def test_unsaved_and_foreign_objects_are_no_keys() -> None:
    """They would be compared with nothing."""
    for wrong in (Shop(name="new"), Item(id=1)):
        with pytest.raises(UsageError):
            Query(Item).filter(shop=wrong)
    Query(Item).filter(shop=Shop(id=1))
