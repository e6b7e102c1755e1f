"""Models whose changes are recorded, and what their tests look at.

No SQL in text of other tests names their tables: writes to them are refused in the whole process.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.audit import AuditOptions
from portico.db.audit.tables import BATCHES, ENTRIES
from portico.db.fields import (
    ForeignKeyField,
    IntegerField,
    JSONField,
    PasswordField,
    SecretField,
    StringField,
)
from portico.db.mixins import AuditMixin
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, OptRef
from portico.db.session import Database, run


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Tag(AuditMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    name: Mapped[str] = StringField(max_length=20)

    class Meta(Base.Meta):
        table = "audited_tags"


class Author(Base, AuditMixin):
    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    name: Mapped[str] = StringField(max_length=20)
    books: Many[Book] = OneToMany(back_populates="author")

    class Meta(Base.Meta):
        table = "audited_authors"


class Book(AuditMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    title: Mapped[str] = StringField(max_length=50)
    pages: Mapped[int] = IntegerField(default=0)
    notes: Mapped[Any] = JSONField(default=dict)
    author_id: Mapped[int | None] = ForeignKeyField(Author, nullable=True, on_delete="cascade")
    author: OptRef[Author] = ManyToOne(back_populates="books")
    tags: Many[Tag] = ManyToMany()

    class Meta(Base.Meta):
        table = "audited_books"


class Account(AuditMixin, Base):
    __audit__ = AuditOptions(mask=["insurance"], leave_out=["seen"])

    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    password: Mapped[str] = PasswordField()
    token: Mapped[str] = SecretField(max_length=40)
    insurance: Mapped[str] = StringField(max_length=40, default="")
    seen: Mapped[int] = IntegerField(default=0)
    name: Mapped[str] = StringField(max_length=20, default="")

    class Meta(Base.Meta):
        table = "audited_accounts"


class Vote(AuditMixin, Base):
    voter: Mapped[str] = StringField(max_length=20, primary_key=True)
    post: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    value: Mapped[int] = IntegerField(default=1)

    class Meta(Base.Meta):
        table = "audited_votes"


class Plain(Base):
    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)


async def entries(database: Database) -> list[dict[str, Any]]:
    """The rows of the trail as they are stored."""
    found = await run(database, sa.select(ENTRIES).order_by(ENTRIES.c.id))
    return [dict(row) for row in found.mappings()]


async def batches(database: Database) -> list[dict[str, Any]]:
    """The batches as they are stored, in their order."""
    found = await run(database, sa.select(BATCHES).order_by(BATCHES.c.table_name, BATCHES.c.position))
    return [dict(row) for row in found.mappings()]
