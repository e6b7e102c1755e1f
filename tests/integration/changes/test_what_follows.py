"""Rows that the database changes by itself, and rows that a write only seems to make or to leave alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, relationship

from portico.db.changes import unwatch, watch
from portico.db.fields import ForeignKeyField, IntegerField, JSONField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany
from portico.db.session import Database, run
from portico.errors import UsageError

from .orchard import Diary


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Hen(Base):
    """Hens and eggs refer to each other."""

    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    egg_id: Mapped[int | None] = ForeignKeyField("Egg", on_delete="cascade", nullable=True, default=None)


class Egg(Base):
    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    hen_id: Mapped[int | None] = ForeignKeyField(Hen, on_delete="cascade", nullable=True, default=None)


class Feather(Base):
    """The only one of these three that is watched."""

    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    hen_id: Mapped[int] = ForeignKeyField(Hen, on_delete="cascade")


class Field(Base):
    """Nobody watches fields."""

    code: Mapped[str] = StringField(max_length=10, primary_key=True)


class Row(Base):
    """Its key holds the key of its field."""

    field: Mapped[str] = ForeignKeyField(Field, on_delete="cascade", on_update="cascade", primary_key=True)
    number: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    facts: Mapped[Any] = JSONField(default=dict)


class Bush(Base):
    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    next_id: Mapped[int | None] = ForeignKeyField("self", nullable=True, default=None)
    herbs: Many[Herb] = ManyToMany(back_populates="bushes")


class Herb(Base):
    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    bushes: Many[Bush] = ManyToMany(back_populates="herbs")


_bushes: Any = Bush
_bushes.next = relationship(
    Bush,
    foreign_keys=[Bush.__table__.c.next_id],
    remote_side=[Bush.__table__.c.id],
    post_update=True,
    overlaps="next",
)


@pytest.fixture
async def diary(db: Database) -> AsyncIterator[Diary]:
    """Watches all but hens, eggs and fields, from here on."""
    await db.create_tables(Base.metadata)
    await Hen.create(id=1)
    await Egg.create(id=1)
    await Hen.create(id=2, egg_id=1)
    await Feather.create(id=1, hen_id=2)
    await Field.create(code="a")
    await Row.bulk_create([Row(field="a", number=1, facts={"wet": 1}), Row(field="a", number=2)])
    await Bush.create(id=1)
    await Herb.bulk_create([Herb(id=1), Herb(id=2)])
    await (await Bush.get(1)).herbs.add(1)
    made = Diary(Feather, Row, Bush, Herb)
    watch(made)
    yield made
    unwatch(made)


async def test_rows_behind_a_circle_of_foreign_keys_are_recorded(diary: Diary) -> None:
    """Whichever table of the circle was asked about first."""
    await Hen.filter(id=99).delete()
    await Egg.filter(id=1).delete()
    assert diary.seen() == [("delete", "Feather", (1,))]


async def test_a_key_that_follows_another_is_a_move(diary: Diary) -> None:
    """The rows are there, and neither deleted nor made; nobody watches what they follow."""
    await Field.filter(code="a").update(code="b")
    moved = [(change.kind, change.key_before, change.key) for change in diary.committed]
    assert moved == [("update", ("a", 1), ("b", 1)), ("update", ("a", 2), ("b", 2))]


async def test_a_key_that_an_object_changes_is_followed(diary: Diary) -> None:
    """The statement of an object takes the compiled lane where nobody follows."""
    field = await Field.get("a")
    field.code = "b"
    await field.save()
    assert [change.key for change in diary.committed] == [("b", 1), ("b", 2)]


@pytest.mark.parametrize("facts", [{"wet": True}, {"wet": 1.0}, {"wet": [1]}])
async def test_json_that_python_takes_for_the_same_is_another(diary: Diary, facts: Any) -> None:
    """``1 == True == 1.0`` in Python, and three values in JSON."""
    await Row.filter(number=1).update(facts=facts)
    (change,) = diary.committed
    assert change.changed == {"facts"}


async def test_an_object_in_the_place_of_another_is_an_update(db: Database, diary: Diary) -> None:
    """SQLAlchemy makes one UPDATE of a deletion and an insertion of the same key."""
    async with db.session() as session:
        await session.delete(await session.get_one(Herb, 2))
        await session.delete(await session.get_one(Row, ("a", 1)))
        session.add(Row(field="a", number=1, facts={"new": 1}))
    assert sorted(diary.seen()) == [("delete", "Herb", (2,)), ("update", "Row", ("a", 1))]


async def test_a_row_that_its_flush_updates_is_one_new_row(db: Database, diary: Diary) -> None:
    """Rows that refer to each other are inserted first and connected then."""
    async with db.session() as session:
        one, other = _bushes(id=7), _bushes(id=8)
        one.next, other.next = other, one
        session.add_all([one, other])
    assert sorted(diary.seen()) == [("create", "Bush", (7,)), ("create", "Bush", (8,))]


async def test_a_link_that_is_turned_to_another_row_is_recorded(db: Database, diary: Diary) -> None:
    """An UPDATE of the junction is an unlinking and a linking."""
    table = Base.metadata.tables["bushes_herbs"]
    await run(db, sa.update(table).where(table.c.herb_id == 1).values(herb_id=2))
    said = {(c.model, c.key): (*c.before.values(), *c.after.values()) for c in diary.committed}
    none: frozenset[Any] = frozenset()
    one, two = frozenset({(1,)}), frozenset({(2,)})
    assert said == {(Bush, (1,)): (one, two), (Herb, (1,)): (one, none), (Herb, (2,)): (none, one)}


async def test_links_follow_the_key_of_their_owner(diary: Diary) -> None:
    """The bush has the herbs that it had; the herb has a bush of another key."""
    await Bush.filter(id=1).update(id=5)
    links = [(c.model, c.key, c.before, c.after) for c in diary.committed if c.key_before == c.key]
    assert links == [(Herb, (1,), {"bushes": frozenset({(1,)})}, {"bushes": frozenset({(5,)})})]


async def test_writes_inside_of_a_select_are_refused(db: Database, diary: Diary) -> None:
    """By from_statement() and by text with columns."""
    herbs: Any = Herb.__table__
    writes = sa.update(herbs).where(herbs.c.id == 1).values(id=9).returning(herbs.c.id)
    text = sa.text("UPDATE herbs SET id = 9 WHERE id = 1 RETURNING id").columns(herbs.c.id)
    for statement in (sa.select(Herb).from_statement(writes), sa.select(Herb).from_statement(text), text):
        with pytest.raises(UsageError, match="recorded"):
            async with db.session() as session:
                await session.execute(statement)
    assert diary.told == []
