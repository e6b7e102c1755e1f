"""Every public call that reaches rows is a registered door; what is none says why."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico._kernel.doors import doors, register_calls, register_doors
from portico.app import Portico
from portico.db import mixins
from portico.db.audit import Audit, Trail
from portico.db.changes import ChangeFeed
from portico.db.fields import ForeignKeyField, IntegerField
from portico.db.mixins import SoftDeleteMixin
from portico.db.models import Model
from portico.db.outbox import Outbox, Relay
from portico.db.query import Query, Rows
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, Ref, Related
from portico.db.session import Database, Unit
from tests.architecture.house import PACKAGE

_DESCRIBES: Final = "describes a query, which asks when it is awaited"
_IN_HAND: Final = "is about the object in hand, or about its class"
_MANAGES: Final = "manages the database, its tables or its connections, and gives no row"
_WRITER: Final = "is told of writes by the unit of work that makes them"
_INSIDE: Final = "runs what a door hands it, in the meaning of whoever opened the door"

NO_DOORS: Final[dict[str, str]] = {
    **dict.fromkeys(["Model.all", "Model.filter", "Model.exclude", "Model.order_by"], _DESCRIBES),
    **dict.fromkeys(["Model.prefetch", "Model.only", "Query.all", "Query.limit", "Query.offset"], _DESCRIBES),
    **dict.fromkeys(["Query.distinct", "Query.only", "Query.using", "Query.narrowed_by"], _DESCRIBES),
    **dict.fromkeys(["Rows.all", "Rows.limit", "Rows.offset", "Rows.distinct", "Rows.using"], _DESCRIBES),
    **dict.fromkeys(["Rows.narrowed_by", "Trail.by", "Trail.since", "Trail.until"], _DESCRIBES),
    **dict.fromkeys(["Trail.of_request", "Trail.of_unit", "Trail.after", "Trail.newest_first"], _DESCRIBES),
    **dict.fromkeys(["Trail.limit"], _DESCRIBES),
    **dict.fromkeys(["Model.read_schema", "Model.to_response", "Related.count", "Related.index"], _IN_HAND),
    **dict.fromkeys(["UtilsMixin.changed_fields", "UtilsMixin.diff", "UtilsMixin.to_dict"], _IN_HAND),
    **dict.fromkeys(["UtilsMixin.to_json", "CompositeKeyMixin.key_dict"], _IN_HAND),
    **dict.fromkeys(["Database.use", "Database.ping", "Database.close", "Audit.use_keys"], _MANAGES),
    **dict.fromkeys(["Database.create_tables", "Database.drop_tables"], _MANAGES),
    **dict.fromkeys(["check_row_security", "enable_row_security", "row_security_faults"], _MANAGES),
    **dict.fromkeys(["hash_password_async", "hash_passwords", "hash_pending"], _IN_HAND),
    **dict.fromkeys(["verify_password_async"], _IN_HAND),
    **dict.fromkeys(["reflect", "has_table", "server_facts"], _MANAGES),
    **dict.fromkeys(["Unit.on_commit", "Unit.record", "Unit.created", "Unit.changed"], _WRITER),
    **dict.fromkeys(
        ["Unit.deleted", "Unit.flush", "Unit.share", "Unit.tell", "Unit.forget_changes"], _WRITER
    ),
    **dict.fromkeys(["Unit.before_commit", "Unit.after_commit", "Unit.after_rollback"], _WRITER),
    **dict.fromkeys(["Unit.refuse", "Unit.fail", "Unit.check", "tell_before"], _WRITER),
    **dict.fromkeys(["Outbox.before_commit", "Outbox.after_commit", "Outbox.before_write"], _WRITER),
    **dict.fromkeys(
        ["Outbox.after_write", "Outbox.looks_before", "Outbox.passed_over", "Outbox.wants"], _WRITER
    ),
    **dict.fromkeys(["Outbox.include", "Outbox.close", "Outbox.wake", "Outbox.check"], _MANAGES),
    **dict.fromkeys(["Relay.stop", "ChangeFeed.close"], _MANAGES),
    **dict.fromkeys(["ChangeFeed.put", "ChangeFeed.wants"], _WRITER),
    **dict.fromkeys(["read", "write", "once_more", "finish", "rehearse", "Unit.perform"], _INSIDE),
    "link_pending": "writes what `Model.save` of a new owner has been given",
    **dict.fromkeys(
        ["claim", "keep", "answer_of", "forget_before"],
        "keeps answers under a digest of caller, tenant and key; the doors are those of REST that take one",
    ),
}
"""What reaches no row by itself, each with the reason."""
CLASSES: Final[tuple[type[Any], ...]] = (
    Model, Query, Rows, Related, Database, Unit, Trail, Audit, ChangeFeed, Outbox, Relay,
    *(found for name in mixins.__all__ if isinstance(found := getattr(mixins, name), type)),
)  # fmt: skip
_BY_PROTOCOL: Final = ("__await__", "__aiter__")
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_FRONT: Final = {"GET /", "GET /health"}


def _calls(cls: type[Any]) -> Iterator[str]:
    for name in dir(cls):
        if name.startswith("_") and name not in _BY_PROTOCOL:
            continue
        if inspect.isroutine(getattr(cls, name, None)):
            yield f"{cls.__name__}.{name}"


def _functions(room: str) -> Iterator[str]:
    """What a room of `db` offers that has to be awaited."""
    offered = import_module(f"portico.db.{room.replace('/', '.')}")
    for name in offered.__all__:
        found = getattr(offered, name)
        if inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found):
            yield name


ROOMS: Final = sorted(
    path.parent.relative_to(PACKAGE / "db").as_posix()
    for path in (PACKAGE / "db").rglob("__init__.py")
    if path.parent.parent == PACKAGE / "db" or path.parent.name == "grouping"
)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_public_call_is_a_door_or_says_why_not(cls: type[Any]) -> None:
    """A way to rows that nobody registered is one that no suite goes through."""
    known = {door.name for door in doors()} | NO_DOORS.keys()
    assert [name for name in _calls(cls) if name not in known] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_public_coroutine_is_a_door_or_says_why_not(room: str) -> None:
    """The same for the functions that upper rooms use."""
    known = {door.name for door in doors()} | NO_DOORS.keys()
    assert [name for name in _functions(room) if name not in known] == []


def test_no_reason_is_left_of_what_is_gone_or_a_door() -> None:
    """An allowance that nothing uses would hide the next one."""
    there = {name for cls in CLASSES for name in _calls(cls)} | {
        n for room in ROOMS for n in _functions(room)
    }
    assert NO_DOORS.keys() <= there
    assert not NO_DOORS.keys() & {door.name for door in doors()}


async def test_every_operation_of_the_document_is_a_door() -> None:
    """What a client can send is read from the document of an API that has every kind of operation."""
    async with Database("sqlite:///:memory:", name="doors") as database:
        offered = _kinds(_everything(database).openapi())
    assert offered - _FRONT == {door.name for door in doors() if door.room == "rest"}


def _everything(database: Database) -> Any:
    class Base(Model):
        class Meta:
            abstract = True
            metadata = MetaData()

    class Shelf(SoftDeleteMixin, Base):
        id: Mapped[int] = IntegerField(primary_key=True)
        size: Mapped[int] = IntegerField(default=0, unique=True)
        jars: Many[Jar] = OneToMany(back_populates="shelf")
        lids: Many[Jar] = ManyToMany(back_populates="lids")

    class Jar(Base):
        id: Mapped[int] = IntegerField(primary_key=True)
        shelf_id: Mapped[int] = ForeignKeyField(Shelf)
        shelf: Ref[Shelf] = ManyToOne(back_populates="jars")
        lids: Many[Shelf] = ManyToMany(back_populates="lids")

    api = Portico(database)
    api.expose(Shelf, policy="public")
    api.expose(Jar, policy="public")
    return api.app()


def _kinds(document: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for path, item in document["paths"].items():
        shape = re.sub(r"(?<=\}/)(jars|shelf|lids)(?=/|$)", "{way}", re.sub(r"\{\w+\}", "{key}", path))
        shape = re.sub(r"^/(jars|shelfs|shelves)(?=/|$)", "/{r}", shape)
        found |= {f"{method.upper()} {shape}" for method in _METHODS if method in item}
    return found


def test_a_door_that_is_misspelt_or_taken_is_refused() -> None:
    """At import, before anybody relies on it."""
    with pytest.raises(ValueError, match="has no cuont"):
        register_calls("db/query", Query, reads="cuont")
    with pytest.raises(ValueError, match="registered by rest"):
        register_doors("graphql", reads=["GET /{r}"])
