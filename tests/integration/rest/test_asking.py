"""Trees of conditions, sparse fields and includes with options, over HTTP and under policies."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Header
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.fields import BooleanField, ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, OptRef
from portico.db.session import Database
from portico.resources import Limits
from portico.testing.statements import statements

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Person(Base):
    """Seen by everybody unless shy."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    shy: Mapped[bool] = BooleanField(default=False)
    letters: Many[Letter] = OneToMany(back_populates="writer")


class Letter(Base):
    """Written by a person, or by nobody known."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=50)
    secret: Mapped[bool] = BooleanField(default=False)
    writer_id: Mapped[int | None] = ForeignKeyField(Person, nullable=True, on_delete="set_null")
    writer: OptRef[Person] = ManyToOne(back_populates="letters")


async def who(x_user: Annotated[str | None, Header()] = None) -> Principal:
    """The principal, from a header."""
    return Principal(x_user, is_admin=x_user == "root")


@pytest.fixture
async def client(db: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """Letters of ann, of shy bob, and of nobody; ann and bob have a secret one each."""
    await db.create_tables(metadata)
    ann, bob = await Person.create(name="ann"), await Person.create(name="bob", shy=True)
    await Person.create(name="cleo")
    for text, secret, writer in (
        ("a", False, ann), ("a2", True, ann), ("b", False, bob), ("b2", True, bob), ("n", False, None),
    ):  # fmt: skip
        await Letter.create(text=text, secret=secret, writer_id=writer.id if writer else None)
    api = Portico(db, principal=who)
    api.expose(Person, policy=Policy(read=lambda one: one.is_admin or Person.shy.is_(False)))
    readable = Policy(read=lambda one: one.is_admin or Letter.secret.is_(False))
    api.expose(Letter, policy=readable, search=["text"])
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def found(client: httpx.AsyncClient, resource: str, where: Any, user: str = "ann") -> list[Any]:
    """What a tree finds, which is the same in both spellings."""
    headers = {"x-user": user}
    listed = await client.get(f"/{resource}", params={"where": json.dumps(where)}, headers=headers)
    queried = await client.post(f"/{resource}/query", json={"where": where}, headers=headers)
    assert listed.status_code == queried.status_code == 200, listed.text
    assert listed.json() == queried.json()
    return [row.get("text", row.get("name")) for row in listed.json()["items"]]


@pytest.mark.parametrize(
    ("where", "seen", "by_root"),
    [
        ({"writer": {"name": "bob"}}, [], ["b", "b2"]),
        ({"writer.name": "bob"}, [], ["b", "b2"]),
        ({"not": {"writer": {"name": "ann"}}}, ["b", "n"], ["b", "b2", "n"]),
        ({"not": {"writer.name": "bob"}}, ["a", "b", "n"], ["a", "a2", "n"]),
        ({"writer.name": {"ne": "bob"}}, ["a", "b", "n"], ["a", "a2", "n"]),
        ({"writer.name": None}, ["b", "n"], ["n"]),
        ({"writer.name": {"isnull": False}}, ["a"], ["a", "a2", "b", "b2"]),
        ({"or": [{"writer.shy": True}, {"text": "n"}]}, ["n"], ["b", "b2", "n"]),
        ({"writer.letters.text": "a2"}, [], ["a", "a2"]),
        ({"writer": {"letters": {"none": {"text": "a2"}}}}, ["a", "b", "n"], ["b", "b2", "n"]),
        ({"writer": {"letters": {"every": {"text": "a"}}}}, ["a", "b", "n"], ["n"]),
    ],
)
async def test_a_hidden_row_is_like_none_for_a_tree(
    client: httpx.AsyncClient, where: Any, seen: list[str], by_root: list[str]
) -> None:
    """Whatever stands around a condition: no answer tells a hidden writer from one that is not there."""
    assert await found(client, "letters", where) == seen
    assert await found(client, "letters", where, "root") == by_root


@pytest.mark.parametrize(
    ("where", "seen", "by_root"),
    [
        ({"letters": {}}, ["ann"], ["ann", "bob"]),
        ({"letters": {"text": "a2"}}, [], ["ann"]),
        ({"letters": {"some": {"text": "a2"}}}, [], ["ann"]),
        ({"letters": {"none": {"secret": True}}}, ["ann", "cleo"], ["cleo"]),
        ({"letters": {"every": {"secret": False}}}, ["ann", "cleo"], ["cleo"]),
        ({"letters": {"some": {"text": "a"}, "none": {"text": "b"}}}, ["ann"], ["ann"]),
        ({"letters.text": "a", "letters.secret": True}, [], []),
        ({"and": [{"letters.text": "a"}, {"letters.secret": True}]}, [], ["ann"]),
        ({"or": [{"and": [{"letters.text": "a"}, {"letters.secret": True}]}, {"name": "x"}]}, [], ["ann"]),
        ({"not": {"letters.text": "a2"}}, ["ann", "cleo"], ["bob", "cleo"]),
    ],
)
async def test_many_related_rows_are_asked_as_far_as_they_are_seen(
    client: httpx.AsyncClient, where: Any, seen: list[str], by_root: list[str]
) -> None:
    """Some, none and every count visible rows; dotted names in one object are about the same one."""
    assert await found(client, "persons", where) == seen
    assert await found(client, "persons", where, "root") == by_root


async def test_a_resource_that_is_closed_is_empty_in_a_tree(db: Database) -> None:
    """A rule may say no to everything: a tree then goes over rows that are not there."""
    await db.create_tables(metadata)
    ann = await Person.create(name="ann")
    await Letter.create(text="a", writer_id=ann.id)
    api = Portico(db, principal=who)
    api.expose(Person, policy=Policy(read=lambda one: one.is_admin))
    api.expose(Letter, policy="public")
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        cases: list[tuple[Any, list[str]]] = [
            ({"writer.name": "ann"}, []),
            ({"not": {"writer.name": "ann"}}, ["a"]),
            ({"writer.name": {"ne": "ann"}}, ["a"]),
            ({"writer": {"letters": {"none": {}}}}, ["a"]),
            ({"writer": {"letters": {"some": {}}}}, []),
        ]
        for where, seen in cases:
            assert await found(client, "letters", where) == seen


async def test_nothing_is_loaded_again_behind_a_hidden_row(client: httpx.AsyncClient) -> None:
    """An include below another one must not fetch the step between without its policy."""
    reply = await client.get("/letters?include=writer,writer.letters&sort=id", headers={"x-user": "ann"})
    items = reply.json()["items"]
    assert [one["writer"] and one["writer"]["name"] for one in items] == ["ann", None, None]
    assert [letter["text"] for letter in items[0]["writer"]["letters"]] == ["a"]
    assert "bob" not in reply.text


async def test_includes_count_for_each_parent(client: httpx.AsyncClient) -> None:
    """Filter, order and limit of an include, and never more rows than the limit of the door."""
    query = "include=letters&include.letters.limit=1&include.letters.sort=-id&fields=name"
    reply = await client.get(f"/persons?{query}", headers={"x-user": "root"})
    assert [[one["text"] for one in row["letters"]] for row in reply.json()["items"]] == [["a2"], ["b2"], []]
    query = "include=letters&include.letters.text__startswith=b&fields=letters.text&name__ne=cleo"
    reply = await client.get(f"/persons?{query}", headers={"x-user": "root"})
    assert reply.json()["items"] == [{"letters": []}, {"letters": [{"text": "b"}, {"text": "b2"}]}]


async def test_an_include_has_an_end_unasked(db: Database) -> None:
    """One request cannot pull a whole table along; how many it gets is in the document."""
    await db.create_tables(metadata)
    ann = await Person.create(name="ann")
    await Letter.bulk_create([Letter(text=str(number), writer_id=ann.id) for number in range(8)])
    api = Portico(db, limits=Limits(include_rows=5))
    api.expose(Person, policy="public", include=["letters"])
    api.expose(Letter, policy="public")
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert len((await client.get("/persons/1")).json()["letters"]) == 5
        assert (await client.get("/persons?include=letters&include.letters.limit=6")).status_code == 422


async def test_a_query_with_an_include_takes_two_statements_at_most(
    client: httpx.AsyncClient, db: Database
) -> None:
    """However deep its tree is: conditions are part of the one statement, and includes may be, too."""
    where: Any = {"or": [{"writer": {"letters": {"every": {"writer.name": "ann"}}}}, {"not": {"text": "a"}}]}
    body: Any = {"where": where, "include": {"writer": {}}, "count": "none"}
    async with statements(db) as log:
        assert (await client.post("/letters/query", json=body, headers={"x-user": "ann"})).status_code == 200
    assert 1 <= len(log) <= 2


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"limit": 1, "limit": 2}', 422),
        (b'{"where": {"text": "\\u0000"}}', 422),
        (b'{"where": {"text": "\\ud800"}}', 422),
        (b'{"where": {"id": NaN}}', 422),
        (b'{"where": {"id": 1e999}}', 422),
        (b'{"where": ' + b'{"not":' * 60 + b"{}" + b"}" * 60 + b"}", 422),
        (b'{"where": {"or": [' + b'{"id": 1},' * 60 + b'{"id": 1}]}}', 422),
        (b'{"cursor": "x", "offset": 1}', 422),
        (b'{"cursor": "nonsense"}', 400),
        (b"null", 422),
        (b"[]", 422),
        (b"{", 400),
        (b"", 400),
    ],
)
async def test_bad_bodies_are_refused(client: httpx.AsyncClient, content: bytes, status: int) -> None:
    """The body of a query is read as strictly as that of a write."""
    headers = {"content-type": "application/json", "x-user": "ann"}
    reply = await client.post("/letters/query", content=content, headers=headers)
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
    assert (await client.post("/letters/query?limit=1", json={}, headers=headers)).status_code == 422
    assert (await client.post("/letters/query", content=b"{}")).status_code == 415


async def test_a_search_with_nul_is_refused_and_the_document_says_so(client: httpx.AsyncClient) -> None:
    """In parameters and in bodies, no database has such a text."""
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    said = schemas["LetterQuery"]["properties"]["search"]
    assert re.search(said["pattern"], "a b")
    assert not re.search(said["pattern"], "a\0b")
    reply = await client.post("/letters/query", json={"search": "a\0b"})
    assert reply.status_code == 422


async def test_a_query_is_documented(client: httpx.AsyncClient) -> None:
    """Its body is a component, and every reference in the document leads somewhere."""
    document = (await client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    body = document["paths"]["/letters/query"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/LetterQuery"}
    assert schemas["LetterWhere"]["properties"]["writer"] == {"$ref": "#/components/schemas/PersonWhere"}
    referred = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
    assert referred <= schemas.keys()
