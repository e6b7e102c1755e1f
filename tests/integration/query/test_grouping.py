"""Groups and their metrics: the same numbers as Python's, on each database."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Mapped

from portico.db.fields import (
    BooleanField,
    DateField,
    DateTimeField,
    DurationField,
    EnumField,
    IntegerField,
    TimeField,
    UUIDField,
)
from portico.db.query import Query
from portico.db.query.grouping import Grouping, Having, Metric, SortedBy, grouped, value_counts
from portico.db.session import Database
from portico.errors import InvalidError, UnknownNameError, UsageError
from tests.integration.rest.blog import Mood
from tests.integration.rest.sales import Base, Label, Sale, Seller, make_sales, metadata

COUNT = Metric("count")


@pytest.fixture
async def sales(db: Database) -> list[Sale]:
    """Random rows; the seed stands in the name of the database's own test run."""
    await db.create_tables(metadata)
    return await make_sales(Random(7), 120)


def present(rows: list[Sale], name: str) -> list[Any]:
    """The values of a field that are there."""
    return [value for row in rows if (value := getattr(row, name)) is not None]


def reference(function: str, name: str, rows: list[Sale]) -> Any:
    """A metric the slow and obvious way."""
    values = present(rows, name)
    if function == "count":
        return len(values)
    if function == "count_distinct":
        return len(set(values))
    if not values:
        return None
    if function in ("min", "max"):
        return {"min": min, "max": max}[function](values)
    return sum(values) if function == "sum" else average(values)


def average(values: list[Any]) -> Any:
    """Decimals keep four more places than they have; other numbers are floats."""
    if not isinstance(values[0], Decimal):
        return sum(values) / len(values)
    places = -int(values[0].as_tuple().exponent) + 4
    mean = sum(values, Decimal()) / len(values)
    return mean.quantize(Decimal(1).scaleb(-places))


