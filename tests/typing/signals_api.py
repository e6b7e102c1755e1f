"""What a type checker knows about signals: each line is checked by mypy and pyright."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_type

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.changes import RowChange
from portico.db.fields import IntegerField, StringField
from portico.db.models import Model, Writing, Written, post_delete, post_save, post_update, pre_save
from portico.signals import Signal


class Base(Model):
    class Meta:
        abstract = True
        metadata = MetaData()


class Post(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=50)

    async def post_save(self, event: Written[Post]) -> None:
        """A hook of the model itself."""
        assert_type(event.instance.title, str)


@pre_save.connect(of=Post)
def before(event: Writing[Post]) -> None:
    """A plain function; the row has its type."""
    assert_type(event.instance, Post)
    assert_type(event.created, bool)
    event.instance.title = event.instance.title.strip()


@post_save.connect(of=Post, after_commit=True)
async def after(event: Written[Post]) -> None:
    """A coroutine function."""
    assert_type(event.instance.title, str)
    assert_type(event.changed, frozenset[str])
    assert_type(event.change, RowChange)


@post_update.connect
async def any_row(event: Written[object]) -> None:
    """Without a class, nothing is known of the row."""
    assert_type(event.instance, object)


@post_delete.connect(after_commit=True)
async def any_row_later(event: Written[Any]) -> None:
    """Any is allowed, as everywhere."""
    str(event.instance.title)


def of_a_base(event: Written[Base]) -> None:
    """Fit for every class below it."""


post_save.connect(of_a_base, of=Post)
post_save.connect(lambda event: event.created)


@dataclass(frozen=True)
class Paid:
    number: int


@dataclass(frozen=True)
class PaidTwice(Paid):
    times: int


paid = Signal[Paid]("paid")


@paid.connect
async def hear(event: Paid) -> None:
    """The type of the event is that of the signal."""


@paid.connect(of=PaidTwice, later=True)
async def hear_of_some(event: PaidTwice) -> None:
    """Or a narrower one."""


async def sending() -> None:
    """What is sent is checked."""
    await paid.send(Paid(1))
