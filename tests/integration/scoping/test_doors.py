"""Resources over HTTP: lists, single rows, counts and nested documents of one house, all on the lane."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from portico.access import Policy
from portico.app import Portico
from portico.db.session import Database
from portico.testing.statements import statements

from .library import Shelf, Volume, everything, filled, inside, kept

OPEN = Policy(read=True, create=True, update=True, delete=True)


class Houses:
    """Puts every request into the house that its header names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        headers = dict(scope.get("headers", ()))
        house = headers.get(b"x-house", b"").decode()
        if house == "all":
            with everything():
                await self._app(scope, receive, send)
        elif house:
            with inside(house):
                await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, send)


@pytest.fixture
async def library(url: str) -> AsyncIterator[Database]:
    """A database with compiled statements."""
    async with filled(url, name="library", compiled="private") as database:
        yield database


@pytest.fixture
async def client(library: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that knows houses."""
    api = Portico(library)
    api.expose(Shelf, policy=OPEN)
    api.expose(Volume, policy=OPEN)
    transport = httpx.ASGITransport(app=Houses(api.app()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def ids(client: httpx.AsyncClient, house: str, path: str) -> list[int]:
    """The keys of a list."""
    reply = await client.get(path, headers={"x-house": house})
    assert reply.status_code == 200, reply.text
    return sorted(item["id"] for item in reply.json()["items"])


async def test_lists_and_counts_are_those_of_the_house(client: httpx.AsyncClient) -> None:
    """The same path again and again, by different people."""
    for _ in range(2):
        assert await ids(client, "north", "/scoped_volumes") == [1, 2, 6]
        assert await ids(client, "south", "/scoped_volumes") == [4, 5]
        assert await ids(client, "all", "/scoped_volumes") == [1, 2, 3, 4, 5, 6]
        assert await ids(client, "north", "/scoped_volumes?title=Emma") == [1]


async def test_nested_documents_hold_no_hidden_rows(client: httpx.AsyncClient) -> None:
    """Neither in lists below a row nor in the row above it."""
    headers = {"x-house": "north"}
    shelves = (await client.get("/scoped_shelves?include=volumes&sort=id", headers=headers)).json()["items"]
    assert [[one["id"] for one in shelf["volumes"]] for shelf in shelves] == [[1, 2], []]
    everybody = (
        await client.get("/scoped_shelves?include=volumes&sort=id", headers={"x-house": "all"})
    ).json()
    assert [[one["id"] for one in shelf["volumes"]] for shelf in everybody["items"]] == [
        [1, 2, 5],
        [3],
        [4, 6],
    ]


async def test_gathered_rows_are_each_for_their_own_house(client: httpx.AsyncClient) -> None:
    """Gets that come together are answered together, but never with those of others."""
    owners = {1: "north", 2: "north", 4: "south", 5: "south", 6: "north"}
    asked = [
        (house, key) for _ in range(20) for key in (1, 2, 3, 4, 5, 6) for house in ("north", "south", "all")
    ]

    async def get(house: str, key: int) -> int:
        return (await client.get(f"/scoped_volumes/{key}", headers={"x-house": house})).status_code

    found = await asyncio.gather(*(get(house, key) for house, key in asked))
    expected = [200 if house == "all" or owners.get(key) == house else 404 for house, key in asked]
    assert found == expected


async def test_each_request_is_one_statement(client: httpx.AsyncClient, library: Database) -> None:
    """As without criteria."""
    headers = {"x-house": "north"}
    paths = ["/scoped_volumes", "/scoped_volumes/1", "/scoped_volumes?title=Emma"]
    for path in paths:
        await client.get(path, headers=headers)
    async with statements(library) as seen:
        for path in paths:
            await client.get(path, headers=headers)
    assert seen.round_trips == len(paths)


async def test_writes_reach_no_hidden_row(client: httpx.AsyncClient, library: Database) -> None:
    """They are not found, and stay as they are."""
    before = await kept(library)
    headers: dict[str, str] = {"x-house": "north", "if-match": "*"}
    for key in (3, 4, 5):
        replies: list[Any] = [
            await client.patch(f"/scoped_volumes/{key}", json={"title": "Taken"}, headers=headers),
            await client.delete(f"/scoped_volumes/{key}", headers=headers),
        ]
        assert [reply.status_code for reply in replies] == [404, 404]
    assert await kept(library) == before
    assert (await client.patch("/scoped_volumes/1", json={"copies": 9}, headers=headers)).status_code == 200


async def test_without_a_house_a_request_is_refused_and_nothing_is_shown(client: httpx.AsyncClient) -> None:
    """What the parameter's function raises is what is heard."""
    for path in ("/scoped_volumes", "/scoped_volumes/1", "/scoped_shelves?include=volumes"):
        with pytest.raises(Exception, match="No house is meant here"):
            await client.get(path)