def by(rows: list[Sale], key: Callable[[Sale], Any]) -> dict[Any, list[Sale]]:
    """Rows in groups."""
    found: dict[Any, list[Sale]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


EVERY = ("count", "count_distinct", "sum", "avg", "min", "max")
METRICS = [
    *((function, name) for function in EVERY for name in ("amount", "exact", "pieces", "weight")),
    *((function, name) for function in (*EVERY[:2], *EVERY[4:]) for name in ("sold_at", "status")),
]


async def test_every_metric_agrees_with_python(sales: list[Sale]) -> None:
    """Sums beyond 64 bits and beyond the digits of a double among them."""
    metrics = [Metric(function, name) for function, name in METRICS]
    found = await grouped(Query(Sale), Grouping(groups=["paid"], metrics=metrics))
    groups = by(sales, lambda row: row.paid)
    assert [keys for keys, _ in found] == [(False,), (True,)]
    for (paid,), values in found:
        for (function, name), value in zip(METRICS, values, strict=True):
            wanted = reference(function, name, groups[paid])
            if isinstance(wanted, float):
                assert math.isclose(value, wanted, rel_tol=1e-12), (function, name)
            else:
                assert (value, type(value)) == (wanted, type(wanted)), (function, name)


async def test_nothing_is_a_group_too_and_comes_first(sales: list[Sale]) -> None:
    """NULL keys gather, and sort as the smallest, whatever the database does by itself."""
    found = await grouped(Query(Sale), Grouping(groups=["status"], metrics=[COUNT]))
    counts = Counter(row.status for row in sales)
    wanted = sorted(counts, key=lambda one: (one is not None, one or ""))
    assert found == [((status,), (counts[status],)) for status in wanted]


async def test_keys_lie_along_relations_and_in_parts_of_dates(sales: list[Sale]) -> None:
    """One statement, however long the way."""
    found = await grouped(Query(Sale), Grouping(groups=["seller__name", "sold_at__year"], metrics=[COUNT]))
    names = {seller.id: seller.name for seller in await Query(Seller)} | {None: None}
    wanted = Counter((names[row.seller_id], row.sold_at and row.sold_at.year) for row in sales)
    assert dict(found) == {key: (number,) for key, number in wanted.items()}


async def test_groups_are_chosen_and_sorted_by_metrics(sales: list[Sale]) -> None:
    """Also by those that are not shown; equals go by their keys."""
    found = await grouped(
        Query(Sale),
        Grouping(
            groups=["status"],
            metrics=[COUNT],
            having=[Having(Metric("sum", "exact"), "gt", Decimal("1.5")), Having(COUNT, "gte", 3)],
            order=[SortedBy(Metric("sum", "exact"), descending=True)],
            limit=4,
        ),
    )
    groups = {key: rows for key, rows in by(sales, lambda row: row.status).items() if len(rows) >= 3}
    sums = {key: sum(present(rows, "exact")) for key, rows in groups.items()}
    wanted = sorted((key for key in sums if sums[key] > Decimal("1.5")), key=lambda key: -sums[key])[:4]
    assert [keys[0] for keys, _ in found] == wanted


@pytest.mark.parametrize(
    ("metric", "lookup", "value"),
    [
        (Metric("max", "exact"), "gte", Decimal("9999999999999999.5")),
        (Metric("min", "amount"), "lt", Decimal(-500)),
        (Metric("sum", "pieces"), "between", (0, 2**80)),
        (Metric("avg", "pieces"), "gt", 0.5),
        (Metric("avg", "amount"), "lte", 0.0),
        (Metric("max", "status"), "exact", "paid"),
    ],
)
async def test_a_condition_compares_by_value(
    sales: list[Sale], metric: Metric, lookup: str, value: Any
) -> None:
    """Long decimals are text on SQLite, and are no text to whoever asks."""
    compare: dict[str, Callable[[Any], bool]] = {
        "gte": lambda found: found >= value,
        "gt": lambda found: found > value,
        "lt": lambda found: found < value,
        "lte": lambda found: found <= value,
        "exact": lambda found: found == value,
        "between": lambda found: value[0] <= found <= value[1],
    }
    found = await grouped(
        Query(Sale),
        Grouping(groups=["status", "paid"], metrics=[COUNT], having=[Having(metric, lookup, value)]),
    )
    groups = by(sales, lambda row: (row.status, row.paid))
    measured = {key: reference(metric.function, metric.field or "", rows) for key, rows in groups.items()}
    assert {keys for keys, _ in found} == {
        key for key, one in measured.items() if one is not None and compare[lookup](one)
    }


async def test_no_rows_are_one_group_of_nothing(db: Database) -> None:
    """Without keys there is always one row; with keys there is none."""
    await db.create_tables(metadata)
    asked = [COUNT, *(Metric(function, "amount") for function in ("sum", "avg", "min"))]
    assert await grouped(Query(Sale), Grouping(metrics=asked)) == [((), (0, None, None, None))]
    assert await grouped(Query(Sale), Grouping(groups=["paid"], metrics=asked)) == []


async def test_what_no_number_holds_is_refused(db: Database) -> None:
    """A sum of floats beyond all floats: an error that says so, the same everywhere."""
    await db.create_tables(metadata)
    await Sale.bulk_create([Sale(weight=1.7e308), Sale(weight=1.7e308)])
    for groups in ([], ["paid"]):
        for function in ("sum", "avg"):
            with pytest.raises(InvalidError, match="out of range"):
                await grouped(Query(Sale), Grouping(groups=groups, metrics=[Metric(function, "weight")]))


async def test_a_limited_query_groups_its_rows(sales: list[Sale]) -> None:
    """The limit chooses rows, not groups."""
    found = await grouped(Query(Sale).order_by("id").limit(10), Grouping(groups=["paid"], metrics=[COUNT]))
    wanted = Counter(row.paid for row in sorted(sales, key=lambda row: row.id)[:10])
    assert dict(found) == {(key,): (number,) for key, number in wanted.items()}


async def test_values_are_counted_along_many(sales: list[Sale]) -> None:
    """A row counts once for a value, however many related rows have it; conditions stay with the row."""
    red, blue, again = [await Label.create(name=name) for name in ("red", "blue", "red")]
    first, second, third = sales[:3]
    await first.labels.add(red, again, blue)
    await second.labels.add(red)
    await third.labels.add(blue)
    assert await value_counts(Query(Sale), "labels__name") == [("blue", 2), ("red", 2)]
    having_red = Query(Sale).filter(labels__name="red")
    assert await value_counts(having_red, "labels__name") == [("red", 2), ("blue", 1)]
    assert await value_counts(having_red, "labels__name", limit=1) == [("red", 2)]
    visible = await value_counts(
        Query(Sale), "labels__name", related=lambda rows: rows.filter(labels__name__ne="red")
    )
    assert visible == [("blue", 2)]


async def test_values_along_two_steps(sales: list[Sale]) -> None:
    """From a label over its sales to their sellers."""
    red = await Label.create(name="red")
    sold = [row for row in sales if row.seller_id is not None][:6]
    for row in sold:
        await row.labels.add(red)
    names = {seller.id: seller.name for seller in await Query(Seller)}
    found = await value_counts(Query(Label), "sales__seller__name")
    assert sorted(found) == sorted(
        (name, 1) for name in {names[row.seller_id] for row in sold if row.seller_id}
    )


async def test_misuse_is_refused_by_name(db: Database) -> None:
    """Before anything is sent."""
    await db.create_tables(metadata)
    for asked, error in (
        (Grouping(groups=["nonsense"]), UnknownNameError),
        (Grouping(groups=["extra"]), UsageError),
        (Grouping(groups=["labels__name"]), UsageError),
        (Grouping(metrics=[Metric("sum", "status")]), UsageError),
        (Grouping(metrics=[Metric("sum")]), UsageError),
        (Grouping(groups=["paid"], order=[SortedBy("status")]), UsageError),
    ):
        with pytest.raises(error):
            await grouped(Query(Sale), asked)
    with pytest.raises(UsageError):
        await value_counts(Query(Sale), "extra")


class Kinds(Base):
    """One field of every kind that can be a key."""

    id: Mapped[int] = IntegerField(primary_key=True)
    day: Mapped[dt.date] = DateField()
    clock: Mapped[dt.time] = TimeField()
    lasting: Mapped[dt.timedelta] = DurationField()
    token: Mapped[uuid.UUID] = UUIDField()
    mood: Mapped[Mood] = EnumField(Mood)
    flag: Mapped[bool] = BooleanField()
    naive: Mapped[dt.datetime] = DateTimeField(timezone=False)


async def test_keys_and_extremes_of_every_kind(db: Database) -> None:
    """Each comes back as the type of its field, on each database."""
    await db.create_tables(metadata)
    low: dict[str, Any] = {
        "day": dt.date(1999, 12, 31),
        "clock": dt.time(1, 2, 3, 4),
        "lasting": dt.timedelta(days=-1, microseconds=7),
        "token": uuid.UUID(int=1),
        "mood": Mood.BAD,
        "flag": False,
        "naive": dt.datetime(2020, 2, 29, 23, 59, 59, 999999),  # noqa: DTZ001 -- a field without a zone
    }
    high: dict[str, Any] = {
        "day": dt.date(2100, 1, 1),
        "clock": dt.time(23, 59),
        "lasting": dt.timedelta(hours=3),
        "token": uuid.UUID(int=2**127),
        "mood": Mood.GOOD,
        "flag": True,
        "naive": dt.datetime(2020, 3, 1),  # noqa: DTZ001 -- a field without a zone
    }
    await Kinds.bulk_create([Kinds(**low), Kinds(**high), Kinds(**low)])
    for name, value in low.items():
        found = await grouped(Query(Kinds), Grouping(groups=[name], metrics=[COUNT]))
        assert dict(found) == {(value,): (2,), (high[name],): (1,)}, name
        assert await value_counts(Query(Kinds), name) == [(value, 2), (high[name], 1)]
    names = ["day", "clock", "lasting", "naive"]
    metrics = [Metric(function, name) for name in names for function in ("min", "max")]
    ((_, values),) = await grouped(Query(Kinds), Grouping(metrics=metrics))
    assert values == tuple(row[name] for name in names for row in (low, high))
    ((_, values),) = await grouped(
        Query(Kinds), Grouping(metrics=[Metric("count_distinct", name) for name in low])
    )
    assert values == (2,) * len(low)
    for name in names:
        having = [Having(Metric("max", name), "exact", high[name])]
        (only,) = await grouped(Query(Kinds), Grouping(groups=["flag"], metrics=[COUNT], having=having))
        assert only == ((True,), (1,))
