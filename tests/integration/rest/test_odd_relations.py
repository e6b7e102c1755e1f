"""Routes along relations that are odd: to themselves, twice to one table, over other columns than keys."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import ForeignKey, ForeignKeyConstraint, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from tests.fixtures.blog import Blog
from tests.integration.rest.around import Client, speaking

from portico.app import Portico
from portico.db.reflection import reflect
from portico.db.session import Database


class Base(DeclarativeBase):
    """Plain classes, with everything that makes relations odd."""

    metadata = MetaData()


class Person(Base):
    """Refers to itself, and is referred to twice by one class."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(20), unique=True)
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    boss: Mapped[Person | None] = relationship(back_populates="reports", remote_side="Person.id")
    reports: Mapped[list[Person]] = relationship(back_populates="boss")
    sent: Mapped[list[Message]] = relationship(foreign_keys="Message.sender_id")
    received: Mapped[list[Message]] = relationship(foreign_keys="Message.receiver_id")
    notes: Mapped[list[Note]] = relationship()
    likes: Mapped[int] = mapped_column(default=0)
    increment: Mapped[list[Message]] = relationship(
        foreign_keys="Message.receiver_id", overlaps="received, sent"
    )
    bulk: Mapped[list[Message]] = relationship(
        primaryjoin="and_(Message.sender_id == Person.id, Message.text == 'bulk')", viewonly=True
    )


class Message(Base):
    """From one to another."""

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(20))
    sender_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("people.id"))


