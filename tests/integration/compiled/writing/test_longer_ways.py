"""Where code of the application has to see a row, or one statement is not enough, nothing is compiled."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db import idempotency
from portico.db.fields import IntegerField, PasswordField, StringField
from portico.db.models import Model
from portico.db.session import Database, atomic
from portico.resources.hooks import Change, Hooks
from tests.integration.compiled.writing.ledger import Account, Entry, Owner, Stamped, metadata
from tests.integration.compiled.writing.twice import note_writes, serving

others = sa.MetaData()
seen: list[str] = []


class Plain(DeclarativeBase):
    """Plain SQLAlchemy."""

    metadata = others


class Base(Model):
    """Models of these tests."""

    class Meta:
        abstract = True
        metadata = others


class Built(Plain):
    """A constructor of its own."""

    __tablename__ = "built"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20))

    def __init__(self, name: str) -> None:
        seen.append(name)
        self.name = name.upper()


class Checked(Plain):
    """A validator of SQLAlchemy's."""

    __tablename__ = "checked"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20))

    @orm.validates("name")
    def _check(self, _key: str, name: str) -> str:
        seen.append(name)
        return name.upper()


class Heard(Base):
    """A model whose attribute somebody listens to."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)


@event.listens_for(Heard.name, "set", retval=True)
def _hear(_row: Heard, name: str, *_: Any) -> str:
    seen.append(name)
    return name.upper()


class Set(Base):
    """A model that does something when an attribute is set."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "name":
            seen.append(value)
            value = value.upper()
        super().__setattr__(name, value)


class Loaded(Base):
    """A model that does something when an object is made."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)


@event.listens_for(Loaded, "init")
def _init(_row: Loaded, _args: Any, values: dict[str, Any]) -> None:
    seen.append(values["name"])
    values["name"] = values["name"].upper()


class Secretive(Base):
    """A model with a password."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    password: Mapped[str | None] = PasswordField(nullable=True, default=None)


class Shouting(Hooks[Stamped]):
    """Hooks of a resource."""

    def before_create(self, change: Change[Stamped]) -> None:
        """Before a new row."""
        seen.append(change.row.title)

    def after_update(self, change: Change[Stamped]) -> None:
        """After a change."""
        seen.append(change.row.title)

    def before_delete(self, change: Change[Stamped]) -> None:
        """Before the end."""
        seen.append(change.row.title)


@asynccontextmanager
async def open_(
    db: Database, expose: Callable[[Portico], None]
) -> AsyncGenerator[tuple[httpx.AsyncClient, list[str]]]:
    """A client, and the compiled statements that its requests send."""
    seen.clear()
    for one in (metadata, others):
        await db.create_tables(one)
    heard: list[str] = []
    note_writes(db, heard)
    async with serving(db, expose, Principal("o")) as client:
        yield client, heard
    db.engines.hearers.clear()


@pytest.mark.parametrize("model", [Built, Checked, Heard, Set, Loaded])
async def test_code_that_looks_at_objects_sees_what_is_created(db: Database, model: Any) -> None:
    """And may change it."""
    async with open_(db, lambda api: api.expose(model, policy="public")) as (client, heard):
        made = await client.post(f"/{model.__tablename__}", json={"name": "ann"})
    assert (made.status_code, made.json()["name"], seen) == (201, "ANN", ["ann"])
    assert heard == []


@pytest.mark.parametrize("model", [Checked, Heard, Set])
async def test_code_that_looks_at_assignments_sees_what_is_changed(db: Database, model: Any) -> None:
    """A single statement assigns nothing."""
    async with open_(db, lambda api: api.expose(model, policy="public")) as (client, heard):
        await client.post(f"/{model.__tablename__}", json={"name": "ann"})
        changed = await client.patch(f"/{model.__tablename__}/1", json={"name": "bea"})
        again = await client.get(f"/{model.__tablename__}/1")
    assert changed.json()["name"] == again.json()["name"] == "BEA"
    assert heard == []


async def test_hooks_see_every_row(db: Database) -> None:
    """Before and after."""
    async with open_(db, lambda api: api.expose(Stamped, policy="public", hooks=Shouting)) as (client, heard):
        assert (await client.post("/stampeds", json={"title": "a"})).status_code == 201
        assert (await client.patch("/stampeds/1", json={"title": "b"})).status_code == 200
        assert (await client.delete("/stampeds/1")).status_code == 204
    assert (seen, heard) == (["a", "b", "b"], [])


async def test_passwords_are_hashed_beside_the_loop(db: Database) -> None:
    """Rows without one are written by one compiled statement, unless their class fills in a null for it."""
    async with open_(db, lambda api: api.expose(Secretive, policy="public")) as (client, heard):
        made = await client.post("/secretives", json={"name": "a", "password": "secret word"})
        assert (made.status_code, made.json()) == (201, {"id": 1, "name": "a"})
        assert heard == []
        changed = await client.patch("/secretives/1", json={"password": "another word"})
        assert (changed.status_code, heard) == (200, [])
        assert (await client.patch("/secretives/1", json={"name": "b"})).json()["name"] == "b"
    assert bool(heard) == db.capabilities.update_returning


