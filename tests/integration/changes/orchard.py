"""Models of an orchard, with every way in which rows hang together, and somebody who watches them.

A farm has trees, which go with it; a tree has fruits, which lose it, and labels over a plain junction.
Pickers belong to farms through rows of their own. Branches hang on branches. A cart is a tool in a table of
its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.changes import RowChange, Watcher, unwatch, watch
from portico.db.fields import ForeignKeyField, IntegerField, JSONField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, OptRef, Ref
from portico.db.session import Database

METADATA = sa.MetaData()


class Base(Model):
    class Meta:
        abstract = True
        metadata = METADATA


class Farm(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20, unique=True)
    size: Mapped[int] = IntegerField(default=1)
    trees: Many[Tree] = OneToMany(back_populates="farm")
    pickers: Many[Picker] = ManyToMany(back_populates="farms", through="Job")


class Tree(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    kind: Mapped[str] = StringField(max_length=20)
    height: Mapped[int] = IntegerField(default=1)
    facts: Mapped[dict[str, Any]] = JSONField(default=dict)
    farm_id: Mapped[int] = ForeignKeyField(Farm, on_delete="cascade")
    farm: Ref[Farm] = ManyToOne(back_populates="trees")
    fruits: Many[Fruit] = OneToMany(back_populates="tree")
    labels: Many[Label] = ManyToMany(back_populates="trees")


class Fruit(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    weight: Mapped[int] = IntegerField(default=1)
    tree_id: Mapped[int | None] = ForeignKeyField(Tree, on_delete="set_null", nullable=True, default=None)
    tree: OptRef[Tree] = ManyToOne(back_populates="fruits")


class Label(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=20)
    trees: Many[Tree] = ManyToMany(back_populates="labels")


class Picker(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    farms: Many[Farm] = ManyToMany(back_populates="pickers", through="Job")


class Job(Base):
    farm_id: Mapped[int] = ForeignKeyField(Farm, on_delete="cascade", primary_key=True)
    picker_id: Mapped[int] = ForeignKeyField(Picker, on_delete="cascade", primary_key=True)
    hours: Mapped[int] = IntegerField(default=8)


class Branch(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    over_id: Mapped[int | None] = ForeignKeyField("Branch", on_delete="cascade", nullable=True, default=None)


class Tool(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    kind: Mapped[str] = StringField(max_length=10, default="tool")
    name: Mapped[str] = StringField(max_length=20)
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "tool"}


class Cart(Tool):
    id: Mapped[int] = ForeignKeyField(Tool, primary_key=True)
    wheels: Mapped[int] = IntegerField(default=2)
    __mapper_args__ = {"polymorphic_identity": "cart"}

    class Meta(Base.Meta):
        table = "carts"


class Stone(Base):
    """Nobody watches stones."""

    id: Mapped[int] = IntegerField(primary_key=True)
    weight: Mapped[int] = IntegerField(default=1)


WATCHED = (Farm, Tree, Fruit, Label, Picker, Job, Branch, Tool, Cart)


class Diary(Watcher):
    """Writes down what it is told."""

    def __init__(self, *models: type[Any]) -> None:
        self.models = models or WATCHED
        self.before: list[RowChange] = []
        self.told: list[RowChange] = []
        self.committed: list[RowChange] = []
        self.calls = 0

    def wants(self, model: type[Any]) -> bool:
        """The classes it was made for."""
        return model in self.models

    async def after_write(self, unit: Any, changes: Sequence[RowChange]) -> None:
        """Right after the statement."""
        del unit
        self.told += changes

    async def before_commit(self, unit: Any, changes: Sequence[RowChange]) -> None:
        """Just before the commit."""
        del unit
        self.calls += 1
        self.before += changes

    def after_commit(self, changes: Sequence[RowChange]) -> None:
        """The commit is done."""
        self.committed += changes

    def seen(self) -> list[tuple[str, str, tuple[Any, ...]]]:
        """The committed changes in short."""
        return [(change.kind, change.model.__name__, change.key) for change in self.committed]


@pytest.fixture
async def orchard(db: Database) -> Database:
    """Two farms with trees, fruits, labels, pickers; branches; tools. Nobody watches yet."""
    await db.create_tables(METADATA)
    await Farm.bulk_create([Farm(name="hill"), Farm(name="dale")])
    await Tree.bulk_create([Tree(kind="pear", farm_id=farm) for farm in (1, 1, 2)])
    await Fruit.bulk_create([Fruit(tree_id=tree) for tree in (1, 1, 3)])
    await Label.bulk_create([Label(text=text) for text in ("old", "tall", "ill")])
    await Picker.bulk_create([Picker(name="ann"), Picker(name="ben")])
    await Job.bulk_create([Job(farm_id=1, picker_id=1), Job(farm_id=2, picker_id=1)])
    for over in (None, 1, 2):
        await Branch.create(over_id=over)
    await Tool.create(name="saw")
    await Cart.create(name="barrow")
    await Stone.create()
    await (await Tree.get(1)).labels.add(1, 2)
    return db


@pytest.fixture
async def diary(orchard: Database) -> AsyncIterator[Diary]:
    """Watches everything but stones, from here on."""
    _ = orchard
    made = Diary()
    watch(made)
    yield made
    unwatch(made)