class Note(Base):
    """Refers to a column that is no primary key, and has parts itself."""

    __tablename__ = "notes"
    handle: Mapped[str] = mapped_column(String(20), ForeignKey("people.handle"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lines: Mapped[list[Line]] = relationship()


class Line(Base):
    """A child of a row with a key of two parts."""

    __tablename__ = "lines"
    __table_args__ = (ForeignKeyConstraint(["handle", "number"], ["notes.handle", "notes.number"]),)
    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(String(20))


@pytest.fixture
async def odd(db: Database) -> AsyncGenerator[Client]:
    """Two people, two messages, a note of one line."""
    await db.create_tables(Base.metadata)
    async with db.session() as session:
        session.add(Person(handle="ann/é"))
        await session.flush()
        session.add(Person(handle="ben", boss_id=1))
        await session.flush()
        session.add_all(
            [
                Message(text="hi", sender_id=1, receiver_id=2),
                Message(text="bulk", sender_id=1, receiver_id=1),
                Note(handle="ann/é", number=1),
            ]
        )
        await session.flush()
        session.add(Line(handle="ann/é", number=1, text="one"))
    api = Portico(db)
    for model in (Person, Message, Note, Line):
        api.expose(model, policy="public")
    async with speaking(api.app()) as client:
        yield client


async def test_a_relation_to_itself_has_both_directions(odd: Client) -> None:
    """The owner and what belongs to it are rows of one table."""
    assert [one["handle"] for one in (await odd.get("/people/1/reports")).json()["items"]] == ["ben"]
    assert (await odd.get("/people/2/boss")).json()["handle"] == "ann/é"
    assert (await odd.get("/people/1/boss")).status_code == 404
    assert (await odd.get("/people/1/reports/2")).status_code == 200
    assert (await odd.get("/people/1/reports?boss.handle=ann/é")).json()["page"]["count"] == 1


async def test_two_relations_to_one_table_are_two_lists(odd: Client) -> None:
    """Sent and received messages differ."""
    assert [one["id"] for one in (await odd.get("/people/1/sent")).json()["items"]] == [1, 2]
    assert [one["id"] for one in (await odd.get("/people/1/received")).json()["items"]] == [2]


async def test_a_relation_yields_to_a_fixed_path_of_its_name(odd: Client) -> None:
    """POST /people/1/increment counts, whatever a relation is called; what is left is the relation's."""
    assert (await odd.post("/people/1/increment", json={"likes": 2})).json()["likes"] == 2
    assert [one["id"] for one in (await odd.get("/people/1/increment")).json()["items"]] == [2]


async def test_a_join_that_is_more_than_keys_is_followed(odd: Client) -> None:
    """A relation may have conditions of its own."""
    assert [one["id"] for one in (await odd.get("/people/1/bulk")).json()["items"]] == [2]


async def test_a_relation_over_another_column_than_the_key_is_followed(odd: Client) -> None:
    """Foreign keys may refer to any unique column."""
    assert [one["number"] for one in (await odd.get("/people/1/notes")).json()["items"]] == [1]
    assert (await odd.get("/people/1/notes/ann~1%C3%A9,1")).status_code == 200
    assert (await odd.get("/people/2/notes/ann~1%C3%A9,1")).status_code == 404


async def test_an_owner_with_a_key_of_several_parts_has_lists(odd: Client) -> None:
    """The key in the path is one segment, however many parts it has."""
    assert [one["text"] for one in (await odd.get("/notes/ann~1%C3%A9,1/lines")).json()["items"]] == ["one"]
    assert (await odd.get("/notes/ann~1%C3%A9,2/lines")).status_code == 404


async def test_rows_are_made_below_any_owner(odd: Client) -> None:
    """Keys of several parts and foreign keys to other columns come from the path all the same."""
    line = await odd.post("/notes/ann~1%C3%A9,1/lines", json={"text": "two"})
    assert (line.status_code, line.json()["handle"], line.json()["number"]) == (201, "ann/é", 1)
    note = await odd.post("/people/2/notes", json={"number": 7})
    assert (note.status_code, note.headers["location"]) == (201, "/notes/ben,7")
    below = await odd.post("/people/2/reports", json={"handle": "cid"})
    assert below.json()["boss_id"] == 2
    assert (await odd.post("/people/1/bulk", json={"text": "x", "receiver_id": 1})).status_code == 405


async def test_a_reflected_database_is_written_along_its_relations(blog: Blog, db: Database) -> None:
    """What serves a database as it is makes children and links, through the junction's own rows."""
    found = (await reflect(db)).classes
    api = Portico(db)
    api.expose(found["posts"], policy="public", nested=["tags"])
    for name in ("tags", "post_tags", "comments"):
        api.expose(found[name], policy="public")
    path, key = f"/posts/{blog.third.id}/tags", blog.asynchronous.id
    async with speaking(api.app()) as client:
        assert (await client.put(f"{path}/{blog.python.id}")).status_code == 204
        assert (await client.put(path, json=[key])).status_code == 204
        assert [tag["id"] for tag in (await client.get(path)).json()["items"]] == [key]
        assert (await client.delete(f"{path}/{key}")).status_code == 204
        changed = await client.patch(f"/posts/{blog.third.id}", json={"tags": {"set": [key]}})
        assert changed.status_code == 200, changed.text
        comment = {"body": "x", "author_id": blog.ben.id}
        made = await client.post(f"/posts/{blog.third.id}/comments", json=comment)
        assert (made.status_code, made.json()["post_id"]) == (201, blog.third.id), made.text


async def test_a_reflected_junction_that_is_not_exposed_makes_no_links(blog: Blog, db: Database) -> None:
    """Its rows are the links, and nobody said who may write them."""
    found = (await reflect(db)).classes
    api = Portico(db)
    for name in ("posts", "tags"):
        api.expose(found[name], policy="public")
    async with speaking(api.app()) as client:
        path = f"/posts/{blog.third.id}/tags"
        assert (await client.get(path)).status_code == 200
        assert (await client.put(f"{path}/{blog.python.id}")).status_code == 405


async def test_names_of_operations_are_short_and_tell_two_relations_apart(odd: Client) -> None:
    """Clients are generated from them."""
    paths = (await odd.get("/openapi.json")).json()["paths"]
    names = {path: {way: one["operationId"] for way, one in ways.items()} for path, ways in paths.items()}
    assert names["/people/{id}/reports"]["get"] == "listReportsOfPerson"
    assert names["/people/{id}/reports/{person}"]["get"] == "getPersonOfPerson"
    assert names["/people/{id}/sent"]["get"] == "listSentOfPerson"
    every = [name for ways in names.values() for name in ways.values()]
    assert len(every) == len(set(every))
