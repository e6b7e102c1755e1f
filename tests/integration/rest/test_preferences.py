"""What a client would rather have: short answers, and to know what would happen."""

from __future__ import annotations

import httpx
import pytest
from tests.integration.rest.blog import Post, Tag, User

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.session import Database


async def test_a_short_answer_has_no_body(client: httpx.AsyncClient, ann: int) -> None:
    """201 keeps its Location; others are 204."""
    minimal = {"Prefer": "return=minimal"}
    made = await client.post("/posts", json={"title": "A", "author_id": ann}, headers=minimal)
    assert (made.status_code, made.content) == (201, b"")
    assert (made.headers["location"], made.headers["preference-applied"]) == ("/posts/1", "return=minimal")
    for method, path, body in (
        ("PATCH", "/posts/1", {"title": "B"}),
        ("PUT", "/posts/1", {"title": "C", "author_id": ann}),
        ("POST", "/posts/1/increment", {"likes": 1}),
    ):
        answer = await client.request(method, path, json=body, headers=minimal)
        assert (answer.status_code, answer.content) == (204, b""), answer.text
        assert answer.headers["etag"] == (await client.get("/posts/1")).headers["etag"]


@pytest.mark.parametrize(
    "sent",
    ["", "x", "return=huge", "tx=commit; a=b", ",,,", '"', "return", "=", "return=", "é", '"return=minimal"'],
)
async def test_unknown_preferences_are_passed_over(client: httpx.AsyncClient, ann: int, sent: str) -> None:
    """That is what a preference is."""
    headers = {"Prefer": sent.encode("latin-1").decode("latin-1")} if sent.isascii() else {}
    answer = await client.post("/posts", json={"title": "A", "author_id": ann}, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["title"] == "A"
    assert "preference-applied" not in answer.headers


async def test_a_rehearsal_answers_as_the_real_thing_and_leaves_nothing(
    client: httpx.AsyncClient, ann: int
) -> None:
    """Creates, changes, deletes and additions are undone; the answer is what would have been."""
    rehearse = {"Prefer": "tx=rollback"}
    made = await client.post("/posts", json={"title": "A", "author_id": ann}, headers=rehearse)
    assert (made.status_code, made.json()["title"]) == (201, "A")
    assert made.headers["preference-applied"] == "tx=rollback"
    assert (await client.get("/posts")).json()["items"] == []
    real = await client.post("/posts", json={"title": "A", "author_id": ann})
    path = real.headers["location"]
    assert (await client.patch(path, json={"title": "B"}, headers=rehearse)).json()["title"] == "B"
    added = await client.post(f"{path}/increment", json={"likes": 3}, headers=rehearse)
    assert added.json()["likes"] == 3
    assert (await client.delete(path, headers=rehearse)).status_code == 204
    assert (await client.get(path)).json() == real.json()
    both = {"Prefer": "tx=rollback, return=minimal"}
    short = await client.patch(path, json={"title": "B"}, headers=both)
    assert (short.status_code, short.headers["preference-applied"]) == (204, "return=minimal, tx=rollback")


async def test_a_rehearsal_meets_the_same_refusals(client: httpx.AsyncClient, ann: int) -> None:
    """Constraints, values and missing rows; that is what one rehearses for."""
    rehearse = {"Prefer": "tx=rollback"}
    assert (await client.post("/users", json={"username": "ann"}, headers=rehearse)).status_code == 409
    body = {"title": "A", "author_id": 99}
    assert (await client.post("/posts", json=body, headers=rehearse)).status_code == 409
    body = {"title": "A", "author_id": ann, "likes": -1}
    assert (await client.post("/posts", json=body, headers=rehearse)).status_code == 422
    assert (await client.delete("/posts/7", headers=rehearse)).status_code == 404
    await client.post("/posts", json={"title": "A", "author_id": ann})
    assert (await client.delete(f"/users/{ann}", headers=rehearse)).status_code == 409


async def test_rules_hold_in_a_rehearsal(tables: Database) -> None:
    """It must not tell more than the real thing."""
    api = Portico(tables, principal=lambda: Principal(1))
    api.expose(User, policy="public")
    api.expose(Post, policy=Policy(read=True, create=lambda who: Post.author_id == who.id))
    api.expose(Tag, policy="public")
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for name in ("ann", "ben"):
            await client.post("/users", json={"username": name})
        body = {"title": "A", "author_id": 2}
        answer = await client.post("/posts", json=body, headers={"Prefer": "tx=rollback"})
        assert answer.status_code == 403
