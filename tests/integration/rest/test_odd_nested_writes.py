"""Nested writes where relations are odd: trees, keys of several parts, single children that may be alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import ForeignKey, ForeignKeyConstraint, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from tests.integration.rest.around import Client, pointers, speaking

from portico.access import FieldRules
from portico.app import Portico
from portico.db.session import Database
from portico.errors import ConfigurationError


class Base(DeclarativeBase):
    """Plain classes with what makes relations odd."""

    metadata = MetaData()


class Folder(Base):
    """Refers to itself, and can be without."""

    __tablename__ = "folders"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("folders.id"))
    parent: Mapped[Folder | None] = relationship(back_populates="children", remote_side="Folder.id")
    children: Mapped[list[Folder]] = relationship(back_populates="parent")


class Place(Base):
    """A key of two parts."""

    __tablename__ = "places"
    row: Mapped[str] = mapped_column(String(5), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    guest: Mapped[Guest | None] = relationship(back_populates="place")


class Guest(Base):
    """Sits somewhere, or nowhere."""

    __tablename__ = "guests"
    __table_args__ = (ForeignKeyConstraint(["row", "number"], ["places.row", "places.number"]),)
    id: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[str | None] = mapped_column(String(5))
    number: Mapped[int | None]
    place: Mapped[Place | None] = relationship(back_populates="guest")


@pytest.fixture
async def odd(db: Database) -> AsyncGenerator[Client]:
    """Folders and places, all open."""
    await db.create_tables(Base.metadata)
    api = Portico(db)
    api.expose(Folder, policy="public", nested=["parent", "children"])
    api.expose(Place, policy="public", nested=["guest"])
    api.expose(Guest, policy="public", nested=["place"])
    async with speaking(api.app()) as client:
        yield client


async def names(client: Client, key: int) -> list[str]:
    """What is in a folder."""
    listed = (await client.get(f"/folders/{key}/children?sort=id")).json()["items"]
    return [one["name"] for one in listed]


async def test_a_tree_is_made_and_moved(odd: Client) -> None:
    """Self references, and children that can be without a parent."""
    body = {"name": "root", "children": {"create": [{"name": "a"}, {"name": "b"}]}}
    root = (await odd.post("/folders", json=body)).json()["id"]
    a, b = [one["id"] for one in (await odd.get(f"/folders/{root}/children?sort=id")).json()["items"]]
    assert (await odd.patch(f"/folders/{root}", json={"children": {"disconnect": [a]}})).status_code == 200
    assert await names(odd, root) == ["b"]
    refused = await odd.patch(f"/folders/{root}", json={"children": {"disconnect": [a]}})
    assert (refused.status_code, pointers(refused)) == (409, ["/children/disconnect/0"])
    assert (await odd.patch(f"/folders/{root}", json={"children": {"set": [a]}})).status_code == 200
    assert await names(odd, root) == ["a"]
    lifted = await odd.patch(f"/folders/{a}", json={"parent": {"disconnect": True}})
    assert lifted.json()["parent_id"] is None
    lowered = await odd.patch(f"/folders/{a}", json={"parent": {"connect": b}})
    assert lowered.json()["parent_id"] == b


async def test_keys_of_several_parts_are_written_as_in_paths(odd: Client) -> None:
    """One spelling of such a key, in paths and in bodies."""
    for number in (1, 2):
        await odd.post("/places", json={"row": "a,b", "number": number})
    guest = (await odd.post("/guests", json={"place": {"connect": "a~2b,1"}})).json()
    assert (guest["row"], guest["number"]) == ("a,b", 1)
    assert (
        await odd.patch(f"/guests/{guest['id']}", json={"place": {"connect": "a,b,1"}})
    ).status_code == 409
    moved = await odd.patch(f"/guests/{guest['id']}", json={"place": {"create": {"row": "c", "number": 1}}})
    assert (moved.json()["row"], moved.json()["number"]) == ("c", 1)
    gone = await odd.patch(f"/guests/{guest['id']}", json={"place": {"disconnect": True}})
    assert (gone.json()["row"], gone.json()["number"]) == (None, None)


async def test_a_single_child_gives_way_where_it_can_be_without(odd: Client) -> None:
    """A one-to-one holds one: the guest before gets up."""
    place = {"row": "a", "number": 1}
    first = await odd.post("/places", json={**place, "guest": {"create": {}}})
    assert first.status_code == 201, first.text
    before = (await odd.get("/places/a,1/guest")).json()["id"]
    assert (await odd.patch("/places/a,1", json={"guest": {"create": {}}})).status_code == 200
    assert (await odd.get("/places/a,1/guest")).json()["id"] != before
    assert (await odd.patch("/places/a,1", json={"guest": {"connect": before}})).status_code == 200
    assert (await odd.get("/places/a,1/guest")).json()["id"] == before
    assert (await odd.patch("/places/a,1", json={"guest": {"disconnect": True}})).status_code == 200
    assert (await odd.get("/places/a,1/guest")).status_code == 404


async def test_a_read_only_foreign_key_is_written_along_no_relation(db: Database) -> None:
    """Rules of the column hold for the relation, at both ends."""
    await db.create_tables(Base.metadata)
    api = Portico(db)
    api.expose(Folder, policy="public", rules=FieldRules(read_only=["parent_id"]))
    async with speaking(api.app()) as client:
        root = (await client.post("/folders", json={"name": "root"})).json()["id"]
        assert (await client.get(f"/folders/{root}/children")).status_code == 200
        assert (await client.post(f"/folders/{root}/children", json={"name": "x"})).status_code == 405
    for relation in ("children", "parent"):
        nested = Portico(db)
        nested.expose(Folder, policy="public", rules=FieldRules(read_only=["parent_id"]), nested=[relation])
        with pytest.raises(ConfigurationError, match="read-only"):
            nested.app()
