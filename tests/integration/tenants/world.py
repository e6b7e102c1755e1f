"""Two firms in the same tables: what one of them has bears its name, so that a single byte of it tells."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.mixins import TenantMixin, UtilsMixin
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, Ref
from portico.db.scoping import tenant_context
from portico.db.session import Database

OURS: Final = "acme"
THEIRS: Final = "rival"


class Base(Model):
    """The models of this folder."""

    class Meta:
        """Its own metadata, so that no other test's tables come along."""

        abstract = True
        metadata = sa.MetaData()


class Firm(Base):
    """What everybody may know: the tags that all firms use."""

    id: Mapped[int] = IntegerField(primary_key=True)
    word: Mapped[str] = StringField(max_length=40, unique=True)
    papers: Many[Paper] = ManyToMany(back_populates="tags")

    class Meta(Base.Meta):
        """A plain name."""

        table = "firm_tags"


class Person(TenantMixin, UtilsMixin, Base):
    """Somebody who works for a firm."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=40, unique=True)
    papers: Many[Paper] = OneToMany(back_populates="author")

    class Meta(Base.Meta):
        """A name that no other test has."""

        table = "firm_persons"


class Label(Base, TenantMixin):
    """What a firm sticks on its papers."""

    id: Mapped[int] = IntegerField(primary_key=True)
    word: Mapped[str] = StringField(max_length=40)
    papers: Many[Paper] = ManyToMany(back_populates="labels")

    class Meta(Base.Meta):
        """A name that no other test has."""

        table = "firm_labels"


class Paper(Base, TenantMixin):
    """What somebody has written."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=40)
    pages: Mapped[int] = IntegerField(default=1)
    author_id: Mapped[int] = ForeignKeyField(Person, on_delete="cascade")
    editor_id: Mapped[int | None] = ForeignKeyField(Person, on_delete="set_null", nullable=True, default=None)
    author: Ref[Person] = ManyToOne(back_populates="papers", foreign_key="author_id")
    labels: Many[Label] = ManyToMany(back_populates="papers")
    tags: Many[Firm] = ManyToMany(back_populates="papers")

    class Meta(Base.Meta):
        """A name that no other test has."""

        table = "firm_papers"


@dataclass
class Goods:
    """What a firm has."""

    person: Person
    paper: Paper
    label: Label
    tag: Firm


@dataclass
class World:
    """Both firms, as far as they are there."""

    db: Database
    tag: Firm
    ours: Goods
    theirs: Goods


async def furnish(db: Database) -> World:
    """Both firms, with as many things of the same kinds."""
    await db.create_tables(Base.metadata)
    tag = await Firm.create(word="shared")
    return World(db, tag, await settle_in(OURS, tag), await settle_in(THEIRS, tag))


async def settle_in(name: str, tag: Firm) -> Goods:
    """One firm with its rows, all of which bear its name."""
    with tenant_context(name):
        person = await Person.create(name=f"{name} person")
        paper = await Paper.create(title=f"{name} paper", author_id=person.id, editor_id=person.id)
        label = await Label.create(word=f"{name} label")
        await paper.labels.add(label)
        await paper.tags.add(tag)
        return Goods(person, paper, label, tag)


def _is_dict(found: object) -> TypeGuard[dict[Any, Any]]:
    return isinstance(found, dict)


def _is_several(found: object) -> TypeGuard[Collection[Any]]:
    return isinstance(found, (list, tuple, set, sa.Row))


def told(found: Any, depth: int = 6) -> str:
    """Everything that was found, as a text; objects that hold each other are followed some steps."""
    if depth == 0:
        return "…"
    if _is_dict(found):
        return "; ".join(f"{told(key)}={told(value, depth - 1)}" for key, value in found.items())
    if _is_several(found):
        return ", ".join(told(each, depth - 1) for each in found)
    if isinstance(found, Base):
        return told({name: value for name, value in vars(found).items() if name[0] != "_"}, depth - 1)
    return repr(found)
