"""Adding to the numbers of a row where they stand."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from tests.integration.rest.blog import Post, User

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.engine import PoolOptions, TimeoutOptions
from portico.db.session import Database


@pytest.fixture
async def post(client: httpx.AsyncClient, ann: int) -> dict[str, Any]:
    """A post with numbers."""
    body = {"title": "A", "author_id": ann, "likes": 5, "price": "1.50", "rating": 1.5}
    made: dict[str, Any] = (await client.post("/posts", json=body)).json()
    return made


async def test_amounts_are_added_and_the_row_comes_back(
    client: httpx.AsyncClient, post: dict[str, Any]
) -> None:
    """Several numbers at once, of every kind, up and down."""
    answer = await client.post("/posts/1/increment", json={"likes": 2})
    assert (answer.status_code, answer.json()["likes"]) == (200, 7), post
    answer = await client.post("/posts/1/increment", json={"likes": -3, "price": "0.25", "rating": 0.5})
    shown = answer.json()
    assert (shown["likes"], float(shown["price"]), shown["rating"]) == (4, 1.75, 2.0)
    assert (await client.get("/posts/1")).json() == shown


async def test_no_addition_is_lost(url: str, client: httpx.AsyncClient, post: dict[str, Any]) -> None:
    """Twenty tasks add twenty-five times each, each on a connection of its own."""
    pool, patience = PoolOptions(size=20, timeout=60), TimeoutOptions(lock=60, statement=60)
    async with Database(url, name="busy", pool=pool, timeouts=patience) as database:
        api = Portico(database)
        api.expose(User, policy="public")
        api.expose(Post, policy="public")
        transport = httpx.ASGITransport(app=api.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as many:

            async def add() -> None:
                for _ in range(25):
                    answer = await many.post("/posts/1/increment", json={"likes": 1})
                    assert answer.status_code == 200, answer.text

            await asyncio.gather(*(add() for _ in range(20)))
    assert (await client.get("/posts/1")).json()["likes"] == post["likes"] + 500


async def test_no_addition_is_lost_where_a_unit_is_needed(
    client: httpx.AsyncClient, post: dict[str, Any]
) -> None:
    """Decimals are computed here, on a row that is locked."""

    async def add() -> None:
        for _ in range(5):
            answer = await client.post("/posts/1/increment", json={"price": 0.01})
            assert answer.status_code == 200, answer.text

    await asyncio.gather(*(add() for _ in range(6)))
    assert float((await client.get("/posts/1")).json()["price"]) == pytest.approx(1.8), post


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"likes": 10**400}, None),
        ({"likes": -(2**70)}, "/likes"),
        ({"price": "999999999"}, "/price"),
        ({"price": 0.001}, "/price"),
        ({"likes": 1.5}, "/likes"),
        ({"likes": "1"}, "/likes"),
        ({"likes": True}, "/likes"),
        ({"likes": None}, "/likes"),
        ({"title": 1}, "/title"),
        ({"id": 1}, "/id"),
        ({"author_id": 1}, "/author_id"),
        ({"nothing": 1}, "/nothing"),
        ({}, None),
        ([1], None),
    ],
)
async def test_what_cannot_be_added_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, post: dict[str, Any], body: Any, pointer: str | None
) -> None:
    """What no row could take is wrong whatever the row holds."""
    answer = await client.post("/posts/1/increment", json=body)
    assert answer.status_code == 422, answer.text
    if pointer is not None:
        assert [one.get("pointer") for one in answer.json()["errors"]] == [pointer]
    assert (await client.get("/posts/1")).json() == post


@pytest.mark.parametrize("body", [{"likes": -6}, {"likes": 2**31 - 1}, {"price": "99999999"}])
async def test_a_sum_beyond_the_limits_conflicts_with_the_row(
    client: httpx.AsyncClient, post: dict[str, Any], body: dict[str, Any]
) -> None:
    """The request is right, and another row could take it: 409, as for all that depends on data."""
    answer = await client.post("/posts/1/increment", json=body)
    assert answer.status_code == 409, answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/{next(iter(body))}"]
    assert (await client.get("/posts/1")).json() == post


async def test_there_has_to_be_a_number_and_a_row(client: httpx.AsyncClient, ann: int) -> None:
    """Null is no zero."""
    await client.post("/posts", json={"title": "A", "author_id": ann})
    assert (await client.post("/posts/1/increment", json={"price": 1})).status_code == 409
    assert (await client.post("/posts/9/increment", json={"likes": 1})).status_code == 404
    assert (await client.post("/posts/x/increment", json={"likes": 1})).status_code == 404


async def test_rules_hold_for_what_is_added(tables: Database) -> None:
    """A row out of reach is not there, and a sum that leads out of reach is undone."""
    api = Portico(tables, principal=lambda: Principal(1))
    api.expose(User, policy="public")
    few = Policy(read=True, create=True, update=lambda who: (Post.author_id == who.id) & (Post.likes < 10))
    api.expose(Post, policy=few)
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for name in ("ann", "ben"):
            await client.post("/users", json={"username": name})
        for author in (1, 2):
            await client.post("/posts", json={"title": "A", "author_id": author})
        assert (await client.post("/posts/2/increment", json={"likes": 1})).status_code == 404
        assert (await client.post("/posts/1/increment", json={"likes": 9})).status_code == 200
        assert (await client.post("/posts/1/increment", json={"likes": 1})).status_code == 403
        assert (await client.get("/posts/1")).json()["likes"] == 9


class Base(DeclarativeBase):
    """Plain SQLAlchemy."""

    metadata = MetaData()


class Word(Base):
    """A class without numbers to add to."""

    __tablename__ = "words"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(50))


def test_the_operation_is_offered_where_there_are_numbers(app: FastAPI, tables: Database) -> None:
    """And documented with just those."""
    document = app.openapi()
    body = document["components"]["schemas"]["PostIncrement"]
    assert body["properties"].keys() == {"likes", "price", "rating"}
    assert "/posts/{id}/increment" in document["paths"]
    api = Portico(tables)
    api.expose(Word, policy="public")
    assert not [path for path in api.app().openapi()["paths"] if "increment" in path]
