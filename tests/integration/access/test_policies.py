"""Policies through the door: what is out of reach does not exist, whichever way one asks."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import httpx
import pytest
from fastapi import Header, HTTPException, Query
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref
from portico.db.session import Database

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Team(Base):
    """Rows of it are seen by its owner alone."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50, unique=True)
    owner: Mapped[str] = StringField(max_length=50)
    notes: Many[Note] = OneToMany(back_populates="team")


class Note(Base):
    """Everybody reads it; its author changes it."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=50)
    author: Mapped[str] = StringField(max_length=50)
    team_id: Mapped[int] = ForeignKeyField(Team, on_delete="cascade")
    team: Ref[Team] = ManyToOne(back_populates="notes")


class NotePolicy(Policy):
    """Reading is free, writing is for authors, deleting for administrators."""

    def read(self, principal: Principal) -> object:  # noqa: ARG002 -- everybody
        """Everybody."""
        return True

    def create(self, principal: Principal) -> object:
        """Only in one's own name."""
        return Note.author == principal.id

    def update(self, principal: Principal) -> object:
        """One's own, or any for an administrator."""
        return principal.is_admin or Note.author == principal.id

    def delete(self, principal: Principal) -> object:
        """Administrators."""
        return principal.is_admin


async def who(
    x_user: Annotated[str | None, Header()] = None, as_: Annotated[str | None, Query(alias="as")] = None
) -> Principal | None:
    """The principal, from a header or a parameter, as a FastAPI dependency."""
    x_user = x_user or as_
    if x_user == "banned":
        raise HTTPException(401, "Go away.", headers={"WWW-Authenticate": "Basic"})
    return Principal(x_user, is_admin=x_user == "root") if x_user else None


