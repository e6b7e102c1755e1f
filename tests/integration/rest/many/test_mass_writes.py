"""All rows of a filter in one request: bounded, never without a condition, and only within reach."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from tests.integration.rest.many.conftest import Stored
from tests.integration.rest.many.parcels import Depot, Parcel

from portico.db.session import Database
from portico.testing.statements import statements


@pytest.fixture
async def five(tables: Database) -> list[Parcel]:
    """Parcels a to e, which weigh 1 to 5; the first two lie in a depot."""
    depot = await Depot.create(name="north", owner="ann")
    rows = [
        Parcel(slug=slug, weight=place, depot_id=depot.id if place <= 2 else None)
        for place, slug in enumerate("abcde", 1)
    ]
    await Parcel.bulk_create(rows)
    return rows


@pytest.mark.usefixtures("five")
async def test_all_rows_of_a_filter_are_changed_by_few_statements(
    client: httpx.AsyncClient, tables: Database, stored: Stored
) -> None:
    """Choose and lock, write, and nothing else where no rule has to be asked afterwards."""
    before = (await client.get("/parcels?sort=slug")).json()["items"]
    async with statements(tables) as seen:
        done = await client.patch("/parcels?weight__gte=4", json={"weight": 9, "title": "heavy"})
    assert (done.status_code, done.json()) == (200, {"affected": 2})
    assert len(seen) == 2, str(seen)
    assert await stored() == ["a 1", "b 2", "c 3", "d 9", "e 9"]
    after = (await client.get("/parcels?sort=slug")).json()["items"]
    moved = [one["changed_at"] != other["changed_at"] for one, other in zip(before, after, strict=True)]
    assert moved == [False, False, False, True, True]


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"slug__in": "a,b"}, 2),
        ({"depot.name": "north"}, 2),
        ({"where": '{"or": [{"slug": "a"}, {"weight": {"gt": 4}}]}'}, 2),
        ({"where": '{"depot": {"name": "north"}}', "weight": "2"}, 1),
        ({"search": "untitled", "weight__lt": "3"}, 2),
        ({"slug__in": ""}, 0),
        ({"slug": "nobody"}, 0),
        ({"weight__gte": "1", "max_affected": "5"}, 5),
    ],
)
async def test_filters_are_those_of_a_list(
    client: httpx.AsyncClient, stored: Stored, query: dict[str, str], number: int
) -> None:
    """What a list shows under the same parameters is what is written."""
    listed = await client.get("/parcels", params={k: v for k, v in query.items() if k != "max_affected"})
    left = [f"{row['slug']} {row['weight']}" for row in listed.json()["items"]]
    assert len(left) == number
    assert (await client.patch("/parcels", params=query, json={"title": "new"})).json() == {
        "affected": number
    }
    there = await stored()
    query = {**query, "search": "new"} if "search" in query else query
    assert (await client.delete("/parcels", params=query)).json() == {"affected": number}
    assert await stored() == [one for one in there if one not in left]


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "plan-refused"),
        ({"where": "{}"}, "plan-refused"),
        ({"where": '{"and": []}'}, "invalid-parameter"),
        ({"where": '{"not": {"or": []}}'}, "invalid-parameter"),
        ({"where": '{"not": {"slug": {"in": []}}}'}, "plan-refused"),
        ({"where": '{"or": [{"slug": "a"}, {"slug": {"not_in": []}}]}'}, "plan-refused"),
        ({"search": ""}, "plan-refused"),
        ({"search": "  "}, "plan-refused"),
        ({"slug__not_in": ""}, "plan-refused"),
        ({"slug__contains": ""}, "plan-refused"),
        ({"max_affected": "3"}, "plan-refused"),
        ({"weight__gte": "1", "max_affected": "6"}, "invalid-parameter"),
        ({"weight__gte": "1", "max_affected": "-1"}, "invalid-parameter"),
        ({"weight__gte": "1", "max_affected": "x"}, "invalid-parameter"),
        ({"wight": "1"}, "invalid-parameter"),
        ({"weight": "x"}, "invalid-parameter"),
        ({"weight": "1", "limit": "1"}, "invalid-parameter"),
        ({"weight": "1", "sort": "id"}, "invalid-parameter"),
        ({"weight": "1", "include": "depot"}, "invalid-parameter"),
    ],
)
async def test_what_would_reach_too_much_is_refused(
    client: httpx.AsyncClient, stored: Stored, query: dict[str, str], code: str
) -> None:
    """No condition, one that is always true, a bound too high, a misspelt name: nothing is written."""
    there = await stored()
    for answer in (
        await client.patch("/parcels", params=query, json={"weight": 9}),
        await client.delete("/parcels", params=query),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert await stored() == there


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("most", [4, 0])
async def test_more_rows_than_the_caller_allows_are_a_conflict(
    client: httpx.AsyncClient, stored: Stored, most: int
) -> None:
    """The request is as it should be; what is there is too much for it, and stays as it is."""
    there = await stored()
    query = {"weight__gte": "1", "max_affected": str(most)}
    for answer in (
        await client.patch("/parcels", params=query, json={"weight": 9}),
        await client.delete("/parcels", params=query),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict"), answer.text
        assert f"more than {most} rows of parcels" in answer.json()["detail"]
    assert await stored() == there


async def test_the_bound_of_the_application_holds(client: httpx.AsyncClient, stored: Stored) -> None:
    """Six rows are one more than this application allows; nothing is cut down silently."""
    await client.post("/parcels/bulk", json=[{"slug": f"s{n}"} for n in range(6)])
    assert (await client.patch("/parcels?weight=1", json={"weight": 2})).status_code == 409
    assert (await client.delete("/parcels?weight=1")).status_code == 409
    assert await stored() == [f"s{n} 1" for n in range(6)]


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"id": 7}, 422),
        ({"wight": 7}, 422),
        ({"weight": "7"}, 422),
        ({"weight": -7}, 422),
        ({"weight": 1000}, 422),
        ({"slug": "same"}, 409),
        ({"slug": None}, 422),
        ({"depot_id": 99}, 409),
        ([], 422),
    ],
)
async def test_what_cannot_be_stored_changes_nothing(
    client: httpx.AsyncClient, stored: Stored, body: Any, status: int
) -> None:
    """Each kind of constraint undoes all of it."""
    there = await stored()
    refused = await client.patch("/parcels?weight__gte=2", json=body)
    assert refused.status_code == status, refused.text
    assert await stored() == there


@pytest.mark.usefixtures("five")
async def test_rows_that_are_referred_to_stay_all(client: httpx.AsyncClient) -> None:
    """One depot is in use: the other is kept as well."""
    await Depot.create(name="south", owner="ann")
    assert (await client.delete("/depots?owner=ann")).status_code == 409
    assert await Depot.filter().count() == 2
    assert (await client.delete("/depots?name=south")).json() == {"affected": 1}


async def test_rows_out_of_reach_are_neither_touched_nor_counted(
    ann: httpx.AsyncClient, stored: Stored
) -> None:
    """A shared row of somebody else is read, and not written; a hidden one does not even fill the bound."""
    await Parcel.bulk_create(
        [
            Parcel(slug="mine", owner="ann"),
            Parcel(slug="shared", owner="ben", shared=True),
            *(Parcel(slug=f"hidden{n}", owner="ben") for n in range(3)),
        ]
    )
    assert (await ann.patch("/parcels?weight=1&max_affected=1", json={"weight": 2})).json() == {"affected": 1}
    assert (await ann.delete("/parcels?weight__lt=9&max_affected=1")).json() == {"affected": 1}
    assert await stored() == ["hidden0 1", "hidden1 1", "hidden2 1", "shared 1"]


async def test_rows_are_not_pushed_out_of_reach(ann: httpx.AsyncClient, stored: Stored) -> None:
    """The rules are asked of every row as it became, by one question for all."""
    await Parcel.bulk_create([Parcel(slug=slug, owner="ann") for slug in "ab"])
    for body in ({"owner": "ben"}, {"weight": 501}, {"owner": "ben", "shared": True}):
        assert (await ann.patch("/parcels?weight=1", json=body)).status_code == 403
    assert await Parcel.filter(owner="ann").count() == 2
    assert (await ann.patch("/parcels?weight=1", json={"weight": 500})).json() == {"affected": 2}
    assert await stored() == ["a 500", "b 500"]


async def test_references_lead_to_rows_within_reach(ann: httpx.AsyncClient) -> None:
    """A depot of somebody else looks like one that does not exist; bulk forms ask the same."""
    mine = await Depot.create(name="mine", owner="ann")
    other = await Depot.create(name="other", owner="ben")
    made = await ann.post("/parcels/bulk", json=[{"slug": slug, "depot_id": mine.id} for slug in "ab"])
    assert made.status_code == 201
    refused = [await ann.patch("/parcels?weight=1", json={"depot_id": depot}) for depot in (other.id, 4711)]
    assert [one.status_code for one in refused] == [409, 409]
    bulk = await ann.post("/parcels/bulk", json=[{"slug": "c"}, {"slug": "d", "depot_id": other.id}])
    assert bulk.status_code == 409
    assert bulk.json()["errors"][0]["pointer"] == "/1/depot_id"
    changes = [{"id": row["id"], "depot_id": other.id} for row in made.json()["items"]]
    assert (await ann.patch("/parcels/bulk", json=changes)).status_code == 409
    assert await Parcel.filter(depot_id=mine.id).count() == 2


async def test_bulk_forms_reach_what_single_calls_reach(ann: httpx.AsyncClient, stored: Stored) -> None:
    """A batch is as many single calls: a foreign row is absent, and nothing is told of it."""
    mine = await Parcel.create(slug="mine", owner="ann")
    hidden = await Parcel.create(slug="hidden", owner="ben")
    shared = await Parcel.create(slug="shared", owner="ben", shared=True)
    for row in (hidden, shared):
        body = [{"id": mine.id, "weight": 5}, {"id": row.id, "weight": 5}]
        refused = await ann.patch("/parcels/bulk", json=body)
        absent = await ann.patch("/parcels/bulk", json=[body[0], {"id": 4711, "weight": 5}])
        assert refused.status_code == absent.status_code == 404
        assert refused.json()["detail"].replace(str(row.id), "4711") == absent.json()["detail"]
        gone = await ann.delete(f"/parcels/bulk?key={mine.id}&key={row.id}")
        assert gone.status_code == 404
        mixed = await ann.patch("/parcels/bulk", json=body[1:], headers={"Prefer": "handling=lenient"})
        assert [one["status"] for one in mixed.json()["items"]] == [404]
    made = await ann.post("/parcels/bulk", json=[{"slug": "a"}, {"slug": "b", "owner": "ben"}])
    assert made.status_code == 403
    assert made.json()["errors"][0]["pointer"] == "/1"
    assert await stored() == ["hidden 1", "mine 1", "shared 1"]


async def test_policies_are_asked_once_for_all_rows(ann: httpx.AsyncClient, tables: Database) -> None:
    """The check after the write is one question, and so is that of references."""
    depot = await Depot.create(name="mine", owner="ann")
    body = [{"slug": f"s{n}", "depot_id": depot.id} for n in range(100)]
    async with statements(tables) as seen:
        made = await ann.post("/parcels/bulk", json=body)
    assert made.status_code == 201
    assert len(seen) <= 3, str(seen)
    async with statements(tables) as seen:
        done = await ann.patch("/parcels?depot.name=mine", json={"weight": 7})
    assert done.json() == {"affected": 100}
    assert len(seen) <= 3, str(seen)


@pytest.mark.usefixtures("five")
async def test_those_who_come_at_once_do_not_write_a_row_twice(client: httpx.AsyncClient) -> None:
    """Rows are locked as they are chosen: what another request took away is not counted again."""
    answers = await asyncio.gather(
        *(client.patch("/parcels?weight__lt=10", json={"weight": 10}) for _ in range(5))
    )
    assert all(one.status_code == 200 for one in answers), [one.text for one in answers]
    assert sum(one.json()["affected"] for one in answers) == 5


@pytest.mark.usefixtures("five")
async def test_a_dry_run_counts_and_writes_nothing(client: httpx.AsyncClient, stored: Stored) -> None:
    """How many it would be can be asked first."""
    there = await stored()
    dry = {"Prefer": "tx=rollback"}
    assert (await client.delete("/parcels?weight__gt=3", headers=dry)).json() == {"affected": 2}
    assert (await client.patch("/parcels?weight__gt=3", json={"weight": 0}, headers=dry)).json() == {
        "affected": 2
    }
    assert await stored() == there


async def test_openapi_tells_of_the_bound(client: httpx.AsyncClient) -> None:
    """The filters of the list are there, its pages are not."""
    path = (await client.get("/openapi.json")).json()["paths"]["/parcels"]
    assert path["patch"]["operationId"] == "massUpdateParcels"
    assert path["delete"]["operationId"] == "massDeleteParcels"
    named = {one["name"]: one for one in path["delete"]["parameters"]}
    assert named["max_affected"]["schema"] == {"type": "integer", "minimum": 0, "maximum": 5, "default": 5}
    assert {"slug", "where", "search"} <= named.keys()
    assert not {"limit", "offset", "sort", "cursor", "count", "fields", "include"} & named.keys()
