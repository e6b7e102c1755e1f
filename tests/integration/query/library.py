"""The models of the query tests: every kind of field, every kind of relation, NULLs wherever they may be."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import uuid
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EnumField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    PasswordField,
    StringField,
    TextField,
    TimeField,
    UUIDField,
)
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, OptRef, Ref

METADATA = sa.MetaData()


T = TypeVar("T")


def new(model: type[T], **values: Any) -> T:
    """An instance, from values that a checker does not look at."""
    return model(**values)


class State(enum.Enum):
    """Where a book is."""

    SHELF = "shelf"
    LENT = "lent"


class Base(Model):
    class Meta:
        abstract = True
        metadata = METADATA


class Press(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=100)
    town: Mapped[str | None] = StringField(max_length=100, nullable=True)

    class Meta(Base.Meta):
        table = "presses"


class Author(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=100)
    password: Mapped[str | None] = PasswordField(nullable=True)
    press_id: Mapped[int | None] = ForeignKeyField(Press, nullable=True, on_delete="set_null")
    press: OptRef[Press] = ManyToOne()
    books: Many["Book"] = OneToMany(back_populates="author")


class Genre(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=100)
    note: Mapped[str | None] = StringField(max_length=100, nullable=True)
    parent_id: Mapped[int | None] = ForeignKeyField("Genre", nullable=True, on_delete="set_null")
    parent: OptRef["Genre"] = ManyToOne(back_populates="children")
    children: Many["Genre"] = OneToMany(back_populates="parent")


class Book(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=100)
    subtitle: Mapped[str | None] = TextField(nullable=True)
    pages: Mapped[int | None] = IntegerField(nullable=True)
    price: Mapped[decimal.Decimal | None] = DecimalField(precision=10, scale=2, nullable=True)
    score: Mapped[float | None] = FloatField(nullable=True)
    in_print: Mapped[bool | None] = BooleanField(nullable=True)
    published: Mapped[dt.datetime | None] = DateTimeField(nullable=True)
    bought: Mapped[dt.date | None] = DateField(nullable=True)
    opens: Mapped[dt.time | None] = TimeField(nullable=True)
    loan: Mapped[dt.timedelta | None] = DurationField(nullable=True)
    serial: Mapped[uuid.UUID | None] = UUIDField(nullable=True)
    state: Mapped[State | None] = EnumField(State, nullable=True)
    author_id: Mapped[int | None] = ForeignKeyField(Author, nullable=True, on_delete="cascade")
    author: OptRef[Author] = ManyToOne(back_populates="books")
    genres: Many[Genre] = ManyToMany()
    copies: Many["Copy"] = OneToMany(back_populates="book")


class Copy(Base):
    book_id: Mapped[int] = ForeignKeyField(Book, primary_key=True, on_delete="cascade")
    number: Mapped[int] = IntegerField(primary_key=True)
    shelf: Mapped[str | None] = StringField(max_length=20, nullable=True)
    changed: Mapped[dt.datetime] = DateTimeField(auto_now=True)
    book: Ref[Book] = ManyToOne(back_populates="copies")

    class Meta(Base.Meta):
        table = "copies"
        ordering = ["-number"]