async def test_a_listener_to_sessions_sees_changes(db: Database) -> None:
    """One that narrows what statements reach must narrow this one as well."""

    def narrow(state: orm.ORMExecuteState) -> None:
        seen.append("narrowed")

    async with open_(db, lambda api: api.expose(Stamped, policy="public")) as (client, heard):
        await client.post("/stampeds", json={"title": "a"})
        heard.clear()
        event.listen(orm.Session, "do_orm_execute", narrow)
        try:
            assert (await client.patch("/stampeds/1", json={"title": "b"})).status_code == 200
        finally:
            event.remove(orm.Session, "do_orm_execute", narrow)
    assert seen
    assert heard == []


async def test_a_rule_for_rows_as_they_become_is_asked(db: Database) -> None:
    """Whatever it says, it is asked in a unit of work."""
    policy = Policy(
        read=True, create=True, update=True, delete=True, check=lambda who: Entry.owner_code == who.id
    )

    def expose(api: Portico) -> None:
        api.expose(Owner, policy="public")
        api.expose(Entry, policy=policy)

    async with open_(db, expose) as (client, heard):
        for code in "op":
            await client.post("/owners", json={"code": code, "name": code})
        heard.clear()
        new = {"code": "a", "title": "a"}
        assert (await client.post("/entries", json={**new, "owner_code": "p"})).status_code == 403
        assert (await client.post("/entries", json={**new, "owner_code": "o"})).status_code == 201
        assert (await client.patch("/entries/a", json={"owner_code": "p"})).status_code == 403
        assert (await client.patch("/entries/a", json={"title": "b"})).status_code == 200
    assert heard == []


async def test_a_reference_to_rows_with_rules_is_looked_up(db: Database) -> None:
    """One that leads out of reach is refused as one that leads nowhere."""

    def expose(api: Portico) -> None:
        api.expose(Owner, policy=Policy(read=lambda who: Owner.code == who.id, create=True))
        api.expose(Entry, policy="public")

    async with open_(db, expose) as (client, heard):
        for code in "op":
            await client.post("/owners", json={"code": code, "name": code})
        heard.clear()
        answers = [
            (
                await client.post("/entries", json={"code": owner, "title": owner, "owner_code": owner})
            ).status_code
            for owner in ("o", "p", "q")
        ]
        assert answers == [201, 409, 409]
        assert (await client.patch("/entries/o", json={"owner_code": "p"})).status_code == 409
    assert heard == []


async def test_keys_for_repeating_and_writes_for_show_are_units_of_work(db: Database) -> None:
    """Their answers are kept in the transaction, or taken back with it."""
    async with open_(db, lambda api: api.expose(Stamped, policy="public")) as (client, heard):
        await db.create_tables(idempotency.METADATA)
        shown = await client.post("/stampeds", json={"title": "a"}, headers={"Prefer": "tx=rollback"})
        assert (shown.status_code, shown.headers["preference-applied"]) == (201, "tx=rollback")
        assert await Stamped.all().count() == 0
        for _ in range(2):
            kept = await client.post("/stampeds", json={"title": "a"}, headers={"Idempotency-Key": "k"})
            assert kept.status_code == 201, kept.text
    assert await Stamped.all().count() == 1
    assert heard == []


async def test_inside_a_unit_the_unit_writes(db: Database) -> None:
    """A request that is answered within it is undone with it."""
    async with (
        open_(db, lambda api: api.expose(Account, policy="public")) as (client, heard),
        atomic() as unit,
    ):
        assert (await client.post("/accounts", json={"name": "a"})).status_code == 201
        assert (await client.patch("/accounts/1", json={"name": "b"})).status_code == 200
        unit.on_commit(lambda: seen.append("committed"))
    assert (seen, heard) == (["committed"], [])


async def test_a_rule_of_writing_that_is_replaced_holds_from_then_on(db: Database) -> None:
    """Also for bodies that were known to need no look at it."""
    policy: Any = Policy(read=True, create=True, update=Owner.code == "a", delete=True)
    async with open_(db, lambda api: api.expose(Owner, policy=policy)) as (client, _):
        body = {"code": "a", "name": "A"}
        assert (await client.post("/owners", json=body)).status_code == 201
        assert (await client.patch("/owners/a", json={"name": "B"})).status_code == 200
        policy.create = policy.update = policy.delete = nobody
        assert (await client.post("/owners", json={"code": "b", "name": "C"})).status_code == 403
        assert (await client.patch("/owners/a", json={"name": "D"})).status_code == 403
        assert (await client.delete("/owners/a")).status_code == 403
        assert (await client.get("/owners/a")).json()["name"] == "B"


def nobody(_: Any) -> bool:
    """The rule of something that is closed."""
    return False
