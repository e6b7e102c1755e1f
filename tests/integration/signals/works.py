"""Models of these tests, and a diary of what their hooks and receivers were told."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.models import (
    Model,
    Writing,
    Written,
    post_delete,
    post_save,
    post_update,
    pre_delete,
    pre_save,
    pre_update,
)
from portico.db.session import Database
from portico.errors import ForbiddenError

BEFORE = (pre_save, pre_update, pre_delete)
AFTER = (post_update, post_save, post_delete)
ALL = {signal.name: signal for signal in (*BEFORE, *AFTER)}
CREATED = ["pre_save", "post_save"]
UPDATED = ["pre_save", "pre_update", "post_update", "post_save"]
DELETED = ["pre_delete", "post_delete"]


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Work(Base):
    """Has no hooks: receivers come and go."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=40, unique=True)
    year: Mapped[int] = IntegerField(default=0)
    kind: Mapped[str] = StringField(max_length=10, default="work")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "work"}


class Opera(Work):
    acts: Mapped[int | None] = IntegerField(nullable=True, default=None)
    __mapper_args__ = {"polymorphic_identity": "opera"}


class Note(Base):
    """About a work, and gone with it."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=40)
    work_id: Mapped[int] = ForeignKeyField(Work, on_delete="cascade")


class Song(Base):
    """Has hooks of its own, of both kinds."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=40)
    slug: Mapped[str] = StringField(max_length=40, default="")
    told: ClassVar[list[str]] = []

    def pre_save(self) -> None:
        """Keep the slug in step with the title."""
        self.told.append("pre_save")
        self.slug = self.title.lower()

    async def pre_update(self, event: Writing[Song]) -> None:
        """What is about to change."""
        self.told.append(f"pre_update {sorted(event.changed)}")

    async def post_save(self, event: Written[Song]) -> None:
        """Write more in the same transaction."""
        self.told.append(f"post_save {event.created}")
        await Work.create(title=f"{self.title} {len(self.told)}")

    def pre_delete(self) -> None:
        """Refuse."""
        if self.slug == "anthem":
            raise ForbiddenError("The anthem stays.")


class Diary:
    """What was told, in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    @property
    def names(self) -> list[str]:
        """The signals."""
        return [name for name, _ in self.events]

    def of(self, name: str) -> list[Any]:
        """The events of one signal."""
        return [event for told, event in self.events if told == name]

    @contextmanager
    def listening(self, of: type[Any] | None = Work) -> Generator[None]:
        """Hear all six signals for a block."""
        with ExitStack() as stack:
            for name, signal in ALL.items():
                stack.enter_context(signal.connected(self._hears(name), of=of))
            yield

    def _hears(self, name: str) -> Any:
        async def hear(event: object) -> None:
            await asyncio.sleep(0)  # it waits for something, also where a session flushes
            self.events.append((name, event))

        return hear


@pytest.fixture
def diary() -> Diary:
    """An empty diary."""
    return Diary()


@pytest.fixture
async def house(db: Database) -> Database:
    """The tables, and two works."""
    await db.create_tables(Base.metadata)
    Song.told.clear()
    await Work.create(title="Fidelio", year=1805)
    await Work.create(title="Missa", year=1823)
    return db
