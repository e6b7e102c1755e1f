"""How many rows a list has and what it would cost: what is asked of the database, and of whom it may tell."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from tests.integration.resources.shelf import METADATA, Box, Place, Thing, made, make_boxes, reach_of

from portico.access import ANONYMOUS, Policy, Principal
from portico.app import Portico
from portico.db.session import Database
from portico.errors import ConfigurationError, PlanRefusedError
from portico.resources import Exposure, Limits, Page, Reach, Scope, describe_all, list_rows, parse_list
from portico.testing.statements import statements

ROWS = 400
MOMENT = dt.datetime(2026, 1, 31)  # noqa: DTZ001 -- a column without zone


@pytest.fixture
async def places(db: Database) -> Database:
    """Four hundred places, a quarter of them marked, and statistics about them."""
    await db.create_tables(METADATA)
    await Place.bulk_create(
        [made(Place, row=f"r{n % 20}", seat=n, mark=1 if n % 4 == 0 else None) for n in range(ROWS)]
    )
    await analyse(db, "places")
    return db


async def analyse(db: Database, table: str) -> None:
    """Statistics as the database's own care would make them, later."""
    word = "ANALYZE TABLE" if db.dialect_name in {"mysql", "mariadb"} else "ANALYZE"
    async with db.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(sa.text(f"{word} {table}"))


async def listed(
    db: Database, *parameters: tuple[str, str], reach: Reach | None = None, who: Any = ANONYMOUS
) -> Page:
    """A page of places."""
    asked = reach or reach_of(Place)
    return await list_rows(Scope(db, asked.resources, who), asked, parse_list(asked, parameters))


async def test_a_list_that_fits_is_counted_by_looking_at_it(places: Database) -> None:
    """Whatever was asked, without another statement."""
    for mode in ("exact", "estimated"):
        async with statements(places) as seen:
            page = await listed(places, ("row", "r1"), ("count", mode))
        assert (page.count, page.counted, len(seen)) == (20, "exact", 1)


async def test_counting_stops_at_the_cap(places: Database) -> None:
    """The default costs one more statement, and a bounded one."""
    reach = reach_of(Place, limits=Limits(counted=30))
    async with statements(places) as seen:
        page = await listed(places, ("limit", "10"), reach=reach)
    assert (page.count, page.counted, len(seen)) == (30, "capped", 2)
    few = await listed(places, ("limit", "10"), ("row", "r1"), reach=reach)
    assert (few.count, few.counted) == (20, "exact")


async def test_all_are_counted_on_demand_on_every_page(places: Database) -> None:
    """On pages behind a cursor as well, where nothing is counted unasked."""
    first = await listed(places, ("limit", "10"), ("count", "exact"))
    assert (first.count, first.counted) == (ROWS, "exact")
    following = await listed(places, ("limit", "10"), ("cursor", str(first.next)))
    assert (following.count, following.counted) == (None, "none")
    counted = await listed(places, ("limit", "10"), ("cursor", str(first.next)), ("count", "exact"))
    assert (counted.count, counted.counted) == (ROWS, "exact")


async def test_an_estimate_is_near_and_says_that_it_is_one(places: Database) -> None:
    """From the planner, or on SQLite from the statistics of the whole table."""
    page = await listed(places, ("limit", "10"), ("count", "estimated"))
    assert page.counted == "estimated"
    assert page.count is not None
    assert ROWS / 2 <= page.count <= ROWS * 2


async def test_a_filtered_estimate_comes_from_a_planner(places: Database) -> None:
    """SQLite has none: there rows are counted up to the cap, and the mode says so."""
    page = await listed(places, ("limit", "10"), ("mark", "1"), ("count", "estimated"))
    assert page.counted == ("estimated" if places.capabilities.foresees else "exact")
    assert page.count is not None
    assert 11 <= page.count <= ROWS