@pytest.fixture
async def client(db: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of notes with two teams and three notes."""
    await db.create_tables(metadata)
    ann, bea = await Team.create(name="A", owner="ann"), await Team.create(name="B", owner="bea")
    for text, author, team in (("a1", "ann", ann), ("a2", "bea", ann), ("b1", "bea", bea)):
        await Note.create(text=text, author=author, team_id=team.id)
    api = Portico(db, principal=who)
    api.expose(Team, policy=lambda principal: Team.owner == principal.id)
    api.expose(Note, policy=NotePolicy)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api.app()), base_url="http://test"
    ) as made:
        yield made


def as_user(name: str) -> dict[str, str]:
    """The header of somebody."""
    return {"x-user": name}


async def test_a_row_out_of_reach_is_absent(client: httpx.AsyncClient) -> None:
    """List, count, get, change, replace and delete give the answer of a row that is not there."""
    listed = (await client.get("/teams?count=exact", headers=as_user("ann"))).json()
    assert ([team["name"] for team in listed["items"]], listed["page"]["count"]) == (["A"], 1)
    for method, path in (
        ("GET", "/teams/2"),
        ("PATCH", "/teams/2"),
        ("PUT", "/teams/2"),
        ("DELETE", "/teams/2"),
    ):
        body = {"name": "x", "owner": "ann"} if method in ("PATCH", "PUT") else None
        foreign = await client.request(method, path, headers=as_user("ann"), json=body)
        absent = await client.request(method, path.replace("2", "99"), headers=as_user("ann"), json=body)
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json()["detail"].replace("2", "99") == absent.json()["detail"]
    assert (await client.get("/teams/2", headers=as_user("bea"))).json()["name"] == "B"


async def test_includes_leave_out_what_is_out_of_reach(client: httpx.AsyncClient) -> None:
    """The target's own policy holds, whichever way leads to it."""
    notes = (await client.get("/notes?include=team&sort=id", headers=as_user("ann"))).json()["items"]
    assert [note["team"] and note["team"]["name"] for note in notes] == ["A", "A", None]
    assert "bea" not in str([note["team"] for note in notes])


async def test_conditions_do_not_ask_about_rows_out_of_reach(client: httpx.AsyncClient) -> None:
    """Guessing a hidden value letter by letter must give nothing."""
    reply = await client.get("/notes?team.name__startswith=B", headers=as_user("ann"))
    assert reply.json()["items"] == []
    reply = await client.get("/notes?team.name__startswith=B", headers=as_user("bea"))
    assert [note["text"] for note in reply.json()["items"]] == ["b1"]
    # A hidden team is like none: every guess at its name gives the same.
    for guess in ("A", "B", "C"):
        negative = await client.get(f"/notes?team.name__ne={guess}&team.id__ne=1", headers=as_user("ann"))
        assert [note["text"] for note in negative.json()["items"]] == ["b1"]
    assert (await client.get("/notes?sort=team.name", headers=as_user("ann"))).status_code == 422


async def test_nobody_is_asked_to_log_in_where_a_rule_is_about_somebody(client: httpx.AsyncClient) -> None:
    """401, and not the rows whose owner is missing."""
    reply = await client.get("/teams")
    assert (reply.status_code, reply.json()["code"]) == (401, "unauthenticated")
    assert reply.headers["www-authenticate"] == "Bearer"


async def test_a_row_cannot_be_created_out_of_reach(client: httpx.AsyncClient) -> None:
    """The rule is asked of the stored row, and the row is gone when it says no."""
    body = {"text": "x", "author": "bea", "team_id": 1}
    assert (await client.post("/notes", json=body, headers=as_user("ann"))).status_code == 403
    body |= {"team_id": 2}
    assert (await client.post("/notes", json=body, headers=as_user("bea"))).status_code == 201
    assert (await client.get("/notes?text=x&count=exact")).json()["page"]["count"] == 1


async def test_a_row_cannot_be_pushed_out_of_reach(client: httpx.AsyncClient) -> None:
    """Giving one's row away in another's name is as good as writing in that name."""
    reply = await client.patch("/notes/1", json={"author": "bea"}, headers=as_user("ann"))
    assert reply.status_code == 403
    assert (await client.get("/notes/1")).json()["author"] == "ann"
    assert (await client.patch("/notes/1", json={"text": "new"}, headers=as_user("ann"))).status_code == 200
    assert (await client.patch("/notes/2", json={"text": "new"}, headers=as_user("ann"))).status_code == 404


async def test_an_operation_that_is_denied_altogether_is_403(client: httpx.AsyncClient) -> None:
    """No row could make a difference, so nothing is given away by saying so."""
    assert (await client.delete("/notes/1", headers=as_user("ann"))).status_code == 403
    assert (await client.delete("/notes/1", headers=as_user("root"))).status_code == 204


async def test_an_error_of_the_principal_dependency_is_a_problem(client: httpx.AsyncClient) -> None:
    """Log-in is the user's; the form of the reply stays the same."""
    reply = await client.get("/notes", headers=as_user("banned"))
    assert (reply.status_code, reply.json()["detail"]) == (401, "Go away.")
    assert reply.headers["www-authenticate"] == "Basic"
    assert reply.headers["content-type"] == "application/problem+json"


async def test_parameters_of_the_principal_dependency_are_not_filters(client: httpx.AsyncClient) -> None:
    """What a dependency declares is known to the operation."""
    assert (await client.get("/teams?as=ann&limit=1")).json()["items"][0]["name"] == "A"
    assert (await client.patch("/notes/1?as=ann", json={"text": "x"})).status_code == 200
    assert (await client.get("/teams?as=ann&nonsense=1")).status_code == 422


async def test_rules_may_walk_relations(db: Database) -> None:
    """A note is as private as its team."""
    await db.create_tables(metadata)
    ann, bea = await Team.create(name="A", owner="ann"), await Team.create(name="B", owner="bea")
    await Note.bulk_create(
        [Note(text=owner, author="x", team_id=team.id) for owner, team in (("a", ann), ("b", bea))]
    )
    api = Portico(db, principal=who)
    api.expose(Note, policy=lambda principal: Note.team.owner == principal.id)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api.app()), base_url="http://test"
    ) as client:
        listed = await client.get("/notes", headers=as_user("ann"))
        assert [note["text"] for note in listed.json()["items"]] == ["a"]
        body = {"text": "c", "author": "x", "team_id": bea.id}
        assert (await client.post("/notes", json=body, headers=as_user("ann"))).status_code == 403
        moved = await client.patch("/notes/1", json={"team_id": bea.id}, headers=as_user("ann"))
        assert moved.status_code == 403
        assert (await client.patch("/notes/1", json={"text": "d"}, headers=as_user("ann"))).status_code == 200
        assert (await client.delete("/notes/2", headers=as_user("ann"))).status_code == 404
        assert (await client.delete("/notes/1", headers=as_user("ann"))).status_code == 204


async def test_a_target_that_is_closed_to_somebody_is_empty_for_them(db: Database) -> None:
    """A rule may say no to everything: then there is nothing to include, and nothing to ask about."""
    await db.create_tables(metadata)
    team = await Team.create(name="A", owner="ann")
    await Note.create(text="a", author="x", team_id=team.id)
    api = Portico(db, principal=who)
    api.expose(Team, policy=Policy(read=lambda principal: principal.is_admin))
    api.expose(Note, policy="public")
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for user, name, count in (("root", "A", 1), ("ann", None, 0)):
            included = (await client.get("/notes/1?include=team", headers=as_user(user))).json()["team"]
            assert (included and included["name"]) == name
            asked = (await client.get("/notes?team.name=A", headers=as_user(user))).json()
            assert len(asked["items"]) == count
        assert (await client.get("/teams", headers=as_user("ann"))).status_code == 403
