"""Models with what the library lacks: versions, relations that load unasked, orders across relations."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Mapper

from portico.db.fields import ForeignKeyField, IntegerField, StringField, UUIDField
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, OptRef

METADATA = sa.MetaData()


class Base(Model):
    class Meta:
        abstract = True
        metadata = METADATA


class Person(Base):
    name: Mapped[str] = StringField(max_length=20, primary_key=True)
    tasks: Many["Task"] = OneToMany(back_populates="owner")

    class Meta(Base.Meta):
        table = "people"


class Task(Base):
    id: Mapped[uuid.UUID] = UUIDField(primary_key=True)
    rank: Mapped[int] = IntegerField(default=0)
    version: Mapped[int] = IntegerField(default=1)
    owner_name: Mapped[str | None] = ForeignKeyField(Person, nullable=True)
    owner: OptRef[Person] = ManyToOne(back_populates="tasks", loading="selectin")
    steps: Many["Step"] = OneToMany(back_populates="task", loading="selectin")

    class Meta(Base.Meta):
        ordering = ["-rank"]


class Step(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    task_id: Mapped[uuid.UUID] = ForeignKeyField(Task, on_delete="cascade")
    task: OptRef[Task] = ManyToOne(back_populates="steps")
    helper_name: Mapped[str | None] = ForeignKeyField(Person, nullable=True)
    helper: OptRef[Person] = ManyToOne()

    class Meta(Base.Meta):
        ordering = ["-helper__name"]


mapper: Mapper[Task] = sa.inspect(Task)
mapper.version_id_col = mapper.columns["version"]
