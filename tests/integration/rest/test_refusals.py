"""What is refused over HTTP: the same status, code and field on each database, and nothing stored."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def faults(reply: httpx.Response) -> list[str]:
    """The fields at fault."""
    return [error.get("pointer", error.get("parameter")) for error in reply.json()["errors"]]


async def test_a_duplicate_is_409_with_its_field(client: httpx.AsyncClient, ann: int) -> None:
    """A form marks the field; a program reads the code."""
    reply = await client.post("/users", json={"username": "ann"})
    assert (reply.status_code, reply.json()["code"], faults(reply)) == (409, "duplicate", ["/username"])
    assert reply.headers["content-type"] == "application/problem+json"
    assert "INSERT" not in reply.text.upper()
    reply = await client.post("/tags", json={"name": "x"})
    assert (await client.post("/tags", json={"name": "x"})).status_code == 409


async def test_a_reference_to_nothing_is_409(client: httpx.AsyncClient, ann: int) -> None:
    """And so is the end of a row that others refer to."""
    reply = await client.post("/posts", json={"title": "x", "author_id": 4711})
    assert (reply.status_code, reply.json()["code"]) == (409, "foreign-key")
    await client.post("/posts", json={"title": "x", "author_id": ann})
    assert (await client.delete(f"/users/{ann}")).status_code == 409
    assert (await client.get(f"/users/{ann}")).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/author_id", "/title"]),
        ({"title": None, "author_id": 1}, ["/title"]),
        ({"title": "x" * 101, "author_id": 1}, ["/title"]),
        ({"title": "x", "author_id": "one"}, ["/author_id"]),
        ({"title": "x", "author_id": True}, ["/author_id"]),
        (
            {"title": "x", "author_id": 1, "likes": "1_000", "rating": "1.5", "published": 1},
            ["/likes", "/published", "/rating"],
        ),
        ({"title": 5, "author_id": 1, "likes": 1.5}, ["/likes", "/title"]),
        ({"title": "x", "author_id": 1, "price": "1_0", "seen_at": 1}, ["/price", "/seen_at"]),
        ({"title": "x", "author_id": 2**63}, ["/author_id"]),
        ({"title": "x", "author_id": 1, "likes": -1}, ["/likes"]),
        ({"title": "x", "author_id": 1, "likes": 2**40}, ["/likes"]),
        ({"title": "x", "author_id": 1, "mood": "odd"}, ["/mood"]),
        ({"title": "x", "author_id": 1, "price": 1.005}, ["/price"]),
        ({"title": "x", "author_id": 1, "price": 10**12}, ["/price"]),
        ({"title": "x", "author_id": 1, "seen_at": "2026-01-01T00:00:00"}, ["/seen_at"]),
        ({"title": "x", "author_id": 1, "titel": "y"}, ["/titel"]),
        ({"title": "x", "author_id": 1, "author": {"id": 1}}, ["/author"]),
    ],
)
async def test_values_that_do_not_fit_are_422(
    client: httpx.AsyncClient, ann: int, body: dict[str, Any], pointers: list[str]
) -> None:
    """INVARIANTS W13: one database must not store what another refuses."""
    reply = await client.post("/posts", json=body)
    assert (reply.status_code, sorted(faults(reply))) == (422, pointers)
    assert (await client.get("/posts?count=exact")).json()["page"]["count"] == 0


@pytest.mark.parametrize(
    "raw",
    [
        '{"title": "a\\u0000b", "author_id": 1}',
        '{"title": "\\ud800", "author_id": 1}',
        '{"title": "x", "author_id": 1, "rating": NaN}',
        '{"title": "x", "author_id": 1, "rating": 1e999}',
        '{"title": "x", "author_id": 1, "extra": {"deep": [-Infinity]}}',
        '{"title": "x", "author_id": 1, "extra": {"a": "\\u0000"}}',
        '{"title": "x", "title": "y", "author_id": 1}',
    ],
)
async def test_values_that_no_database_may_hold_are_422(
    client: httpx.AsyncClient, ann: int, raw: str
) -> None:
    """Each of these is a 500 on the plain stack, or is stored differently by two databases."""
    for method, path in (("POST", "/posts"), ("PATCH", "/posts/1"), ("PUT", "/posts/1")):
        reply = await client.request(method, path, content=raw, headers={"content-type": "application/json"})
        assert reply.status_code == 422
    assert (await client.get("/posts?count=exact")).json()["page"]["count"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/posts/4711",
        "/posts/abc",
        "/posts/1.0",
        "/posts/9223372036854775808",
        "/posts/%00",
        "/votes/1",
        "/votes/1,a,b",
    ],
)
async def test_a_path_that_names_nothing_is_404(client: httpx.AsyncClient, path: str) -> None:
    """Whatever it looks like, and for each method."""
    for method in ("GET", "PATCH", "DELETE"):
        reply = await client.request(method, path, json={} if method == "PATCH" else None)
        assert (reply.status_code, reply.json()["code"]) == (404, "not-found")


async def test_a_parameter_where_none_is_taken_is_422(client: httpx.AsyncClient, ann: int) -> None:
    """Ignoring `?dry_run=true` on a delete would be a costly surprise."""
    reply = await client.delete(f"/users/{ann}?dry_run=true")
    assert (reply.status_code, faults(reply)) == (422, ["dry_run"])
    assert (await client.get(f"/users/{ann}")).status_code == 200


async def test_the_same_refusals_hold_for_a_plain_class(client: httpx.AsyncClient) -> None:
    """The checks come from the columns, whoever declared them."""
    for body in ({"name": "x" * 31}, {"name": "x", "weight": 2**40}, {"weight": 1}, {"name": None}):
        assert (await client.post("/tags", json=body)).status_code == 422


async def test_a_validator_of_the_class_is_heard(client: httpx.AsyncClient) -> None:
    """SQLAlchemy's own validators raise ValueError: the caller's mistake, not the server's."""
    assert (await client.post("/tags", json={"name": "forbidden"})).status_code == 400
    await client.post("/tags", json={"name": "fine"})
    reply = await client.patch("/tags/1", json={"name": "forbidden"})
    assert (reply.status_code, faults(reply)) == (422, ["/name"])
