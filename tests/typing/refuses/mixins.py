"""Uses of mixins that a type checker must refuse: the marked lines, and no others."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField, StringField
from portico.db.mixins import OptimisticLockMixin, UtilsMixin
from portico.db.models import Model


class Base(Model):
    class Meta:
        abstract = True
        metadata = MetaData()


class Note(OptimisticLockMixin, UtilsMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=200)


class Other(UtilsMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True)


async def calls(note: Note, other: Other) -> None:
    """Wrong arguments, and results taken for what they are not."""
    await Note.create(title="x", version=1)  # expect-error
    await Note.upsert({"title": "x"})  # expect-error
    _ = (await Note.get_many([1]))[0].title  # expect-error
    _ = (await Note.random()).title  # expect-error
    _ = note.diff(other)  # expect-error
    note.version = "3"  # expect-error
    await note.increment(Note.title)  # expect-error
    await note.lock(wait=True)  # expect-error
