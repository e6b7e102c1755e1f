"""Parcels behind their REST door: open to everybody, or each owner's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeAlias

import httpx
import pytest
from fastapi import FastAPI
from tests.integration.rest.many.parcels import Depot, Parcel, ParcelPolicy, Stamp, metadata, own_depots, who

from portico.app import Portico
from portico.db.session import Database
from portico.resources import Limits

Stored: TypeAlias = Callable[[], Awaitable[list[str]]]
SMALL = Limits(bulk=150, max_affected=5)


@pytest.fixture
async def tables(db: Database) -> Database:
    """The database with the tables."""
    await db.create_tables(metadata)
    return db


@pytest.fixture
async def client(tables: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of parcels that are open to everybody."""
    api = Portico(tables, limits=SMALL)
    api.expose(Parcel, policy="public", search=["title"])
    api.expose(Depot, policy="public")
    api.expose(Stamp, policy="public")
    async with _client(api.app()) as made:
        yield made


@pytest.fixture
async def ann(tables: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """Ann, among owners who see and change their own."""
    api = Portico(tables, principal=who)
    api.expose(Parcel, policy=ParcelPolicy, search=["title"])
    api.expose(Depot, policy=own_depots)
    async with _client(api.app(), {"X-User": "ann"}) as made:
        yield made


@pytest.fixture
def stored(tables: Database) -> Stored:
    """The slugs of the parcels that are really there, with what they weigh."""

    async def slugs() -> list[str]:
        rows = await Parcel.filter().using(tables).order_by("slug").values_list("slug", "weight")
        return [f"{slug} {weight}" for slug, weight in rows]

    return slugs


def _client(app: FastAPI, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    transport: Any = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
