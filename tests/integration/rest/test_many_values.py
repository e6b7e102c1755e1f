"""Values of every kind through the forms for many rows: what is answered is what is stored."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from tests.integration.rest.blog import User

from portico.app import Portico
from portico.db.session import Database

LENIENT = {"Prefer": "handling=lenient"}
VALUES: list[dict[str, Any]] = [
    {"extra": {"a": [1, None, "ü"]}, "price": "12.30", "mood": "good", "published": True},
    {"extra": [], "price": "0.01", "mood": "bad", "published": False},
    {"extra": "text", "price": None, "mood": None, "rating": 0.1},
    {"extra": None, "seen_at": "2026-01-31T12:00:00.123456Z", "rating": None, "likes": 7},
    {"extra": 1, "title": "\u0301 \U0001f600 'quoted' \\ %s :x ?", "body": ""},
]


async def test_each_kind_is_written_and_answered_as_it_is_stored(client: httpx.AsyncClient, ann: int) -> None:
    """The rows of a create and of a change are those that a list shows afterwards."""
    body = [{"title": "x", "author_id": ann, **values} for values in VALUES]
    made = (await client.post("/posts/bulk", json=body)).json()["items"]
    assert made == (await client.get("/posts?sort=id")).json()["items"]
    changes = [
        {"id": row["id"], **values} for row, values in zip(made, [*VALUES[1:], VALUES[0]], strict=True)
    ]
    changed = await client.patch("/posts/bulk", json=changes)
    assert changed.status_code == 200, changed.text
    assert changed.json()["items"] == (await client.get("/posts?sort=id")).json()["items"]
    for values in VALUES:
        assert (await client.patch("/posts?id__gte=1", json=values)).json() == {"affected": 5}
        for row in (await client.get("/posts")).json()["items"]:
            alone = (await client.patch(f"/posts/{row['id']}", json=values)).json()
            assert row == alone


async def test_a_class_that_watches_its_attributes_sees_each_row(client: httpx.AsyncClient) -> None:
    """What ``@validates`` refuses is refused in every form, and leaves nothing behind."""
    made = (await client.post("/tags/bulk", json=[{"name": "a"}, {"name": "b"}])).json()["items"]
    refused = await client.patch(
        "/tags/bulk", json=[{"id": made[0]["id"], "weight": 5, "name": "forbidden"}, {"id": made[1]["id"]}]
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/0/name"
    mixed = await client.patch(
        "/tags/bulk",
        json=[
            {"id": made[0]["id"], "weight": 5, "name": "forbidden"},
            {"id": made[1]["id"], "weight": 6, "parent_id": made[0]["id"]},
        ],
        headers=LENIENT,
    )
    assert [one["status"] for one in mixed.json()["items"]] == [422, 200]
    assert (await client.patch("/tags?name=a", json={"name": "forbidden"})).status_code == 422
    assert (await client.patch("/tags?name=a", json={"name": "c"})).json() == {"affected": 1}
    upserted = await client.post("/tags/upsert?on=name", json={"name": "c", "weight": 9})
    assert (upserted.status_code, upserted.json()["weight"]) == (200, 9)
    listed = (await client.get("/tags?sort=id")).json()["items"]
    assert [(row["name"], row["weight"]) for row in listed] == [("c", 9), ("b", 6)]


async def test_passwords_are_hashed_in_every_form(client: httpx.AsyncClient) -> None:
    """No form stores the word itself, and none answers it."""
    body = [{"username": name, "password": "secret word"} for name in ("a", "b")]
    made = (await client.post("/users/bulk", json=body)).json()["items"]
    again = [{"id": row["id"], "password": "other word"} for row in made]
    answers = [
        await client.patch("/users/bulk", json=again),
        await client.put(
            "/users/bulk?on=username", json=[*body, {"username": "c", "password": "third word"}]
        ),
        await client.post("/users/upsert?on=username", json={"username": "a", "password": "fourth word"}),
        await client.patch("/users?username=b", json={"password": "fifth word"}),
    ]
    assert [one.status_code for one in answers] == [200] * 4
    assert not any("word" in one.text for one in answers)
    users = {user.username: user for user in await User.filter()}
    told = {name: str(user.__dict__["password"]) for name, user in users.items()}
    assert not any("word" in text for text in told.values())
    assert len(set(told.values())) == 3


class Plain(DeclarativeBase):
    """A base of plain SQLAlchemy."""


class Animal(Plain):
    """Rows of several classes over two tables."""

    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(20), default="animal")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    """A class that adds a table."""

    __tablename__ = "dogs"
    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    legs: Mapped[int] = mapped_column(default=4)
    __mapper_args__ = {"polymorphic_identity": "dog"}


@pytest.fixture
async def dogs(db: Database) -> Portico:
    """Dogs, open to everybody."""
    await db.create_tables(Plain.metadata)
    api = Portico(db)
    api.expose(Dog, policy="public")
    return api


async def test_rows_over_two_tables_are_written_as_whole(dogs: Portico) -> None:
    """Where a row is spread out, it is written one by one, under the same rules."""
    transport = httpx.ASGITransport(app=dogs.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        made = await client.post("/dogs/bulk", json=[{"name": "rex"}, {"name": "bo", "legs": 3}])
        assert made.status_code == 201, made.text
        ids = [row["id"] for row in made.json()["items"]]
        done = await client.patch(
            "/dogs/bulk", json=[{"id": one, "legs": 5, "name": f"d{one}"} for one in ids]
        )
        assert [row["legs"] for row in done.json()["items"]] == [5, 5], done.text
        assert (await client.patch("/dogs?legs=5", json={"legs": 4})).json() == {"affected": 2}
        upserted = await client.post("/dogs/upsert?on=name", json={"name": f"d{ids[0]}", "legs": 2})
        assert upserted.status_code == 200, upserted.text
        assert (await client.delete("/dogs?legs=2")).json() == {"affected": 1}
        assert (await client.delete(f"/dogs/bulk?key={ids[1]}")).status_code == 204
        assert (await client.get("/dogs")).json()["items"] == []
