"""What sessions of this folder fight over, and how its tables are emptied between two plays."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.mixins import OptimisticLockMixin, SoftDeleteMixin, TenantMixin, UtilsMixin
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany
from portico.db.scoping import unscoped

METADATA = sa.MetaData()


class Base(Model):
    """Its own metadata, and names of its own: SQL as text that names a scoped table is refused."""

    class Meta:
        abstract = True
        metadata = METADATA


class Jar(UtilsMixin, Base):
    """Nothing but rows."""

    class Meta(Base.Meta):
        table = "raced_jars"

    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=20, unique=True)
    amount: Mapped[int] = IntegerField(default=0)
    labels: Many[Label] = ManyToMany()


class Label(Base):
    """Sticks to jars."""

    class Meta(Base.Meta):
        table = "raced_labels"

    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=20, unique=True)


class Sheet(OptimisticLockMixin, UtilsMixin, Base):
    """Rows with versions."""

    class Meta(Base.Meta):
        table = "raced_sheets"

    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=20, unique=True)
    amount: Mapped[int] = IntegerField(default=0)


class Card(SoftDeleteMixin, UtilsMixin, Base):
    """Deleted rows are kept."""

    class Meta(Base.Meta):
        table = "raced_cards"

    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=20, unique=True)
    amount: Mapped[int] = IntegerField(default=0)


class Page(SoftDeleteMixin, Base):
    """Goes with its card, softly."""

    class Meta(Base.Meta):
        table = "raced_pages"

    id: Mapped[int] = IntegerField(primary_key=True)
    card_id: Mapped[int] = ForeignKeyField(Card, on_delete="cascade")


class Seal(SoftDeleteMixin, Base):
    """Keeps its card from going, softly."""

    class Meta(Base.Meta):
        table = "raced_seals"

    id: Mapped[int] = IntegerField(primary_key=True)
    card_id: Mapped[int] = ForeignKeyField(Card, on_delete="restrict")


class Flag(TenantMixin, UtilsMixin, Base):
    """Each tenant has its own."""

    class Meta(Base.Meta):
        table = "raced_flags"

    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=20, unique=True)
    amount: Mapped[int] = IntegerField(default=0)


class Lid(Base):
    """Goes with its jar."""

    class Meta(Base.Meta):
        table = "raced_lids"

    id: Mapped[int] = IntegerField(primary_key=True)
    jar_id: Mapped[int] = ForeignKeyField(Jar, on_delete="cascade")


class Debt(Base):
    """Keeps its jar from going."""

    class Meta(Base.Meta):
        table = "raced_debts"

    id: Mapped[int] = IntegerField(primary_key=True)
    jar_id: Mapped[int] = ForeignKeyField(Jar, on_delete="restrict")


KEEPING: tuple[type[Any], ...] = (Seal, Page, Card)
PLAIN: tuple[type[Any], ...] = (Debt, Lid, Jar, Label, Sheet, Flag)


async def empty(*models: type[Any]) -> None:
    """Remove the rows of these classes, for good; of all where none is named."""
    with unscoped():
        for model in (*KEEPING, *PLAIN):
            if model not in models and models:
                continue
            if model in KEEPING:
                await model.with_deleted().all().hard_delete()
            else:
                await model.all().delete()
