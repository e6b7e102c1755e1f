"""The models of the differential test, their rows, and who may see which of them."""

from __future__ import annotations

import datetime as dt
import enum
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.access import Policy, Principal
from portico.db.fields import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    EnumField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    StringField,
    TextField,
)
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, OptRef, Ref

METADATA = sa.MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class State(enum.Enum):
    """Where an article stands."""

    DRAFT = "draft"
    OUT = "out"


class Writer(Base):
    """Somebody who writes, perhaps for a boss."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    age: Mapped[int | None] = IntegerField(nullable=True)
    hidden: Mapped[bool] = BooleanField(default=False)
    boss_id: Mapped[int | None] = ForeignKeyField("Writer", nullable=True, on_delete="set_null")
    boss: OptRef[Writer] = ManyToOne(back_populates="team")
    team: Many[Writer] = OneToMany(back_populates="boss")
    articles: Many[Article] = OneToMany(back_populates="author")


class Article(Base):
    """One of every kind of field, most of them NULL here and there."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=50)
    body: Mapped[str | None] = TextField(nullable=True)
    likes: Mapped[int] = IntegerField(default=0)
    price: Mapped[Decimal | None] = DecimalField(precision=10, scale=2, nullable=True)
    rating: Mapped[float | None] = FloatField(nullable=True)
    public: Mapped[bool] = BooleanField(default=True)
    seen_at: Mapped[dt.datetime | None] = DateTimeField(nullable=True)
    day: Mapped[dt.date | None] = DateField(nullable=True)
    state: Mapped[State | None] = EnumField(State, nullable=True)
    author_id: Mapped[int | None] = ForeignKeyField(Writer, nullable=True, on_delete="set_null")
    author: OptRef[Writer] = ManyToOne(back_populates="articles")
    comments: Many[Comment] = OneToMany(back_populates="article")
    labels: Many[Label] = ManyToMany(back_populates="articles", through="article_labels")


class Comment(Base):
    """What is said about an article."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=50)
    score: Mapped[int | None] = IntegerField(nullable=True)
    article_id: Mapped[int] = ForeignKeyField(Article, on_delete="cascade")
    article: Ref[Article] = ManyToOne(back_populates="comments")


class Label(Base):
    """A word that stands on many articles."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    weight: Mapped[int | None] = IntegerField(nullable=True)
    articles: Many[Article] = ManyToMany(back_populates="labels", through="article_labels")


FIELDS: dict[str, dict[str, str]] = {
    "writers": {"id": "key", "name": "text", "age": "integer", "hidden": "boolean", "boss_id": "key"},
    "articles": {
        "id": "key", "title": "text", "body": "text", "likes": "integer", "price": "decimal",
        "rating": "float", "public": "boolean", "seen_at": "datetime", "day": "date", "state": "state",
        "author_id": "key",
    },
    "comments": {"id": "key", "text": "text", "score": "integer", "article_id": "key"},
    "labels": {"id": "key", "name": "text", "weight": "integer"},
}  # fmt: skip
ONE, MANY = "one", "many"
RELATIONS: dict[str, dict[str, tuple[str, str]]] = {
    "writers": {"boss": (ONE, "writers"), "team": (MANY, "writers"), "articles": (MANY, "articles")},
    "articles": {"author": (ONE, "writers"), "comments": (MANY, "comments"), "labels": (MANY, "labels")},
    "comments": {"article": (ONE, "articles")},
    "labels": {"articles": (MANY, "articles")},
}
SEARCH = {"writers": ("name",), "articles": ("title", "body"), "comments": ("text",), "labels": ("name",)}
MODELS: dict[str, type[Any]] = {"writers": Writer, "articles": Article, "comments": Comment, "labels": Label}
RULED = frozenset({"writers", "articles", "comments"})
"""The resources of which a reader does not see every row."""

TEXTS = ("", "a", "A", "b", "Ab", "aB c", "50%", "x_y", "é", "É", "zeta", "a/b", "'q\"")
MOMENTS = tuple(
    dt.datetime.fromisoformat(text)
    for text in ("2024-12-31T23:59:59Z", "2025-01-01T00:00Z", "2025-06-15T12:30Z", "2026-01-01T00:00Z")
)
DAYS = (dt.date(2024, 2, 29), dt.date(2025, 1, 1), dt.date(2025, 12, 31))
PRICES = tuple(map(Decimal, ("0.00", "1.50", "2.00", "10.25", "-3.00")))
RATINGS = (0.0, 0.5, -1.25, 3.0, 1e10)

Rows = dict[str, list[dict[str, Any]]]


def made_rows(chance: random.Random) -> Rows:
    """Rows for every table; links of articles and labels stand under ``article_labels``."""
    pairs = {(chance.randrange(1, 31), chance.randrange(1, 7)) for _ in range(40)}
    return {
        "writers": [_writer(chance, number) for number in range(1, 11)],
        "articles": [_article(chance, number) for number in range(1, 31)],
        "comments": [_comment(chance, number) for number in range(1, 61)],
        "labels": [
            {"id": number, "name": chance.choice(TEXTS), "weight": _maybe(chance, range(3))}
            for number in range(1, 7)
        ],
        "article_labels": [{"article_id": article, "label_id": label} for article, label in sorted(pairs)],
    }


def _maybe(chance: random.Random, values: Sequence[Any]) -> Any:
    return None if chance.random() < 0.3 else chance.choice(values)


def _writer(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": chance.choice(TEXTS),
        "age": _maybe(chance, range(-1, 4)),
        "hidden": chance.random() < 0.4,
        "boss_id": _maybe(chance, range(1, number)) if number > 1 else None,
    }


def _article(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "title": chance.choice(TEXTS),
        "body": _maybe(chance, TEXTS),
        "likes": chance.randrange(5),
        "price": _maybe(chance, PRICES),
        "rating": _maybe(chance, RATINGS),
        "public": chance.random() < 0.6,
        "seen_at": _maybe(chance, MOMENTS),
        "day": _maybe(chance, DAYS),
        "state": _maybe(chance, list(State)),
        "author_id": _maybe(chance, range(1, 11)),
    }


def _comment(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "text": chance.choice(TEXTS),
        "score": _maybe(chance, range(3)),
        "article_id": chance.randrange(1, 25),
    }


def sees(who: str, resource: str, row: dict[str, Any]) -> bool:
    """Whether somebody may read a row: the rules below, in Python."""
    if who == "root":
        return True
    match resource:
        case "writers":
            return not row["hidden"]
        case "articles":
            return bool(row["public"]) or row["likes"] > 3
        case "comments":
            return row["score"] is None or row["score"] > 0
        case _:
            return True


def policies() -> dict[str, Policy]:
    """The rules about rows, in SQL: an administrator sees all of them."""

    def writers(who: Principal) -> object:
        return who.is_admin or Writer.hidden.is_(False)

    def articles(who: Principal) -> object:
        return who.is_admin or (Article.public.is_(True) | (Article.likes > 3))

    def comments(who: Principal) -> object:
        return who.is_admin or (Comment.score.is_(None) | (Comment.score > 0))

    return {
        "writers": Policy(read=writers),
        "articles": Policy(read=articles),
        "comments": Policy(read=comments),
        "labels": Policy(read=True),
    }
