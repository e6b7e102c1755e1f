"""The blog that the REST tests serve: Portico models, with one plain SQLAlchemy class among them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from portico.db.fields import (
    BooleanField,
    DateTimeField,
    DecimalField,
    EnumField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    PasswordField,
    StringField,
    TextField,
)
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Mood(Enum):
    """An enumeration."""

    GOOD = "good"
    BAD = "bad"


class User(Base):
    """Somebody who writes."""

    id: Mapped[int] = IntegerField(primary_key=True)
    username: Mapped[str] = StringField(max_length=50, unique=True)
    password: Mapped[str | None] = PasswordField(nullable=True, default=None)
    posts: Many[Post] = OneToMany(back_populates="author")


class Post(Base):
    """Something written."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=100)
    body: Mapped[str] = TextField(default="nothing yet")
    likes: Mapped[int] = IntegerField(default=0, min_value=0)
    price: Mapped[Decimal | None] = DecimalField(precision=10, scale=2, nullable=True, default=None)
    rating: Mapped[float | None] = FloatField(nullable=True, default=None)
    mood: Mapped[Mood | None] = EnumField(Mood, nullable=True, default=None)
    published: Mapped[bool] = BooleanField(default=False)
    extra: Mapped[Any] = JSONField(nullable=True, default=None)
    seen_at: Mapped[dt.datetime | None] = DateTimeField(nullable=True, default=None)
    author_id: Mapped[int] = ForeignKeyField(User, on_delete="restrict")
    author: Ref[User] = ManyToOne(back_populates="posts")


class Vote(Base):
    """A row with a key of two parts."""

    user_id: Mapped[int] = ForeignKeyField(User, primary_key=True, on_delete="cascade")
    label: Mapped[str] = StringField(max_length=50, primary_key=True)
    value: Mapped[int] = IntegerField(default=1)


class Plain(DeclarativeBase):
    """A base that knows nothing of Portico."""

    metadata = metadata


class Tag(Plain):
    """A class of plain SQLAlchemy."""

    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30), unique=True)
    weight: Mapped[int] = mapped_column(default=1)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id"))

    @validates("name")
    def _check_name(self, _key: str, name: str) -> str:
        if name == "forbidden":
            raise ValueError("This word is taken.")
        return name
