"""Create or change by a unique key: what is told is true, and a row out of reach is never overwritten."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from tests.integration.rest.many.conftest import Stored
from tests.integration.rest.many.parcels import Parcel

from portico.db.session import Database
from portico.testing.statements import statements

LENIENT = {"Prefer": "handling=lenient"}


async def test_the_first_creates_and_the_second_changes(client: httpx.AsyncClient) -> None:
    """201 with the place of the row, then 200; what is not sent stays as it is."""
    made = await client.post("/parcels/upsert?on=slug", json={"slug": "a", "weight": 5, "title": "one"})
    assert made.status_code == 201
    assert made.headers["location"] == f"/parcels/{made.json()['id']}"
    assert made.headers["etag"]
    changed = await client.post("/parcels/upsert?on=slug", json={"slug": "a", "title": "two"})
    assert changed.status_code == 200
    assert "location" not in changed.headers
    told = changed.json()
    assert (told["id"], told["title"], told["weight"]) == (made.json()["id"], "two", 5)
    assert (await client.get(made.headers["location"])).json() == told


async def test_a_composite_unique_and_a_composite_key_may_be_named(client: httpx.AsyncClient) -> None:
    """Any unique key will do, in any order of its parts; the primary key is the default where it is sent."""
    first = await client.post("/parcels/upsert?on=shelf,slot", json={"slug": "a", "shelf": 1, "slot": 2})
    second = await client.post("/parcels/upsert?on=slot,shelf", json={"slug": "b", "shelf": 1, "slot": 2})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert second.json()["slug"] == "b"
    stamps = [
        await client.post("/stamps/upsert", json={"country": "de", "year": 1900, "price": n}) for n in (1, 2)
    ]
    assert [one.status_code for one in stamps] == [201, 200]
    assert stamps[1].json()["price"] == 2


@pytest.mark.parametrize(
    "query", ["", "?on=", "?on=title", "?on=id", "?on=shelf", "?on=slug&on=code", "?off=slug"]
)
async def test_another_key_is_refused_with_the_choices(client: httpx.AsyncClient, query: str) -> None:
    """The key is never guessed; the number of a parcel is made by the database, so nobody can send it."""
    refused = await client.post(f"/parcels/upsert{query}", json={"slug": "a"})
    assert refused.status_code == 422
    if query not in ("?on=slug&on=code", "?off=slug"):
        assert "shelf,slot" in refused.json()["detail"]


@pytest.mark.parametrize("body", [{"slug": "a"}, {"slug": "a", "code": None}])
async def test_the_key_has_to_be_sent(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """NULL is equal to nothing, so no row could be found by it."""
    refused = await client.post("/parcels/upsert?on=code", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/code"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"slug": "b"}, 409),
        ({"weight": 1000}, 422),
        ({"weight": -1}, 422),
        ({"depot_id": 99}, 409),
        ({"wight": 1}, 422),
    ],
)
async def test_what_cannot_be_stored_is_refused_both_ways(
    client: httpx.AsyncClient, stored: Stored, body: dict[str, Any], status: int
) -> None:
    """A conflict on another unique key is a conflict, and names no place in a batch."""
    await client.post("/parcels/bulk", json=[{"slug": "a", "code": "x"}, {"slug": "b", "code": "y"}])
    for code in ("x", "new"):
        refused = await client.post("/parcels/upsert?on=code", json={"slug": "c", "code": code, **body})
        assert refused.status_code == status, refused.text
        assert not any((one.get("pointer") or "").startswith("/0") for one in refused.json()["errors"])
    assert await stored() == ["a 1", "b 1"]


async def test_many_are_upserted_and_each_says_what_it_was(
    client: httpx.AsyncClient, tables: Database, stored: Stored
) -> None:
    """The flags stand in the order of the items; few statements for all."""
    await client.post("/parcels/bulk", json=[{"slug": f"s{n:03}"} for n in range(0, 100, 2)])
    body = [{"slug": f"s{n:03}", "weight": n} for n in range(100)]
    async with statements(tables) as seen:
        done = await client.put("/parcels/bulk?on=slug", json=body)
    items = done.json()["items"]
    assert done.status_code == 200
    assert [one["status"] for one in items] == [200, 201] * 50
    assert [one["item"]["weight"] for one in items] == list(range(100))
    assert len(seen) <= 5, str(seen)
    assert await stored() == [f"s{n:03} {n}" for n in range(100)]


async def test_a_batch_is_all_or_nothing_or_each_for_itself(
    client: httpx.AsyncClient, stored: Stored
) -> None:
    """A key that comes twice is refused, as is what the database refuses."""
    await client.post("/parcels/bulk", json=[{"slug": "a", "code": "x"}, {"slug": "b", "code": "y"}])
    body = [
        {"slug": "a", "weight": 2},
        {"slug": "new", "weight": 3},
        {"slug": "b", "code": "x"},
        {"slug": "a", "weight": 4},
        {"slug": "newer", "weight": 1000},
    ]
    refused = await client.put("/parcels/bulk?on=slug", json=body[:3])
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["pointer"].startswith("/2")
    assert (await client.put("/parcels/bulk?on=slug", json=[body[0], body[3]])).status_code == 422
    assert await stored() == ["a 1", "b 1"]
    mixed = await client.put("/parcels/bulk?on=slug", json=body, headers=LENIENT)
    assert [one["status"] for one in mixed.json()["items"]] == [200, 201, 409, 422, 422]
    assert await stored() == ["a 2", "b 1", "new 3"]


async def test_fifty_at_once_make_one_row_and_one_is_told_so(
    client: httpx.AsyncClient, stored: Stored
) -> None:
    """The flag is the truth, and nobody is turned away for having lost the race."""

    async def send(weight: int) -> httpx.Response:
        answer = await client.post("/parcels/upsert?on=slug", json={"slug": "a", "weight": weight})
        # A machine under load runs out of time for the one lock of SQLite; nothing was written then.
        return await send(weight) if answer.status_code == 503 else answer

    answers = await asyncio.gather(*(send(n) for n in range(50)))
    assert Counter(one.status_code for one in answers) == {201: 1, 200: 49}
    assert len({one.json()["id"] for one in answers}) == 1
    assert len(await stored()) == 1


async def test_batches_at_once_make_each_row_once(client: httpx.AsyncClient, stored: Stored) -> None:
    """Batches that overlap in another order lose to each other, and begin again."""
    orders = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 0, 3, 1]] * 2

    async def put(order: list[int], headers: dict[str, str]) -> httpx.Response:
        return await client.put(
            "/parcels/bulk?on=slug", json=[{"slug": f"s{n}"} for n in order], headers=headers
        )

    answers = await asyncio.gather(*(put(order, LENIENT if n % 2 else {}) for n, order in enumerate(orders)))
    told = [one for answer in answers if answer.status_code in (200, 207) for one in answer.json()["items"]]
    assert [answer.status_code for answer in answers if answer.status_code not in (200, 207, 503)] == []
    assert sum(one["status"] == 201 for one in told) == 5
    assert await stored() == [f"s{n} 1" for n in range(5)]


async def test_a_row_out_of_reach_is_a_conflict_and_stays(ann: httpx.AsyncClient, stored: Stored) -> None:
    """Neither a hidden row nor one that is only read may be overwritten by its key."""
    await Parcel.create(slug="hidden", code="h", owner="ben", weight=7)
    await Parcel.create(slug="shared", code="s", owner="ben", weight=8, shared=True)
    for slug in ("hidden", "shared"):
        refused = await ann.post("/parcels/upsert?on=slug", json={"slug": slug, "weight": 1, "owner": "ann"})
        plain = await ann.post("/parcels", json={"slug": slug, "weight": 1, "owner": "ann"})
        assert refused.status_code == plain.status_code == 409
        assert refused.json()["detail"] == plain.json()["detail"]
    both = [{"slug": "mine", "owner": "ann"}, {"slug": "hidden", "owner": "ann"}]
    refused = await ann.put("/parcels/bulk?on=slug", json=both)
    assert refused.status_code == 409
    mixed = await ann.put("/parcels/bulk?on=slug", json=both, headers=LENIENT)
    assert [one["status"] for one in mixed.json()["items"]] == [201, 409]
    assert await stored() == ["hidden 7", "mine 1", "shared 8"]


async def test_rules_for_new_and_for_changed_rows_hold(ann: httpx.AsyncClient, stored: Stored) -> None:
    """The create rule is asked of what is new, the update rule of what was there, before and after."""
    for weight, status in ((501, 403), (5, 201), (502, 403), (6, 200)):
        body = {"slug": "a", "weight": weight, "owner": "ann"}
        assert (await ann.post("/parcels/upsert?on=slug", json=body)).status_code == status
    given_away = await ann.post("/parcels/upsert?on=slug", json={"slug": "a", "owner": "ben"})
    assert given_away.status_code == 403
    assert await stored() == ["a 6"]
    nobody = await ann.post("/parcels/upsert?on=slug", json={"slug": "a"}, headers={"X-User": ""})
    assert nobody.status_code == 401


async def test_a_dry_run_tells_what_would_be(client: httpx.AsyncClient, stored: Stored) -> None:
    """The flag and the row are those of the real thing; nothing is kept."""
    dry = {"Prefer": "tx=rollback"}
    made = await client.post("/parcels/upsert?on=slug", json={"slug": "a"}, headers=dry)
    assert made.status_code == 201
    assert made.headers["preference-applied"] == "tx=rollback"
    assert await stored() == []


async def test_openapi_lists_the_keys(client: httpx.AsyncClient) -> None:
    """The choices of `on` are an enumeration; a resource without such a key has no upsert."""
    paths = (await client.get("/openapi.json")).json()["paths"]
    on = next(one for one in paths["/parcels/upsert"]["post"]["parameters"] if one["name"] == "on")
    assert on["schema"]["enum"] == ["slug", "code", "shelf,slot"]
    assert on["required"]
    on = next(one for one in paths["/stamps/upsert"]["post"]["parameters"] if one["name"] == "on")
    assert on["schema"] == {"type": "string", "enum": ["country,year"], "default": "country,year"}
    assert {"200", "201"} <= paths["/parcels/upsert"]["post"]["responses"].keys()
