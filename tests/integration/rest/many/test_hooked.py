"""Where code of the application runs with a write, it runs with every row of a batch."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import pytest
from tests.integration.rest.many.conftest import Stored
from tests.integration.rest.many.parcels import Depot, Parcel

from portico.app import Portico
from portico.db.session import Database
from portico.resources.hooks import Change, Hooks


class ParcelHooks(Hooks[Parcel]):
    """Trims titles, refuses bricks and counts."""

    seen: list[str]

    def __init__(self) -> None:
        self.seen = []

    def validate_title(self, value: str) -> str:
        """No bricks."""
        if value == "brick":
            raise ValueError("No bricks.")
        return value.strip()

    async def before_create(self, change: Change[Parcel]) -> None:
        """Told."""
        self.seen.append(f"create {change.row.slug}")

    async def before_update(self, change: Change[Parcel]) -> None:
        """Told, and written."""
        change.row.shelf = 7
        self.seen.append(f"update {change.row.slug}")

    async def before_delete(self, change: Change[Parcel]) -> None:
        """Told."""
        self.seen.append(f"delete {change.row.slug}")


@pytest.fixture
def hooks() -> ParcelHooks:
    """The hooks of this test."""
    return ParcelHooks()


@pytest.fixture
async def hooked(tables: Database, hooks: ParcelHooks) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of parcels with hooks."""
    api = Portico(tables)
    api.expose(Parcel, policy="public", hooks=hooks)
    api.expose(Depot, policy="public")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api.app()), base_url="http://test"
    ) as made:
        yield made


async def test_hooks_run_with_each_row_of_every_form(hooked: httpx.AsyncClient, hooks: ParcelHooks) -> None:
    """A batch is as many single calls: no form is a way round a hook."""
    made = await hooked.post("/parcels/bulk", json=[{"slug": "a", "title": " x "}, {"slug": "b"}])
    assert made.status_code == 201, made.text
    assert made.json()["items"][0]["title"] == "x"
    ids = [row["id"] for row in made.json()["items"]]
    await hooked.patch("/parcels/bulk", json=[{"id": one, "weight": 2} for one in ids])
    put = await hooked.put("/parcels/bulk?on=slug", json=[{"slug": "a"}, {"slug": "c"}])
    assert [one["status"] for one in put.json()["items"]] == [200, 201]
    assert (await hooked.patch("/parcels?weight=2", json={"weight": 3})).json() == {"affected": 2}
    assert (await hooked.delete("/parcels?slug=c")).json() == {"affected": 1}
    assert (await hooked.delete(f"/parcels/bulk?key={ids[0]}&key={ids[1]}")).status_code == 204
    assert hooks.seen == [
        "create a", "create b",
        "update a", "update b",
        "update a", "create c",
        "update a", "update b",
        "delete c", "delete a", "delete b",
    ]  # fmt: skip


async def test_what_a_hook_refuses_is_named_and_undone(hooked: httpx.AsyncClient, stored: Stored) -> None:
    """An error of a hook is an error of its item."""
    body = [{"slug": "a"}, {"slug": "b", "title": "brick"}]
    refused = await hooked.post("/parcels/bulk", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/1/title"
    assert await stored() == []
    mixed = await hooked.post("/parcels/bulk", json=body, headers={"Prefer": "handling=lenient"})
    assert [one["status"] for one in mixed.json()["items"]] == [201, 422]
    assert (await hooked.patch("/parcels?slug=a", json={"title": "brick"})).status_code == 422
    assert await stored() == ["a 1"]
