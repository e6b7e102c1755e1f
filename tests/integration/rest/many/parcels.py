"""Parcels and where they go: each kind of constraint, and rows that only their owner may change."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Header
from sqlalchemy import CheckConstraint, MetaData, UniqueConstraint, or_
from sqlalchemy.orm import Mapped

from portico.access import Policy, Principal
from portico.db.fields import BooleanField, DateTimeField, ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Depot(Base):
    """Where parcels lie; seen by its owner alone."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30, unique=True)
    owner: Mapped[str] = StringField(max_length=30)
    parcels: Many[Parcel] = OneToMany(back_populates="depot")


class Parcel(Base):
    """Something to be sent."""

    __table_args__ = (
        UniqueConstraint("shelf", "slot"),
        CheckConstraint("weight < 1000", name="not_too_heavy"),
    )

    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=30, unique=True)
    code: Mapped[str | None] = StringField(max_length=30, unique=True, nullable=True, default=None)
    shelf: Mapped[int | None] = IntegerField(nullable=True, default=None)
    slot: Mapped[int | None] = IntegerField(nullable=True, default=None)
    title: Mapped[str] = StringField(max_length=20, default="untitled")
    weight: Mapped[int] = IntegerField(default=1, min_value=0)
    owner: Mapped[str] = StringField(max_length=30, default="ann")
    shared: Mapped[bool] = BooleanField(default=False)
    changed_at: Mapped[dt.datetime] = DateTimeField(auto_now=True)
    depot_id: Mapped[int | None] = ForeignKeyField(Depot, on_delete="restrict", nullable=True, default=None)
    depot: Ref[Depot] = ManyToOne(back_populates="parcels")


class Stamp(Base):
    """A row with a key of two parts."""

    country: Mapped[str] = StringField(max_length=10, primary_key=True)
    year: Mapped[int] = IntegerField(primary_key=True)
    price: Mapped[int] = IntegerField(default=1)


class ParcelPolicy(Policy):
    """One's own, and to read those that are shared; nothing heavier than 500 is accepted."""

    def read(self, principal: Principal) -> object:
        """One's own and what is shared."""
        return or_(Parcel.owner == principal.id, Parcel.shared)

    def create(self, principal: Principal) -> object:
        """In one's own name."""
        return (Parcel.owner == principal.id) & (Parcel.weight <= 500)

    def update(self, principal: Principal) -> object:
        """One's own."""
        return (Parcel.owner == principal.id) & (Parcel.weight <= 500)

    def delete(self, principal: Principal) -> object:
        """One's own."""
        return Parcel.owner == principal.id


def own_depots(principal: Principal) -> object:
    """A depot is seen by its owner alone."""
    return Depot.owner == principal.id


async def who(x_user: Annotated[str | None, Header()] = None) -> Principal | None:
    """The principal, from a header."""
    return Principal(x_user) if x_user else None
