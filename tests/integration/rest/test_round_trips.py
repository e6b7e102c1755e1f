"""What each request of the REST door costs on the wire, counted between the client and a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.integration.engine.wire import Wire, wiretap
from tests.integration.rest.blog import Post, Tag, User, Vote, metadata

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.session import Database


@pytest.fixture
async def tapped(url: str, db: Database) -> AsyncIterator[tuple[httpx.AsyncClient, Wire]]:
    """The blog behind the wiretap; connections are open and statements prepared."""
    if db.dialect_name == "sqlite":
        pytest.skip("SQLite has no wire")
    await db.create_tables(metadata)
    async with wiretap(url) as wire, Database(wire.url, name="tapped") as database:
        api = Portico(database, principal=lambda: Principal(1))
        api.expose(User, policy="public", hidden=["password"])
        mine = Policy(read=True, create=True, update=lambda who: Post.author_id == who.id, delete=True)
        api.expose(Post, policy=mine, search=["title"])
        api.expose(Vote, policy="public")
        api.expose(Tag, policy="public")
        transport = httpx.ASGITransport(app=api.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await _fill(client)
            yield client, wire


async def _fill(client: httpx.AsyncClient) -> None:
    assert (await client.post("/users", json={"username": "ann"})).status_code == 201
    for number in range(1, 6):
        body = {"title": f"Post {number}", "author_id": 1}
        assert (await client.post("/posts", json=body)).status_code == 201
    for label in "abcde":
        assert (await client.post("/votes", json={"user_id": 1, "label": label})).status_code == 201


async def _cost(
    tapped: tuple[httpx.AsyncClient, Wire], method: str, path: str, json: object = None
) -> list[str]:
    """What a request sends that is not the first of its kind, so that statements are prepared."""
    client, wire = tapped
    for _ in range(2):
        wire.sent.clear()
        response = await client.request(method, path, json=json)
        assert response.status_code < 300, response.text
    return list(wire.sent)


@pytest.mark.parametrize("path", ["/posts", "/posts?sort=-title&title__contains=Post", "/posts?search=post"])
async def test_a_page_is_one_round_trip(tapped: tuple[httpx.AsyncClient, Wire], path: str) -> None:
    """What fits on one page is counted by having been read."""
    sent = await _cost(tapped, "GET", path)
    assert len(sent) == 1, sent


async def test_a_page_with_a_capped_count_is_at_most_two_round_trips(
    tapped: tuple[httpx.AsyncClient, Wire],
) -> None:
    """The number behind the page is a second question, unless the first one asks it along."""
    sent = await _cost(tapped, "GET", "/posts?limit=2")
    assert len(sent) <= 2, sent
    sent = await _cost(tapped, "GET", "/posts?limit=2&count=none")
    assert len(sent) == 1, sent


async def test_one_row_is_one_round_trip(tapped: tuple[httpx.AsyncClient, Wire]) -> None:
    """No transaction around a single SELECT."""
    sent = await _cost(tapped, "GET", "/posts/1")
    assert len(sent) == 1, sent


async def test_a_page_with_one_relation_is_at_most_two_round_trips(
    tapped: tuple[httpx.AsyncClient, Wire],
) -> None:
    """One statement for the rows and one for all their authors."""
    sent = await _cost(tapped, "GET", "/posts?include=author")
    assert len(sent) <= 2, sent


async def test_a_create_is_one_round_trip(tapped: tuple[httpx.AsyncClient, Wire]) -> None:
    """The row comes back with the INSERT."""
    sent = await _cost(tapped, "POST", "/posts", {"title": "New", "author_id": 1})
    assert len(sent) == 1, sent


async def test_a_change_is_one_round_trip(tapped: tuple[httpx.AsyncClient, Wire]) -> None:
    """One statement where the database returns what it wrote; MariaDB is asked for it."""
    sent = await _cost(tapped, "PATCH", "/users/1", {"username": "bea"})
    assert len(sent) == _change(tapped), sent
    sent = await _cost(tapped, "PUT", "/users/1", {"username": "cid"})
    assert len(sent) == _change(tapped), sent
    sent = await _cost(tapped, "POST", "/votes/1,a/increment", {"value": 1})
    assert len(sent) == _change(tapped), sent


def _change(tapped: tuple[httpx.AsyncClient, Wire]) -> int:
    return 2 if tapped[1].url.get_backend_name() == "mysql" else 1


async def test_a_change_under_a_rule_is_as_cheap_when_it_cannot_break_it(
    tapped: tuple[httpx.AsyncClient, Wire],
) -> None:
    """The rule reads the owner, and the owner is not written."""
    sent = await _cost(tapped, "PATCH", "/posts/1", {"title": "New"})
    assert len(sent) == _change(tapped), sent


async def test_a_change_that_could_break_a_rule_takes_a_unit_of_work(
    tapped: tuple[httpx.AsyncClient, Wire],
) -> None:
    """BEGIN, the row, the change, the question whether it is still allowed, COMMIT."""
    sent = await _cost(tapped, "PATCH", "/posts/1", {"author_id": 1})
    assert 3 <= len(sent) <= 5 + (tapped[1].url.get_backend_name() == "mysql"), sent


async def test_a_delete_is_one_round_trip(tapped: tuple[httpx.AsyncClient, Wire]) -> None:
    """The policy stands in the WHERE."""
    client, wire = tapped
    for number in (4, 5):
        wire.sent.clear()
        assert (await client.delete(f"/posts/{number}")).status_code == 204
    assert len(wire.sent) == 1, wire.sent


async def test_a_write_for_one_state_of_a_row_is_one_short_transaction(
    tapped: tuple[httpx.AsyncClient, Wire],
) -> None:
    """BEGIN, the row under a lock, the change, COMMIT; without RETURNING the row is read once more."""
    client, wire = tapped
    for title in ("One", "Two"):
        tag = (await client.get("/posts/1")).headers["etag"]
        wire.sent.clear()
        answer = await client.patch("/posts/1", json={"title": title}, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text
    assert len(wire.sent) == 4, wire.sent
