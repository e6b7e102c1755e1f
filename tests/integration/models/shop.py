"""Models for the tests of this folder: an owner, things with every kind of default, a composite key."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import (
    ColumnField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    PasswordField,
    StringField,
    UUIDField,
    check_constraint,
    composite_unique,
)
from portico.db.mixins import CompositeKeyMixin, TimestampMixin
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Owner(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    username: Mapped[str] = StringField(max_length=20, unique=True)
    password: Mapped[str | None] = PasswordField(nullable=True, default=None)
    points: Mapped[int] = IntegerField(default=0, min_value=0)
    things: Many["Thing"] = OneToMany(back_populates="owner")


class Thing(TimestampMixin, Base):
    id: Mapped[UUID] = UUIDField(primary_key=True)
    label: Mapped[str] = StringField(max_length=20)
    shelf: Mapped[int] = IntegerField(default=1)
    state: Mapped[str] = ColumnField(sa.String(10), server_default="new")
    data: Mapped[dict[str, int]] = JSONField(default=dict[str, int])
    sold_at: Mapped[datetime | None] = DateTimeField(nullable=True)
    owner_id: Mapped[int | None] = ForeignKeyField(Owner, on_delete="cascade", nullable=True)
    owner: Ref[Owner] = ManyToOne(back_populates="things")

    class Meta(Base.Meta):
        constraints = [
            composite_unique("label", "shelf"),
            check_constraint("shelf <> 13", name="shelf_not_13"),
        ]


class Stock(CompositeKeyMixin, Base):
    place: Mapped[str] = StringField(max_length=10, primary_key=True)
    code: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    amount: Mapped[int] = IntegerField(default=0)
