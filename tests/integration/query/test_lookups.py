"""Every lookup gives the same rows on every database: those that the reference says."""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import uuid
from typing import Any

import pytest

from portico.db.query import Query
from portico.db.session import Database
from tests.integration.query.conftest import store
from tests.integration.query.library import Book, State, new
from tests.integration.query.reference import ANSWERS, answer

ODD = [
    *[
        "",
        " ",
        "a",
        "A",
        "a ",
        " a",
        "ab",
        "AB",
        "é",
        "É",
        "e",
        "e\u0301",
        "ÀÉÎ",
        "àéî",
        "ß",
        "SS",
        "ss",
        "Straße",
    ],
    *[
        "Σ",
        "\N{GREEK SMALL LETTER SIGMA}",
        "ς",
        "50%",
        "50",
        "5_0",
        "5a0",
        "%",
        "_",
        "a\\b",
        "\\",
        "\\%",
        "a/b",
        "/",
        "/%",
        "[a]",
        "[",
        "]",
    ],
    *[
        "*",
        "?",
        "a*b",
        "^a",
        "😀",
        "😀a",
        "a😀b",
        "日本",
        "it's",
        '"q"',
        "a--b",
        ":a",
        "%s",
        "a;b",
        "a\tb",
        "a\nb",
    ],
]
TEXT = [name for name in ANSWERS if name not in {"in", "not_in", "between", "regex", "iregex", "isnull"}]


async def _books(db: Database, field: str, values: list[Any]) -> dict[int, Any]:
    rows = dict(enumerate(values, start=1))
    await store(db, *(new(Book, id=key, title="t", **{field: value}) for key, value in rows.items()))
    return rows


async def _compare(rows: dict[int, Any], field: str, keyword: str, other: Any) -> str | None:
    """What is wrong with one lookup and with its exclusion; None when all is well."""
    expected = {key for key, value in rows.items() if answer(value, keyword, other)}
    found = set(await Query(Book).filter(**{f"{field}__{keyword}": other}).values_list("id", flat=True))
    left = set(await Query(Book).exclude(**{f"{field}__{keyword}": other}).values_list("id", flat=True))
    wrong = [repr(rows[key]) for key in sorted(found ^ expected)]
    unparted = [repr(rows[key]) for key in sorted(left ^ (rows.keys() - expected))]
    return f"{keyword}={other!r}: {wrong} {unparted}" if wrong or unparted else None


async def _all_wrong(rows: dict[int, Any], field: str, asked: list[tuple[str, Any]]) -> list[str]:
    answers = [await _compare(rows, field, keyword, other) for keyword, other in asked]
    return [wrong for wrong in answers if wrong]


async def test_text_lookups_give_what_the_reference_says(tables: Database) -> None:
    """Case, accents, wildcards, backslashes, spaces and emoji are the same everywhere."""
    rows = await _books(tables, "subtitle", [*ODD, None])
    asked: list[tuple[str, Any]] = list(itertools.product(TEXT, ODD))
    assert await _all_wrong(rows, "subtitle", asked) == []


async def test_patterns_have_their_wildcards_and_backslash(tables: Database) -> None:
    """`like` is the only place where % and _ mean something."""
    rows = await _books(tables, "subtitle", [*ODD, None])
    patterns = [
        "a%",
        "%a",
        "_",
        "__",
        "5_0",
        "5\\_0",
        "%\\%",
        "\\\\",
        "%\\",
        "%[%",
        "É%",
        "%😀_",
        "a_b",
        "A%B",
        "%\n%",
    ]
    asked = [(name, pattern) for name in ("like", "ilike") for pattern in patterns]
    assert await _all_wrong(rows, "subtitle", asked) == []


async def test_lists_ranges_and_null(tables: Database) -> None:
    """NULL is a value: it differs from any other, and may stand in a list."""
    rows = await _books(tables, "subtitle", [*ODD, None])
    lists: list[list[Any]] = [[], ["a"], ["a", "É", "%"], [None], ["a", None], ["nowhere"], ["nowhere", None]]
    asked: list[tuple[str, Any]] = [(name, values) for name in ("in", "not_in") for values in lists]
    asked += [("between", ("A", "a")), ("between", ("", "😀")), ("between", ("b", "a")), ("isnull", True)]
    asked += [("isnull", False), ("exact", None), ("ne", None), ("iexact", None)]
    assert await _all_wrong(rows, "subtitle", asked) == []


