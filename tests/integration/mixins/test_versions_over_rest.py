"""Versions over REST: every door moves them, and a client that has seen another one is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from portico.app import Portico
from portico.db.session import Database
from portico.testing.statements import statements
from tests.integration.mixins.notes import Base, Note


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with one note."""
    await db.create_tables(Base.metadata)
    await Note.create(slug="a")
    api = Portico(db)
    api.expose(Note, policy="public")
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


REQUESTS: list[tuple[str, str, Any]] = [
    ("PATCH", "/notes/1", {"title": "new"}),
    ("PUT", "/notes/1", {"slug": "a", "title": "new"}),
    ("POST", "/notes/1/increment", {"likes": 1}),
    ("PATCH", "/notes/bulk", [{"id": 1, "title": "new"}]),
    ("PATCH", "/notes?slug=a", {"title": "new"}),
    ("POST", "/notes/upsert?on=slug", {"slug": "a", "title": "new"}),
    ("PUT", "/notes/bulk?on=slug", [{"slug": "a", "title": "new"}, {"slug": "b"}]),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
async def test_every_operation_moves_the_version(
    client: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    """Otherwise a tag from before would still match."""
    before = (await client.get("/notes/1")).headers["etag"]
    answer = await client.request(method, path, json=body)
    assert answer.is_success, answer.text
    after = await client.get("/notes/1")
    assert (before, after.headers["etag"], after.json()["version"]) == ('"v1"', '"v2"', 2)


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS[:3])
async def test_a_tag_from_before_is_refused(
    client: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    """412: the client has named the state it means."""
    tag = (await client.get("/notes/1")).headers["etag"]
    await Note.filter(id=1).update(done=True)
    answer = await client.request(method, path, json=body, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition-failed")


async def test_a_version_in_the_body_is_the_one_that_was_read(client: httpx.AsyncClient) -> None:
    """409 when the row has moved since: for clients that send back what they got, without headers."""
    seen = (await client.get("/notes/1")).json()["version"]
    assert (await client.patch("/notes/1", json={"title": "mine", "version": seen})).status_code == 200
    late = await client.patch("/notes/1", json={"title": "yours", "version": seen})
    assert (late.status_code, late.json()["code"]) == (409, "version-conflict")
    alone = await client.patch("/notes/1", json={"version": seen})
    assert alone.status_code == 409
    stored = (await client.get("/notes/1")).json()
    assert (stored["title"], stored["version"]) == ("mine", 2)


async def test_of_many_rows_each_says_its_own_version(client: httpx.AsyncClient) -> None:
    """One that is late refuses them all."""
    await Note.create(slug="b")
    rows = [{"id": key, "title": "new", "version": 1} for key in (1, 2)]
    assert (await client.patch("/notes/bulk", json=rows)).is_success
    rows[0] |= {"version": 2, "title": "newer"}
    late = await client.patch("/notes/bulk", json=rows)
    assert (late.status_code, late.json()["code"]) == (409, "version-conflict")
    assert [one.title for one in await Note.order_by("id")] == ["new", "new"]


async def test_two_clients_of_one_state_do_not_both_win(client: httpx.AsyncClient) -> None:
    """Whatever the order in which they come."""
    tag = (await client.get("/notes/1")).headers["etag"]
    ways: list[tuple[dict[str, str], dict[str, int]]] = [({"If-Match": tag}, {}), ({}, {"version": 1})]
    for headers, said in ways:
        await Note.filter(id=1).delete()
        await Note.bulk_create([{"id": 1, "slug": "a"}], returning=False)
        answers = await asyncio.gather(
            *(client.patch("/notes/1", json={"title": t, **said}, headers=headers) for t in ("x", "y", "z"))
        )
        lost = 412 if headers else 409
        assert sorted(answer.status_code for answer in answers) == [200, lost, lost]


async def test_nobody_chooses_a_version(client: httpx.AsyncClient) -> None:
    """Not of a new row, and not by adding to it."""
    assert (await client.post("/notes", json={"slug": "b", "version": 7})).status_code == 422
    assert (await client.post("/notes/1/increment", json={"version": 1})).status_code == 422
    made = await client.post("/notes", json={"slug": "b"})
    assert made.json()["version"] == 1


async def test_a_version_costs_no_statement(db: Database, client: httpx.AsyncClient) -> None:
    """It moves in the statement that writes."""
    await client.patch("/notes/1", json={"title": "first"})
    async with statements(db) as seen:
        await client.patch("/notes/1", json={"title": "second"})
    assert len(seen) == (1 if db.capabilities.update_returning else 2)
