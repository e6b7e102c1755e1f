"""What a type checker knows about fields, without a plugin: each line is checked by mypy and pyright."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from enum import Enum
from typing import Any, assert_type

import sqlalchemy as sa
from sqlalchemy import MetaData, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped

from portico.db.fields import (
    ArrayField,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    ColumnField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    EnumField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    PasswordField,
    SecretField,
    SmallIntegerField,
    StringField,
    TextField,
    TimeField,
    URLField,
    UUIDField,
)
from portico.db.models import DjangoModel, Model


class Color(Enum):
    """Some colours."""

    RED = "red"


class Base(Model):
    class Meta:
        abstract = True
        metadata = MetaData()


class Author(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    nick: Mapped[str | None] = StringField(default=None)
    bio: Mapped[str] = TextField(default="")
    joined: Mapped[dt.datetime] = DateTimeField(auto_now_add=True)
    boss_id: Mapped[int | None] = ForeignKeyField("Author", nullable=True)


class Language(Base):
    code: Mapped[str] = CharField(primary_key=True, max_length=2)


class Code(Base):
    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)


class Imported(Base):
    id: Mapped[int] = BigIntegerField(primary_key=True, default=None)


class Everything(Base):
    id: Mapped[uuid.UUID] = UUIDField(primary_key=True)
    small: Mapped[int] = SmallIntegerField(choices=[1, 2], validators=[abs])
    ok: Mapped[bool] = BooleanField()
    ratio: Mapped[float] = FloatField(min_value=0, max_value=1)
    price: Mapped[Decimal] = DecimalField(precision=10, scale=2)
    day: Mapped[dt.date] = DateField(auto_now=True)
    at: Mapped[dt.time] = TimeField()
    span: Mapped[dt.timedelta] = DurationField()
    color: Mapped[Color] = EnumField(Color, default=Color.RED)
    extra: Mapped[dict[str, Any]] = JSONField(default=dict)
    tags: Mapped[list[str]] = ArrayField(str, default=list)
    data: Mapped[bytes] = BinaryField(default=b"")
    mail: Mapped[str] = EmailField(unique=True)
    page: Mapped[str] = URLField(schemes=["https"])
    password: Mapped[str] = PasswordField(min_length=8)
    token: Mapped[str] = SecretField()
    note: Mapped[str] = ColumnField(sa.String(20))
    shade: Mapped[Color | None] = EnumField(Color, nullable=True, default=None)
    labels: Mapped[list[str] | None] = ArrayField(str, default=None)
    born: Mapped[dt.date | None] = DateField(nullable=True)
    memo: Mapped[str | None] = ColumnField(sa.String(20), nullable=True)


class Plain(DjangoModel):
    id = IntegerField(primary_key=True)
    name = StringField(max_length=20)
    nick = StringField(nullable=True)
    day = DateField(default=None)
    color = EnumField(Color)
    tags = ArrayField(int, nullable=True)
    number = ColumnField(sa.Integer)
    size = ColumnField(sa.Integer(), nullable=True)

    class Meta:
        metadata = MetaData()


async def constructors_ask_for_what_is_needed() -> None:
    """Keys, references, automatic times and what has a default may be left out."""
    assert_type(Author(name="ann"), Author)
    assert_type(Author(name="ann", nick=None, bio="x", boss_id=1, joined=dt.datetime.now(dt.UTC)), Author)
    assert_type(await Author.create(name="ann"), Author)
    Language(code="de")
    Code(id=404)
    Imported()
    Imported(id=7)
    Plain(name="x", anything="goes")


def annotated_fields(author: Author) -> None:
    """On the instance a value, on the class an expression."""
    assert_type(author.name, str)
    assert_type(author.nick, str | None)
    assert_type(Author.name, InstrumentedAttribute[str])
    assert_type(Author.nick, InstrumentedAttribute[str | None])
    assert_type(select(Author.id, Author.name), Select[int, str])
    author.nick = None
    author.name = "bea"


def fields_without_annotations(plain: Plain) -> None:
    """The helpers alone tell the type."""
    assert_type(plain.id, int)
    assert_type(plain.name, str)
    assert_type(plain.nick, str | None)
    assert_type(plain.day, dt.date | None)
    assert_type(plain.color, Color)
    assert_type(plain.tags, list[int] | None)
    assert_type(plain.number, int)
    assert_type(Plain.nick, InstrumentedAttribute[str | None])