async def test_regular_expressions(tables: Database) -> None:
    """The common ground of the three dialects of regular expressions."""
    rows = await _books(tables, "subtitle", [text for text in ODD if "\n" not in text] + [None])
    patterns = ["^a", "b$", "a.b", "[aé]", "É", "^$", "a|5", "[0-9]{2}", r"\\", r"\[", "^.$", "(ss|ß)", "😀"]
    asked = [(name, pattern) for name in ("regex", "iregex") for pattern in patterns]
    assert await _all_wrong(rows, "subtitle", asked) == []


async def test_moments_are_cut_in_utc(tables: Database) -> None:
    """A moment just before midnight in UTC is of that day, whatever zone it was written in."""
    east = dt.timezone(dt.timedelta(hours=5))
    moments = [
        dt.datetime(2023, 12, 31, 23, 59, 59, 999999, dt.UTC),
        dt.datetime(2024, 1, 1, 0, 0, tzinfo=dt.UTC),
        dt.datetime(2024, 1, 1, 4, 59, 59, tzinfo=east),
        dt.datetime(2024, 1, 1, 5, 0, tzinfo=east),
        dt.datetime(2024, 2, 29, 12, 30, 0, 5, dt.UTC),
        dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
        dt.datetime(9999, 12, 31, 23, 0, tzinfo=dt.UTC),
    ]
    rows = await _books(tables, "published", [*(m.astimezone(dt.UTC) for m in moments), None])
    compared = ("exact", "ne", "gt", "gte", "lt", "lte")
    asked: list[tuple[str, Any]] = list(itertools.product(compared, moments))
    days = [dt.date(2023, 12, 31), dt.date(2024, 1, 1), dt.date(2024, 2, 29)]
    asked += [(f"date__{name}", day) for name in compared for day in days] + [("date", days[1])]
    asked += [("date__in", days[:2]), ("date__between", (days[0], days[1])), ("date__year", 2024)]
    parts = [
        ("year", 2023),
        ("year", 2024),
        ("month", 1),
        ("day", 31),
        ("hour", 0),
        ("hour", 23),
        ("hour", 12),
    ]
    asked += [(f"{part}__{name}", number) for part, number in parts for name in compared]
    asked += [*parts, ("year__in", [2023, 1970]), ("month__not_in", [1]), ("year__between", (2000, 2023))]
    assert await _all_wrong(rows, "published", asked) == []


VALUES: dict[str, list[Any]] = {
    "pages": [0, 1, -1, 100, 2**31 - 1, -(2**31)],
    "price": [decimal.Decimal(text) for text in ("0.00", "1.10", "-1.10", "99999999.99", "0.01")],
    "score": [0.0, 0.1, -2.5, 1e300, 1e-300],
    "bought": [dt.date(2024, 2, 29), dt.date(1, 1, 1), dt.date(9999, 12, 31)],
    "opens": [dt.time(0, 0), dt.time(23, 59, 59, 999999), dt.time(12, 30)],
    "loan": [dt.timedelta(0), dt.timedelta(days=-1), dt.timedelta(days=400, microseconds=1)],
}


@pytest.mark.parametrize("field", VALUES)
async def test_numbers_and_times_compare(tables: Database, field: str) -> None:
    """Edges of every type of value, against each other and NULL."""
    rows = await _books(tables, field, [*VALUES[field], None])
    compared = ("exact", "ne", "gt", "gte", "lt", "lte")
    asked: list[tuple[str, Any]] = list(itertools.product(compared, VALUES[field]))
    asked += [("in", VALUES[field][:2]), ("not_in", [VALUES[field][0], None]), ("between", VALUES[field][:2])]
    assert await _all_wrong(rows, field, asked) == []


async def test_truth_states_and_identifiers_compare_by_equality(tables: Database) -> None:
    """Booleans, enumerations and UUIDs have no order, and are equal or not."""
    first, second = uuid.UUID(int=1), uuid.UUID(int=2**127)
    values: dict[str, list[Any]] = {
        "in_print": [True, False],
        "state": list(State),
        "serial": [first, second],
    }
    for field, options in values.items():
        rows = dict(enumerate([*options, None], start=1))
        await Query(Book).all().delete()
        await store(tables, *(new(Book, id=key, title="t", **{field: value}) for key, value in rows.items()))
        asked = [(name, option) for name in ("exact", "ne") for option in [*options, None]]
        asked += [("in", [options[0], None]), ("not_in", [options[0]]), ("isnull", True)]
        assert await _all_wrong(rows, field, asked) == []
