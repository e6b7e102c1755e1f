"""References in bodies, and rows on their way out of reach: what may not be read must look absent."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Header
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import ManyToOne, OptRef, Ref
from portico.db.session import Database

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Team(Base):
    """Read by its owner, changed by anybody who can read it."""

    id: Mapped[int] = IntegerField(primary_key=True)
    owner: Mapped[str] = StringField(max_length=50)
    parent_id: Mapped[int | None] = ForeignKeyField("Team", nullable=True, default=None)
    parent: OptRef[Team] = ManyToOne()


class Note(Base):
    """Open to everybody, with a reference to a team."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=50)
    team_id: Mapped[int] = ForeignKeyField(Team)


class Message(Base):
    """Handed in by anybody, read by administrators; its schema shows the team."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=50)
    team_id: Mapped[int | None] = ForeignKeyField(Team, nullable=True, default=None)
    team: OptRef[Team] = ManyToOne()

    class Read(Base.Read):
        """With the team inside."""

        team: Team.Read | None


class Page(Base):
    """Its schema insists on the team, which not everybody may read."""

    id: Mapped[int] = IntegerField(primary_key=True)
    team_id: Mapped[int] = ForeignKeyField(Team)
    team: Ref[Team] = ManyToOne()

    class Read(Base.Read):
        """With the team inside."""

        team: Team.Read


async def who(x_user: Annotated[str, Header()]) -> Principal:
    """The principal, from a header."""
    return Principal(x_user, is_admin=x_user == "root")


@pytest.fixture
async def client(db: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """Ann, who owns team 1; team 2 is Bea's, and both have a note."""
    await db.create_tables(metadata)
    for owner in ("ann", "bea"):
        team = await Team.create(owner=owner)
        await Note.create(text=owner, team_id=team.id)
        await Page.create(team_id=team.id)
    api = Portico(db, principal=who)
    own = Policy(read=lambda principal: Team.owner == principal.id, create=True, update=True)
    api.expose(Team, policy=own)
    api.expose(Note, policy="public")
    api.expose(Message, policy=Policy(create=True, read=lambda principal: principal.is_admin))
    api.expose(Page, policy="public")
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"x-user": "ann"}
    ) as made:
        yield made


def told(reply: httpx.Response) -> dict[str, Any]:
    """All that a reply says, without what differs from request to request."""
    return {name: value for name, value in reply.json().items() if name != "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/notes", {"text": "x"}),
        ("PATCH", "/notes/1", {}),
        ("PUT", "/notes/1", {"text": "x"}),
        ("POST", "/messages", {"text": "x"}),
    ],
)
async def test_a_reference_out_of_reach_is_a_reference_to_nothing(
    client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]
) -> None:
    """INVARIANTS T3 and T4: it must neither be stored nor tell that the row is there."""
    foreign = await client.request(method, path, json=body | {"team_id": 2})
    absent = await client.request(method, path, json=body | {"team_id": 99})
    assert (foreign.status_code, told(foreign)["code"]) == (409, "foreign-key")
    assert told(foreign) == told(absent)
    assert {note.team_id for note in await Note.all()} == {1, 2}
    assert (await client.request(method, path, json=body | {"team_id": 1})).status_code in (200, 201)


async def test_a_reference_to_the_same_table_is_checked_as_well(client: httpx.AsyncClient) -> None:
    """A tree must not be hung into somebody else's."""
    replies = [await client.patch("/teams/1", json={"parent_id": parent}) for parent in (2, 99, 1, None)]
    assert [reply.status_code for reply in replies] == [409, 409, 200, 200]
    assert told(replies[0]) == told(replies[1])


async def test_a_reference_that_was_there_may_stay(client: httpx.AsyncClient) -> None:
    """Whoever may change the row must be able to send it back as it was read."""
    body = (await client.get("/notes/2")).json() | {"text": "new"}
    body.pop("id")
    assert (await client.put("/notes/2", json=body)).json()["text"] == "new"
    assert (await client.patch("/notes/2", json={"team_id": 2})).status_code == 200


async def test_a_row_is_not_pushed_where_its_writer_cannot_see_it(client: httpx.AsyncClient) -> None:
    """The update rule says yes to everything; what may be read counts as well."""
    reply = await client.patch("/teams/1", json={"owner": "bea"})
    assert (reply.status_code, reply.json()["detail"]) == (403, "You may not update such a row in teams.")
    assert (await client.get("/teams/1")).json()["owner"] == "ann"


async def test_what_is_handed_in_need_not_be_readable(client: httpx.AsyncClient) -> None:
    """The row is stored by then: 201, and not the 403 of reading it."""
    reply = await client.post("/messages", json={"text": "hi", "team_id": 1})
    assert (reply.status_code, reply.json()["text"], reply.json()["team"]) == (201, "hi", None)
    assert (await client.get("/messages")).status_code == 403
    assert await Message.count() == 1


async def test_an_embedded_row_out_of_reach_is_null_and_documented_so(client: httpx.AsyncClient) -> None:
    """Clients that were generated from the document must not fall over the first null."""
    pages = (await client.get("/pages?sort=id")).json()["items"]
    assert [page["team"] and page["team"]["owner"] for page in pages] == ["ann", None]
    document = (await client.get("/openapi.json")).json()
    shown = document["components"]["schemas"]["PageRead"]["properties"]["team"]
    assert {"type": "null"} in shown["anyOf"]
