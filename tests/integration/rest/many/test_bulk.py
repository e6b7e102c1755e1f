"""Many rows in one request: all of them or none, or each for itself and truly reported."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.integration.rest.many.conftest import Stored
from tests.integration.rest.many.parcels import Depot, Parcel, Stamp

from portico.db.session import Database
from portico.testing.statements import statements

LENIENT = {"Prefer": "handling=lenient"}
WRONG: dict[str, tuple[dict[str, Any], int, str]] = {
    "unique": ({"slug": "taken"}, 409, "/slug"),
    "two uniques": ({"slug": "x", "shelf": 1, "slot": 1}, 409, ""),
    "foreign key": ({"slug": "x", "depot_id": 99}, 409, ""),
    "check": ({"slug": "x", "weight": 1000}, 422, ""),
    "null": ({"slug": None}, 422, "/slug"),
    "absent": ({"title": "x"}, 422, "/slug"),
    "validation": ({"slug": "x", "weight": -1}, 422, "/weight"),
    "type": ({"slug": 5}, 422, "/slug"),
    "unknown name": ({"slug": "x", "wight": 5}, 422, "/wight"),
    "no object": (["x"], 422, ""),  # type: ignore[dict-item] # what clients send
}


@pytest.fixture
async def taken(tables: Database) -> None:
    """A row that others collide with."""
    await Parcel.create(slug="taken", shelf=1, slot=1)


async def test_rows_are_created_in_their_order(client: httpx.AsyncClient) -> None:
    """Clients match what comes back to what they sent by its place."""
    made = await client.post("/parcels/bulk", json=[{"slug": "b"}, {"slug": "a", "weight": 7}, {"slug": "c"}])
    assert made.status_code == 201
    assert [(row["slug"], row["weight"]) for row in made.json()["items"]] == [("b", 1), ("a", 7), ("c", 1)]
    listed = (await client.get("/parcels?sort=id")).json()["items"]
    assert sorted(listed, key=lambda row: row["id"]) == sorted(
        made.json()["items"], key=lambda row: row["id"]
    )


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize("kind", WRONG)
async def test_one_wrong_item_undoes_the_batch_and_is_named(
    client: httpx.AsyncClient, stored: Stored, kind: str
) -> None:
    """All or nothing, and the error says which item it was."""
    body, status, pointer = WRONG[kind]
    refused = await client.post("/parcels/bulk", json=[{"slug": "first"}, body, {"slug": "last"}])
    assert refused.status_code == status, refused.text
    pointers = [one["pointer"] for one in refused.json()["errors"]]
    assert pointers
    assert all(one.startswith(f"/1{pointer}") for one in pointers), pointers
    assert await stored() == ["taken 1"]


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize("kind", WRONG)
async def test_a_lenient_batch_stores_what_it_reports(
    client: httpx.AsyncClient, stored: Stored, kind: str
) -> None:
    """Every item has a savepoint of its own, whatever refuses it."""
    body, status, pointer = WRONG[kind]
    mixed = await client.post(
        "/parcels/bulk", json=[{"slug": "first"}, body, {"slug": "last"}], headers=LENIENT
    )
    assert mixed.status_code == 207
    assert mixed.headers["preference-applied"] == "handling=lenient"
    items = mixed.json()["items"]
    assert [one["status"] for one in items] == [201, status, 201]
    assert [items[0]["item"]["slug"], items[2]["item"]["slug"]] == ["first", "last"]
    assert all(one["pointer"].startswith(pointer) for one in items[1]["problem"]["errors"])
    assert await stored() == ["first 1", "last 1", "taken 1"]


async def test_a_key_twice_in_one_batch_is_a_conflict_of_the_later(
    client: httpx.AsyncClient, stored: Stored
) -> None:
    """The rows of a batch collide with each other as they do with others."""
    refused = await client.post("/parcels/bulk", json=[{"slug": "a"}, {"slug": "b"}, {"slug": "a"}])
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["pointer"] == "/2/slug"
    assert await stored() == []


@pytest.mark.parametrize("body", [{"slug": "a"}, [], "x", 5, [{"slug": f"s{n}"} for n in range(151)]])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
async def test_what_is_no_list_or_too_long_is_refused(
    client: httpx.AsyncClient, stored: Stored, method: str, body: Any
) -> None:
    """Limits hold before anything is asked of the database."""
    query = "?on=slug" if method == "PUT" else ""
    refused = await client.request(method, f"/parcels/bulk{query}", json=body)
    assert refused.status_code == 422
    assert await stored() == []


async def test_a_hundred_rows_are_created_by_few_statements(
    client: httpx.AsyncClient, tables: Database
) -> None:
    """Cost is a test: it must not grow with the number of rows."""
    async with statements(tables) as seen:
        made = await client.post("/parcels/bulk", json=[{"slug": f"s{n}"} for n in range(100)])
    assert made.status_code == 201
    assert len(seen) <= 2, str(seen)


async def test_a_hundred_rows_are_changed_by_few_statements(
    client: httpx.AsyncClient, tables: Database, stored: Stored
) -> None:
    """One question for all rows, one statement for each set of fields, one look at what is stored."""
    made = (await client.post("/parcels/bulk", json=[{"slug": f"s{n:03}"} for n in range(100)])).json()
    changes = [{"id": row["id"], "weight": place} for place, row in enumerate(made["items"])]
    async with statements(tables) as seen:
        changed = await client.patch("/parcels/bulk", json=changes)
    assert [row["weight"] for row in changed.json()["items"]] == list(range(100))
    assert len(seen) <= 3, str(seen)
    assert await stored() == [f"s{n:03} {n}" for n in range(100)]


async def test_items_may_change_different_fields(client: httpx.AsyncClient) -> None:
    """What an item does not say stays as it is."""
    await client.post("/parcels/bulk", json=[{"slug": "a", "weight": 5}, {"slug": "b", "weight": 6}])
    ids = [row["id"] for row in (await client.get("/parcels?sort=slug")).json()["items"]]
    changed = await client.patch(
        "/parcels/bulk", json=[{"id": ids[1], "title": "new"}, {"id": ids[0], "slug": "c", "weight": 9}]
    )
    assert changed.status_code == 200
    told = [(row["slug"], row["title"], row["weight"]) for row in changed.json()["items"]]
    assert told == [("b", "new", 6), ("c", "untitled", 9)]
    listed = (await client.get("/parcels?sort=slug")).json()["items"]
    assert listed == changed.json()["items"]


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"slug": "taken"}, 409, "/1/slug"),
        ({"weight": 1000}, 422, "/1"),
        ({"weight": -1}, 422, "/1/weight"),
        ({"depot_id": 99}, 409, "/1"),
        ({"id": 4711}, 404, "/1"),
        ({"id": 10**30}, 422, "/1/id"),
        ({"id": "x"}, 422, "/1/id"),
        ({"id": None}, 422, "/1/id"),
        ({"wight": 1}, 422, "/1/wight"),
    ],
)
async def test_changes_are_all_or_nothing(
    client: httpx.AsyncClient, stored: Stored, change: dict[str, Any], status: int, pointer: str
) -> None:
    """The first item was fine, and is undone with the second; alone it would have been kept."""
    made = (await client.post("/parcels/bulk", json=[{"slug": "a"}, {"slug": "b"}])).json()["items"]
    body = [{"id": made[0]["id"], "weight": 5}, {"id": made[1]["id"], **change}]
    refused = await client.patch("/parcels/bulk", json=body)
    assert refused.status_code == status, refused.text
    assert all(one["pointer"].startswith(pointer) for one in refused.json()["errors"])
    assert await stored() == ["a 1", "b 1", "taken 1"]
    mixed = await client.patch("/parcels/bulk", json=body, headers=LENIENT)
    assert [one["status"] for one in mixed.json()["items"]] == [200, status]
    assert await stored() == ["a 5", "b 1", "taken 1"]


async def test_nothing_of_a_refused_item_is_left_for_the_next_one(
    client: httpx.AsyncClient, stored: Stored
) -> None:
    """A row was changed in memory before the database refused it; the next savepoint must not write it."""
    made = (await client.post("/parcels/bulk", json=[{"slug": "a"}, {"slug": "b"}, {"slug": "c"}])).json()
    first, second, third = (row["id"] for row in made["items"])
    mixed = await client.patch(
        "/parcels/bulk",
        json=[
            {"id": first, "weight": 2, "depot_id": 99},
            {"id": second, "weight": 3, "slug": "a"},
            {"id": third, "weight": 4},
        ],
        headers=LENIENT,
    )
    assert [one["status"] for one in mixed.json()["items"]] == [409, 409, 200]
    assert await stored() == ["a 1", "b 1", "c 4"]


async def test_one_row_is_changed_once_in_a_batch(client: httpx.AsyncClient, stored: Stored) -> None:
    """Two changes of one row have no order that a client could rely on."""
    made = (await client.post("/parcels", json={"slug": "a"})).json()
    body = [{"id": made["id"], "weight": 2}, {"id": made["id"], "weight": 3}]
    assert (await client.patch("/parcels/bulk", json=body)).status_code == 422
    mixed = await client.patch("/parcels/bulk", json=body, headers=LENIENT)
    assert [one["status"] for one in mixed.json()["items"]] == [200, 422]
    assert await stored() == ["a 2"]


async def test_rows_are_deleted_by_their_keys(client: httpx.AsyncClient, stored: Stored) -> None:
    """All or nothing here as well."""
    made = (await client.post("/parcels/bulk", json=[{"slug": "a"}, {"slug": "b"}, {"slug": "c"}])).json()
    first, second, third = (row["id"] for row in made["items"])
    missing = await client.delete(f"/parcels/bulk?key={first}&key=4711")
    assert missing.status_code == 404
    assert "4711" in missing.json()["detail"]
    assert (await client.delete(f"/parcels/bulk?key={first}&key={first}")).status_code == 422
    assert await stored() == ["a 1", "b 1", "c 1"]
    assert (await client.delete(f"/parcels/bulk?key={first}&key={third}")).status_code == 204
    mixed = await client.delete(f"/parcels/bulk?key=nonsense&key={second}&key=4711", headers=LENIENT)
    assert [one["status"] for one in mixed.json()["items"]] == [404, 204, 404]
    assert (await client.delete(f"/parcels/bulk?key={10**30}")).status_code == 404
    assert await stored() == []


@pytest.mark.parametrize(
    "query", ["", "?key=1&limit=5", "?keys=1", "?" + "&".join("key=1" for _ in range(151))]
)
async def test_deleting_takes_keys_and_nothing_else(client: httpx.AsyncClient, query: str) -> None:
    """A misspelt parameter must not delete what was not meant."""
    assert (await client.delete(f"/parcels/bulk{query}")).status_code == 422


async def test_a_row_that_is_referred_to_stays_and_its_key_is_said(client: httpx.AsyncClient) -> None:
    """There is no body to point into, so the detail names the key."""
    depots = (
        await client.post("/depots/bulk", json=[{"name": "x", "owner": "a"}, {"name": "y", "owner": "a"}])
    ).json()["items"]
    await client.post("/parcels", json={"slug": "a", "depot_id": depots[1]["id"]})
    keys = "&".join(f"key={row['id']}" for row in depots)
    refused = await client.delete(f"/depots/bulk?{keys}")
    assert refused.status_code == 409
    assert f"'{depots[1]['id']}'" in refused.json()["detail"]
    mixed = await client.delete(f"/depots/bulk?{keys}", headers=LENIENT)
    assert [one["status"] for one in mixed.json()["items"]] == [204, 409]
    assert await Depot.filter().count() == 1


async def test_composite_keys_are_changed_and_deleted(client: httpx.AsyncClient) -> None:
    """A key of two parts is two fields in a body and one text in a parameter."""
    stamps = [{"country": "de,at", "year": 1900}, {"country": "fr", "year": 1901}]
    assert (await client.post("/stamps/bulk", json=stamps)).status_code == 201
    changed = await client.patch("/stamps/bulk", json=[{**one, "price": 9} for one in stamps])
    assert [row["price"] for row in changed.json()["items"]] == [9, 9]
    assert (await client.delete("/stamps/bulk?key=de~2at,1900&key=fr,1901")).status_code == 204
    assert await Stamp.filter().count() == 0


@pytest.mark.parametrize("prefer", ["tx=rollback", "tx=rollback, handling=lenient"])
async def test_a_dry_run_answers_and_writes_nothing(
    client: httpx.AsyncClient, stored: Stored, prefer: str
) -> None:
    """The answer is that of the real thing."""
    headers = {"Prefer": prefer}
    made = await client.post("/parcels/bulk", json=[{"slug": "a"}, {"slug": "b"}], headers=headers)
    assert made.status_code in (201, 207)
    assert len(made.json()["items"]) == 2
    assert "tx=rollback" in made.headers["preference-applied"]
    assert await stored() == []


async def test_openapi_tells_of_limits_and_reports(client: httpx.AsyncClient) -> None:
    """Generated clients know how much they may send and what they get."""
    document = (await client.get("/openapi.json")).json()
    path = document["paths"]["/parcels/bulk"]
    assert [path[m]["operationId"] for m in ("post", "patch", "delete", "put")] == [
        "bulkCreateParcels",
        "bulkUpdateParcels",
        "bulkDeleteParcels",
        "bulkUpsertParcels",
    ]
    assert path["post"]["requestBody"]["content"]["application/json"]["schema"]["maxItems"] == 150
    update = document["components"]["schemas"]["ParcelBulkUpdate"]
    assert update["required"] == ["id"]
    assert (
        "ParcelBulkReport"
        in path["delete"]["responses"]["207"]["content"]["application/json"]["schema"]["$ref"]
    )
    key = next(one for one in path["delete"]["parameters"] if one["name"] == "key")
    assert key["schema"]["maxItems"] == 150
