"""The generated API works in the schema of the tenant of each request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import Request
from httpx import ASGITransport

from portico import Portico
from portico.cli.examination import examine
from portico.db.mixins import TenantSchemas
from portico.db.session import Database

from .world import OURS, THEIRS, Chair, Colour, Room

TENANTS = {"a": OURS, "r": THEIRS, "n": "nobody"}


async def _tenant(request: Request) -> str | None:
    return TENANTS.get(request.headers.get("x-tenant", ""))


@pytest.fixture(params=[True, False])
async def client(
    db: Database, houses: TenantSchemas, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    """An API by both dispatchers."""
    api = Portico(db, tenant=_tenant, idempotency=False, dispatch=request.param)
    api.expose(Room, name="rooms", policy="public", include=["chairs"])
    api.expose(Chair, name="chairs", policy="public", include=["room", "colours"])
    api.expose(Colour, name="colours", policy="public")
    async with httpx.AsyncClient(transport=ASGITransport(api.app()), base_url="http://test") as client:
        yield client


async def test_each_request_sees_its_own_rows(client: httpx.AsyncClient) -> None:
    """Lists, single rows, includes and filters, at the same time."""
    paths = ["/rooms", "/rooms/1", "/rooms?include=chairs", "/chairs?include=room,colours", "/chairs/1"]

    async def asked(path: str, who: str) -> str:
        answer = await client.get(path, headers={"x-tenant": who})
        assert answer.status_code == 200, answer.text
        return str(answer.json())

    for path in paths:
        for who, found in zip(
            "arar", await asyncio.gather(*(asked(path, who) for who in "arar")), strict=True
        ):
            assert ("acme" in found) is (who == "a")
            assert ("Rival" in found) is (who == "r")


async def test_a_request_writes_its_own_rows(client: httpx.AsyncClient) -> None:
    """The rows of the other tenant have the same keys and stay as they are."""
    ours, theirs = {"x-tenant": "a"}, {"x-tenant": "r"}
    before = (await client.get("/rooms/1", headers=theirs)).json()
    assert (await client.patch("/rooms/1", headers=ours, json={"name": "new"})).json()["name"] == "new"
    assert (await client.post("/rooms", headers=ours, json={"name": "next"})).status_code == 201
    assert (await client.get("/rooms/2", headers=theirs)).status_code == 404
    assert (await client.delete("/rooms/1", headers=ours)).status_code == 204
    assert (await client.get("/rooms/1", headers=theirs)).json() == before


async def test_a_request_without_a_schema_belongs_to_no_tenant(client: httpx.AsyncClient) -> None:
    """Whether it names nobody, or somebody who was never let in."""
    for who in ("", "n"):
        answer = await client.get("/rooms", headers={"x-tenant": who})
        assert (answer.status_code, answer.json()["code"]) == (403, "no-tenant")
    assert (await client.get("/colours")).status_code == 200


async def test_the_doctor_names_the_way(db: Database, houses: TenantSchemas) -> None:
    """It finds no table missing that is not to be there."""
    api = Portico(db, tenant=_tenant, idempotency=False)
    api.expose(Room, policy="public")
    found = [one async for one in examine(api)]
    assert not [one.text for one in found if one.kind == "error" and "missing" in one.text]
    assert any("the general path" in one.text for one in found if one.about == "Resources")
