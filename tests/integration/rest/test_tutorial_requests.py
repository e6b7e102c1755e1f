"""Two small applications, as tutorials write them, replayed: their clients must notice no difference.

Each is a list of requests with what a client of the hand-written application reads from the reply.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.app import Portico
from portico.db.fields import (
    BooleanField,
    ForeignKeyField,
    IntegerField,
    PasswordField,
    StringField,
    TextField,
)
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref
from portico.db.session import Database

METADATA = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with those of other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Account(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    email: Mapped[str] = StringField(max_length=100, unique=True)
    password: Mapped[str] = PasswordField()
    is_active: Mapped[bool] = BooleanField(default=True)
    items: Many[Item] = OneToMany(back_populates="owner")

    class Meta(Base.Meta):
        table = "users"


class Item(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=100)
    description: Mapped[str | None] = TextField(nullable=True, default=None)
    owner_id: Mapped[int] = ForeignKeyField(Account, on_delete="cascade")
    owner: Ref[Account] = ManyToOne(back_populates="items")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request, and what its client reads: parts of the body by path, parts of the headers."""

    method: str = "GET"
    path: str
    body: Any = None
    status: int = 200
    reads: dict[str, Any] = field(default_factory=dict[str, Any])
    headers: dict[str, str] = field(default_factory=dict[str, str])


ANN = {"email": "ann@example.org", "password": "a long secret"}
PLAIN = [
    Step(path="/users/", reads={"": []}, headers={"x-total-count": "0"}),
    Step(method="POST", path="/users/", body=ANN, status=201, reads={"email": "ann@example.org", "id": 1}),
    Step(method="POST", path="/users/", body=ANN, status=409),
    Step(path="/users/1", reads={"email": "ann@example.org", "is_active": True}),
    Step(path="/users/2", status=404, reads={"status": 404}),
    Step(method="POST", path="/users/1/items/", body={"title": "Lamp"}, status=201, reads={"owner_id": 1}),
    Step(method="POST", path="/items", body={"title": "Rug", "owner_id": 1}, status=201, reads={"id": 2}),
    Step(path="/items/?skip=0&limit=100", reads={"0.title": "Lamp", "1.title": "Rug"}),
    Step(path="/items/?skip=1&limit=1", reads={"0.title": "Rug"}, headers={"x-total-count": "2"}),
    Step(path="/users/1/items/", reads={"0.title": "Lamp", "1.description": None}),
    Step(path="/items/?skip=-1", status=422),
    Step(path="/items/?limit=many", status=422),
    Step(method="PATCH", path="/items/2", body={"description": "Red"}, reads={"title": "Rug"}),
    Step(method="DELETE", path="/items/2", status=204),
    Step(path="/items/2", status=404),
]
CLASSIC = [
    Step(path="/users", reads={"data": [], "total": 0, "skip": 0, "limit": 50}),
    Step(method="POST", path="/users", body=ANN, reads={"message": "Account created successfully", "id": 1}),
    Step(method="POST", path="/users", body={"email": 5}, status=422, reads={"detail.0.loc.0": "body"}),
    Step(method="POST", path="/items", body={"title": "Lamp", "owner_id": 1}, reads={"id": 1}),
    Step(method="POST", path="/items", body={"title": "Rug", "owner_id": 1}, reads={"id": 2}),
    Step(method="POST", path="/items", body={"title": "Vase", "owner_id": 1}, reads={"id": 3}),
    Step(path="/items?skip=1&limit=1&sort_by=title&sort_dir=desc", reads={"data.0.title": "Rug", "total": 3}),
    Step(path="/items?filter_by=title:Lamp", reads={"data.0.id": 1, "total": 1}),
    Step(path='/items?filter_by={"title":{"ne":"Lamp"}}&sort_by=id', reads={"data.0.id": 2, "total": 2}),
    Step(path="/items?search=vas", reads={"data.0.title": "Vase", "total": 1}),
    Step(method="PUT", path="/items/2", body={"description": "Red"}, reads={"id": 2}),
    Step(path="/items/2", reads={"title": "Rug", "description": "Red"}),
    Step(path="/items/9", status=404, reads={"detail": "There is no Item '9'."}),
    Step(method="DELETE", path="/items/2", reads={"message": "Item deleted successfully", "id": 2}),
    Step(path="/items", reads={"total": 2}),
]

Opening = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
async def opened(db: Database) -> Opening:
    """A client of users and items in a dialect."""
    await db.create_tables(METADATA)

    @asynccontextmanager
    async def client(dialect: str) -> AsyncGenerator[httpx.AsyncClient]:
        api = Portico(db, dialect=dialect)
        api.expose(Account, policy="public", search=["email"])
        api.expose(Item, policy="public", search=["title", "description"])
        transport = httpx.ASGITransport(app=api.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
            yield made

    return client


@pytest.mark.parametrize(("dialect", "steps"), [("plain", PLAIN), ("classic", CLASSIC)])
async def test_a_tutorial_application_is_answered_as_its_clients_expect(
    opened: Opening, dialect: str, steps: list[Step]
) -> None:
    """Whoever moves an application over must not have to change the applications that call it."""
    async with opened(dialect) as client:
        for step in steps:
            reply = await client.request(step.method, step.path, json=step.body)
            assert reply.status_code == step.status, (step, reply.text)
            content = reply.json() if reply.content else None
            assert {path: _at(content, path) for path in step.reads} == step.reads, (step, content)
            assert {name: reply.headers.get(name) for name in step.headers} == step.headers


def _at(content: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        content = content[int(part) if part.isdecimal() else part]
    return content
