"""Uses of signals that a type checker must refuse: the marked lines, and no others."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField
from portico.db.models import Model, Writing, Written, post_save, pre_save
from portico.signals import Signal


class Base(Model):
    class Meta:
        abstract = True
        metadata = MetaData()


class Post(Base):
    id: Mapped[int] = IntegerField(primary_key=True)


class User(Base):
    id: Mapped[int] = IntegerField(primary_key=True)


@dataclass(frozen=True)
class Paid:
    number: int


async def of_posts(event: Written[Post]) -> None:
    """Of one model only."""
    event.instance = Post()  # expect-error
    str(event.instance.titel)  # expect-error


async def before_posts(event: Writing[Post]) -> None:
    """The other moment."""
    str(event.change)  # expect-error


async def two(sender: object, event: Written[Post]) -> None:
    """As Django has it."""


paid = Signal[Paid]("paid")

post_save.connect(of_posts)  # expect-error
post_save.connect(of_posts, of=User)  # expect-error
post_save.connect(before_posts, of=Post)  # expect-error
post_save.connect(two, of=Post)  # expect-error
post_save.connect(of_posts, of="Post")  # expect-error
post_save.connect(of_posts, sender=Post)  # expect-error
pre_save.connect(before_posts, of=Post, after_commit=True)  # expect-error
paid.connect(of_posts)  # expect-error


async def sending() -> None:
    """What is sent is checked."""
    await paid.send(Post())  # expect-error
    paid.send(Paid(1), later=True)  # expect-error