async def test_an_estimate_is_for_those_who_may_see_all(places: Database) -> None:
    """Statistics are about every row, those out of reach among them."""
    policy = Policy(read=lambda who: who.is_admin or Place.mark == 1)
    resources = describe_all([Exposure(model=Place, policy=policy)])
    reach = Reach(resources, resources["places"])
    plan = ("limit", "10"), ("count", "estimated")
    for who, mode in ((Principal(id=1), "exact"), (Principal(id=2, is_admin=True), "estimated")):
        page = await listed(places, *plan, reach=reach, who=who)
        assert page.counted == mode
    assert (await listed(places, *plan, reach=reach, who=Principal(id=1))).count == ROWS // 4


async def test_a_condition_over_a_closed_relation_is_not_estimated(db: Database) -> None:
    """The statistics of the other table would answer for rows out of reach."""
    await db.create_tables(METADATA)
    await make_boxes()
    await analyse(db, "boxes")
    for policy, mode in ((Policy(read=True), "estimated"), (Policy(read=lambda _: Box.id < 3), "exact")):
        resources = describe_all(
            [Exposure(model=Box, policy=policy), Exposure(model=Thing, policy=Policy(read=True))]
        )
        reach = Reach(resources, resources["things"])
        plan = parse_list(reach, [("box.label", "b"), ("count", "estimated"), ("limit", "1")])
        await Thing.filter().all().delete()
        await Thing.bulk_create([made(Thing, id=n, local=MOMENT, box_id=1) for n in (1, 2)])
        page = await list_rows(Scope(db, resources, ANONYMOUS), reach, plan)
        assert page.counted == (mode if db.capabilities.foresees else "exact")


async def test_an_expensive_list_is_refused_before_it_runs(places: Database) -> None:
    """Only the planner was asked, and the message says nothing of the statement."""
    if not places.capabilities.foresees:
        with pytest.raises(ConfigurationError, match="foresees"):
            Portico(places, limits=Limits(max_cost=1))
        return
    Portico(places, limits=Limits(max_cost=1))
    reach = reach_of(Place, limits=Limits(max_cost=2))
    async with statements(places) as seen:
        with pytest.raises(PlanRefusedError, match="index") as refused:
            await listed(places, ("sort", "mark"), reach=reach)
    assert len(seen) == 1
    assert "SELECT" not in str(refused.value)
    affordable = reach_of(Place, limits=Limits(max_cost=100_000))
    assert len((await listed(places, ("sort", "mark"), reach=affordable)).items) == 50


async def test_a_page_by_key_is_cheaper_than_a_sorted_one(places: Database) -> None:
    """The figure is that of the page, not of the table."""
    if not places.capabilities.foresees:
        return
    by_key = (await Place.filter(row="r1", seat=1).limit(1).foreseen()).cost
    everything = (await Place.filter().order_by("mark").foreseen()).cost
    assert by_key is not None
    assert everything is not None
    assert by_key < everything


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "\\",
        '\\"',
        "\x1b",
        "\t\n\r\x0b\x85\u2028",
        "it's",
        "{",
        'a", "rows": 1, "filtered": 1, "b": "',
        '",',
    ],
)
async def test_a_text_in_a_condition_says_nothing_about_cost(places: Database, text: str) -> None:
    """MariaDB shows the condition in its plan, as it was sent: it must neither break the plan nor bend it."""
    if not places.capabilities.foresees:
        return
    plain = await Place.filter(row__contains="plain").order_by("mark").foreseen()
    assert (await Place.filter(row__contains=text).order_by("mark").foreseen()).cost == plain.cost
    others = json.dumps({"not": {"row": {"contains": text}}})
    page = await listed(places, ("where", others), ("limit", "1"), ("count", "estimated"))
    assert page.counted == "estimated"


async def test_no_page_is_estimated_below_what_it_shows(places: Database) -> None:
    """An old statistic must not contradict the rows beside it."""
    await Place.filter(mark=None).delete()
    reach = reach_of(Place)
    plan = replace(parse_list(reach, [("limit", "90"), ("count", "estimated")]), offset=5)
    page = await list_rows(Scope(places, reach.resources, ANONYMOUS), reach, plan)
    assert page.count is not None
    assert page.count >= 96
