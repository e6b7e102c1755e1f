"""Models that inherit from each other: from an abstract one, in one table, in joined tables."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField, composite_unique
from portico.db.models import Model


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Slugged(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=20, column_name="short_name")
    rank: Mapped[int] = IntegerField(default=0)

    class Meta(Base.Meta):
        abstract = True
        constraints = [composite_unique("slug", "rank")]
        indexes = [sa.Index(None, "rank", "slug")]


class Place(Slugged):
    wheels: Mapped[int] = IntegerField(default=4)


class Animal(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    kind: Mapped[str] = StringField(max_length=10, default="animal")
    name: Mapped[str] = StringField(max_length=10)
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    bark: Mapped[str | None] = StringField(max_length=10, nullable=True, default=None)
    __mapper_args__ = {"polymorphic_identity": "dog"}


class Horse(Animal):
    id: Mapped[int] = ForeignKeyField(Animal, primary_key=True)
    speed: Mapped[int] = IntegerField(default=1)
    __mapper_args__ = {"polymorphic_identity": "horse"}

    class Meta(Base.Meta):
        table = "horses"
