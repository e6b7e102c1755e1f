"""Two houses with a schema each: rows of both have the same keys, and bear the name of their house."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.mixins import SchemaTenantMixin, TenantSchemas
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, Ref
from portico.db.scoping import tenant_context
from portico.db.session import Database

OURS: Final = "acme"
THEIRS: Final = 'Rival\'s "No. 1" ünd select'


class Base(Model):
    """The models of this folder."""

    class Meta:
        """Its own metadata, so that no other test's tables come along."""

        abstract = True
        metadata = sa.MetaData()


class Colour(Base):
    """What all houses share."""

    id: Mapped[int] = IntegerField(primary_key=True)
    word: Mapped[str] = StringField(max_length=40, unique=True)
    chairs: Many[Chair] = ManyToMany(back_populates="colours")

    class Meta(Base.Meta):
        """A name that no other test has."""

        table = "house_colours"


class Room(SchemaTenantMixin, Base):
    """A room of one house."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80, unique=True)
    chairs: Many[Chair] = OneToMany(back_populates="room")

    class Meta(Base.Meta):
        """A name that no other test has."""

        table = "house_rooms"


class Chair(Base, SchemaTenantMixin):
    """What stands in it."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80)
    legs: Mapped[int] = IntegerField(default=4)
    room_id: Mapped[int] = ForeignKeyField(Room, on_delete="cascade")
    room: Ref[Room] = ManyToOne(back_populates="chairs")
    paint_id: Mapped[int | None] = ForeignKeyField(Colour, nullable=True, default=None)
    colours: Many[Colour] = ManyToMany(back_populates="chairs")

    class Meta(Base.Meta):
        """A name that no other test has."""

        table = "house_chairs"


async def furnish(db: Database) -> None:
    """Both houses, with one room, one chair and the same colour in each."""
    await db.create_tables(Base.metadata)
    colour = await Colour.create(word="red")
    schemas = TenantSchemas(db)
    for tenant in (OURS, THEIRS):
        await schemas.create(tenant)
        with tenant_context(tenant):
            room = await Room.create(name=f"{tenant} room")
            chair = await Chair.create(name=f"{tenant} chair", room_id=room.id, paint_id=colour.id)
            await chair.colours.add(colour)
