"""A small blog of plain SQLAlchemy classes: what resources describe must not need our own models."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from portico.access import PUBLIC, Policy
from portico.resources import Exposure, Resources, describe_all


class Base(DeclarativeBase):
    """Its own registry and metadata."""


class Mood(Enum):
    """An enumeration."""

    GOOD = "good"
    BAD = "bad"


class User(Base):
    """Somebody who writes."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(50), unique=True)
    notes: Mapped[str | None]
    posts: Mapped[list[Post]] = relationship(back_populates="author", lazy="raise")


class Post(Base):
    """Something written."""

    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    count: Mapped[int] = mapped_column(default=0)
    price: Mapped[Decimal | None]
    rating: Mapped[float | None]
    mood: Mapped[Mood | None]
    published: Mapped[bool] = mapped_column(default=False)
    day: Mapped[dt.date | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts", lazy="raise")
    secret: Mapped[Secret | None] = relationship(lazy="raise")


class Secret(Base):
    """A class that nobody exposes."""

    __tablename__ = "secrets"
    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))


class Vote(Base):
    """A row with a key of two parts, one of them text."""

    __tablename__ = "vote list"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    label: Mapped[str] = mapped_column(String(50), primary_key=True)


def blog(policy: Policy = PUBLIC) -> Resources:
    """The resources of the blog."""
    return describe_all(
        [
            Exposure(model=User, policy=policy, hidden=["notes"]),
            Exposure(model=Post, policy=PUBLIC, search=["title"]),
            Exposure(model=Vote, policy=PUBLIC),
        ]
    )
