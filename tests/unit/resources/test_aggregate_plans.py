"""Parameters of summaries and exports become plans, or are refused by name."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.integration.rest.sales import Label, Sale, Seller

from portico.access import PUBLIC
from portico.db.query import exactly
from portico.errors import InvalidParameterError
from portico.resources import Exposure, Reach, Resources, describe_all
from portico.resources.grammar import (
    AggregatePlan,
    Filter,
    Group,
    GroupOrder,
    Measure,
    MeasureCondition,
    parse_aggregate,
    parse_export,
    parse_facets,
)


@pytest.fixture
def reach() -> Reach:
    """Sales with their surroundings."""
    resources: Resources = describe_all(
        [
            Exposure(model=Sale, policy=PUBLIC, hidden=["secret"]),
            Exposure(model=Seller, policy=PUBLIC),
            Exposure(model=Label, policy=PUBLIC),
        ]
    )
    return Reach(resources, resources["sales"])


def test_a_plan_says_everything_that_was_asked(reach: Reach) -> None:
    """Frozen data: names are resolved, values are read."""
    plan = parse_aggregate(
        reach,
        [
            ("group_by", "seller.name,sold_at__year"),
            ("metrics", "count,sum:amount"),
            ("having.sum:amount__gte", "10.5"),
            ("having.count", "3"),
            ("sort", "-sum:amount,sold_at__year"),
            ("limit", "7"),
        ],
    )
    amount, year = Measure("sum", (), "amount"), Group((), "sold_at", "year")
    assert plan == AggregatePlan(
        filter=Filter(),
        groups=(Group(("seller",), "name"), year),
        measures=(Measure("count"), amount),
        having=(
            MeasureCondition(amount, "gte", Decimal("10.5")),
            MeasureCondition(Measure("count"), "exact", 3),
        ),
        order=(GroupOrder(amount, descending=True), GroupOrder(year)),
        limit=7,
    )
    assert plan.paths == (("seller",), ())


def test_a_name_is_shown_as_it_was_written() -> None:
    """Keys of an answer are what the client asked for; queries have their own spelling."""
    group, measure = Group(("seller",), "born", "year"), Measure("max", ("seller",), "name")
    assert (group.name, group.keyword) == ("seller.born__year", exactly("seller", "born", "year"))
    assert (measure.name, measure.keyword) == ("max:seller.name", exactly("seller", "name"))
    assert (Measure("count").name, Measure("count").keyword) == ("count", None)


def test_conditions_take_the_aliases_of_the_list(reach: Reach) -> None:
    """`ge` is `gte` here too, and a range is two values."""
    plan = parse_aggregate(
        reach, [("group_by", "paid"), ("having.count__ge", "1"), ("having.min:sold_at__isnull", "true")]
    )
    assert [(one.lookup, one.value) for one in plan.having] == [("gte", 1), ("isnull", True)]
    (between,) = parse_aggregate(
        reach, [("group_by", "paid"), ("having.avg:pieces__between", "1,2.5")]
    ).having
    assert between.value == (1.0, 2.5)


def test_names_are_taken_once(reach: Reach) -> None:
    """Repeated parameters are lists as well."""
    plan = parse_aggregate(reach, [("group_by", "paid"), ("group_by", "status,paid")])
    assert [group.name for group in plan.groups] == ["paid", "status"]


def test_facets_lead_along_any_relation(reach: Reach) -> None:
    """To-many ones are what facets are for."""
    plan = parse_facets(reach, [("facets", "labels.name,sold_at__month"), ("paid", "true")])
    assert [facet.keyword for facet in plan.facets] == [
        exactly("labels", "name"),
        exactly("sold_at", "month"),
    ]
    assert (plan.limit, len(plan.filter.where)) == (10, 1)


def test_an_export_knows_formats_and_fields(reach: Reach) -> None:
    """NDJSON unless said otherwise."""
    plan = parse_export(reach, [("fields", "status,seller.name"), ("sort", "-seller.name")])
    assert (plan.format, plan.fields) == ("ndjson", (("status",), ("seller", "name")))
    assert [one.path for one in plan.include] == [("seller",)]
    everything = parse_export(reach, [("format", "csv")])
    assert [".".join(path) for path in everything.fields] == [
        "id", "status", "amount", "exact", "pieces", "weight", "paid", "sold_at", "extra", "seller_id",
    ]  # fmt: skip
    with pytest.raises(InvalidParameterError):
        parse_export(reach, [("fields", "labels.name")])


@pytest.mark.parametrize(
    ("name", "text", "parameter", "nearest"),
    [
        ("group_by", "statsu", "group_by", "status"),
        ("metrics", "summ:amount", "metrics", "sum"),
        ("metrics", "sum:ammount", "metrics", "amount"),
        ("sort", "-coun", "sort", "count"),
    ],
)
def test_a_misspelt_name_meets_its_nearest(
    reach: Reach, name: str, text: str, parameter: str, nearest: str
) -> None:
    """The reply says what was probably meant."""
    with pytest.raises(InvalidParameterError) as caught:
        parse_aggregate(reach, [(name, text)])
    assert (caught.value.parameter, caught.value.nearest) == (parameter, nearest)
