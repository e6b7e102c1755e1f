"""Routes of the application with `Depends(api.tenant)`: what they write is somebody's work, for a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Request, WebSocket
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection

from portico.app import Portico
from portico.db.changes import ChangeFeed, RowChange
from portico.db.scoping import acting, current_actor, current_request_id, get_current_tenant, unscoped

from .world import OURS, Person, World

HEADERS = {"x-tenant": OURS, "x-user": "ann", "x-request-id": "r-1"}


async def get_tenant(request: HTTPConnection) -> str | None:
    """The firm that asks."""
    return request.headers.get("x-tenant")


def get_user(request: HTTPConnection) -> Any:
    """Who asks, as an application would keep it."""
    return {"id": request.headers["x-user"]} if "x-user" in request.headers else None


@pytest.fixture
async def app(world: World) -> FastAPI:
    """One route that writes, one in a thread, and one of a WebSocket."""
    app = FastAPI()
    api = Portico(world.db, principal=get_user, tenant=get_tenant)

    @app.post("/people/{name}", dependencies=[Depends(api.tenant)])
    async def hire(name: str) -> int:
        return (await Person.create(name=name)).id

    @app.post("/on-behalf/{name}", dependencies=[Depends(api.tenant)])
    async def hire_for_another(name: str) -> int:
        with acting("robot"):
            return (await Person.create(name=name)).id

    @app.get("/thread")
    def in_a_thread(request: Request, tenant: str = Depends(api.tenant)) -> list[Any]:
        return [tenant, current_actor(), current_request_id()]

    @app.websocket("/socket")
    async def talk(socket: WebSocket, tenant: str = Depends(api.tenant)) -> None:
        await socket.accept()
        await socket.send_json([tenant, current_actor(), current_request_id()])
        await socket.close()

    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """Requests without a server."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_what_a_route_writes_is_the_work_of_the_principal(client: httpx.AsyncClient) -> None:
    """As at generated endpoints, with the id of the request."""
    with unscoped():
        async with ChangeFeed(Person) as feed:
            assert (await client.post("/people/cid", headers=HEADERS)).status_code == 200
    change = await anext(feed)
    assert isinstance(change, RowChange)
    assert (change.tenant, change.actor, change.request_id) == (OURS, "ann", "r-1")
    assert (get_current_tenant(), current_actor(), current_request_id()) == (None, None, None)


async def test_a_block_of_the_routes_own_wins(client: httpx.AsyncClient) -> None:
    """The request stays the same."""
    with unscoped():
        async with ChangeFeed(Person) as feed:
            await client.post("/on-behalf/cid", headers=HEADERS)
    change = await anext(feed)
    assert isinstance(change, RowChange)
    assert (change.actor, change.request_id) == ("robot", "r-1")


async def test_a_route_in_a_thread_knows_who_acts(client: httpx.AsyncClient) -> None:
    """Its context is a copy of the request's; nobody is nobody."""
    assert (await client.get("/thread", headers=HEADERS)).json() == [OURS, "ann", "r-1"]
    tenant, actor, request_id = (await client.get("/thread", headers={"x-tenant": OURS})).json()
    assert (tenant, actor) == (OURS, None)
    assert len(request_id) == 32


def test_a_websocket_knows_who_acts(app: FastAPI) -> None:
    """It is no request, and has the same headers."""
    with TestClient(app) as client, client.websocket_connect("/socket", headers=HEADERS) as socket:
        assert socket.receive_json() == [OURS, "ann", "r-1"]
