"""What is written: a model with a field of most kinds, one with rules, and a class of plain SQLAlchemy."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.fields import (
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    EnumField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    StringField,
    TextField,
    UUIDField,
)
from portico.db.models import Model

metadata = sa.MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Mood(Enum):
    """An enumeration."""

    GOOD = "good"
    BAD = "bad"


def short(value: str) -> str:
    """A validator of the application that changes what it is given, each time that it is asked."""
    if value == "refused":
        raise ValueError("Not this word.")
    return value.removeprefix("x")


class Owner(Base):
    """Somebody whom entries belong to."""

    code: Mapped[str] = StringField(max_length=10, primary_key=True)
    name: Mapped[str] = StringField(max_length=20, unique=True)


class Entry(Base):
    """A row whose key its writer chooses, so that refused writes leave no gap behind."""

    code: Mapped[str] = StringField(max_length=10, primary_key=True)
    title: Mapped[str] = StringField(max_length=20, unique=True)
    label: Mapped[str] = StringField(max_length=20, default="xlabel", validators=[short])
    number: Mapped[int] = IntegerField(default=3, min_value=0)
    amount: Mapped[Decimal | None] = DecimalField(precision=10, scale=2, nullable=True, default=None)
    weight: Mapped[float | None] = FloatField(nullable=True, default=None)
    mood: Mapped[Mood | None] = EnumField(Mood, nullable=True, default=None)
    flag: Mapped[bool] = BooleanField(default=False)
    day: Mapped[dt.date | None] = DateField(nullable=True, default=None)
    at: Mapped[dt.datetime | None] = DateTimeField(nullable=True, default=None)
    uid: Mapped[uuid.UUID | None] = UUIDField(nullable=True, default=None)
    blob: Mapped[bytes | None] = BinaryField(nullable=True, default=None)
    extra: Mapped[Any] = JSONField(nullable=True, default=None)
    given: Mapped[int] = IntegerField(server_default=5)
    note: Mapped[str] = TextField(default="none")
    owner_code: Mapped[str | None] = ForeignKeyField(Owner, nullable=True, default=None)

    class Meta(Base.Meta):
        """What only the database checks."""

        abstract = False

        constraints = (sa.CheckConstraint("number <> 13", name="no_thirteen"),)


class Stamped(Base):
    """A row with a key, moments and a number that the class or the database makes."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=20)
    made_at: Mapped[dt.datetime] = DateTimeField(auto_now_add=True)
    moved_at: Mapped[dt.datetime] = DateTimeField(auto_now=True)


class Plain(DeclarativeBase):
    """A base that knows nothing of Portico."""

    metadata = metadata


_ticks: list[Iterator[int]] = [count(1)]


def wind() -> None:
    """Let the clock of accounts begin again."""
    _ticks[0] = count(1)


def tick() -> int:
    """Another number each time."""
    return next(_ticks[0])


class Account(Plain):
    """What SQLAlchemy can make of columns by itself."""

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(30))
    balance: Mapped[int] = mapped_column(server_default=sa.text("7"))
    opened: Mapped[int] = mapped_column(default=tick)
    kind: Mapped[str] = mapped_column(sa.String(10), default="plain")
    folded: Mapped[str | None] = mapped_column(sa.String(30), default=sa.func.lower("ABC"))
    moved: Mapped[int | None] = mapped_column(onupdate=tick)
    doubled: Mapped[int] = mapped_column(sa.Computed("balance * 2", persisted=True))
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
