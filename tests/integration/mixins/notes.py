"""Models with versions: alone, with a family in one table, and with one in several."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import (
    BooleanField,
    DecimalField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    PasswordField,
    SecretField,
    StringField,
    composite_unique,
)
from portico.db.mixins import OptimisticLockMixin, TimestampMixin, UtilsMixin
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, OptRef


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Note(OptimisticLockMixin, TimestampMixin, UtilsMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=20, unique=True)
    title: Mapped[str] = StringField(max_length=50, default="")
    shelf: Mapped[str] = StringField(max_length=10, default="a")
    place: Mapped[int | None] = IntegerField(default=None)
    likes: Mapped[int] = IntegerField(default=0, min_value=0, max_value=1_000)
    price: Mapped[Decimal] = DecimalField(default=Decimal("1.00"))
    done: Mapped[bool] = BooleanField(default=False)
    extra: Mapped[object | None] = JSONField(default=None)
    parent_id: Mapped[int | None] = ForeignKeyField(
        "notes.id", nullable=True, default=None, on_delete="cascade"
    )
    lines: Many["Line"] = OneToMany(back_populates="note")
    labels: Many["Label"] = ManyToMany()

    class Meta(Base.Meta):
        constraints = [composite_unique("shelf", "place")]


class Line(UtilsMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=50)
    note_id: Mapped[int | None] = ForeignKeyField(Note, nullable=True, default=None, on_delete="cascade")
    note: OptRef[Note] = ManyToOne(back_populates="lines")


class Label(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)


class Account(UtilsMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    password: Mapped[str] = PasswordField()
    token: Mapped[str | None] = SecretField(default=None)


class Vehicle(Base, OptimisticLockMixin, UtilsMixin):
    """A family in two tables."""

    id: Mapped[int] = IntegerField(primary_key=True)
    kind: Mapped[str] = StringField(max_length=10, default="vehicle")
    wheels: Mapped[int] = IntegerField(default=4)

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "vehicle"}


class Truck(Vehicle):
    id: Mapped[int] = ForeignKeyField(Vehicle, primary_key=True)
    cargo: Mapped[int] = IntegerField(default=0)

    __mapper_args__ = {"polymorphic_identity": "truck"}

    class Meta(Base.Meta):
        table = "trucks"
