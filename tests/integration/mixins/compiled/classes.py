"""Classes with each mixin that adds a condition or a column, alone and together, and their API."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.app import Portico
from portico.db.fields import IntegerField, StringField
from portico.db.mixins import OptimisticLockMixin, SoftDeleteMixin, TenantMixin, TimestampMixin
from portico.db.models import Model
from portico.db.session import Database

METADATA: Final = sa.MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Plain(Base):
    """No mixin."""

    class Meta(Base.Meta):
        table = "lane_plain"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30)
    stock: Mapped[int] = IntegerField(default=0)


class Rented(TenantMixin, Base):
    """Belongs to a tenant."""

    class Meta(Base.Meta):
        table = "lane_rented"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30)
    stock: Mapped[int] = IntegerField(default=0)


class Kept(SoftDeleteMixin, Base):
    """Its deleted rows are kept."""

    class Meta(Base.Meta):
        table = "lane_kept"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30)
    stock: Mapped[int] = IntegerField(default=0)


class Versioned(OptimisticLockMixin, Base):
    """Nobody overwrites what they have not seen."""

    class Meta(Base.Meta):
        table = "lane_versioned"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30)
    stock: Mapped[int] = IntegerField(default=0)


class Timed(TimestampMixin, Base):
    """Knows when."""

    class Meta(Base.Meta):
        table = "lane_timed"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30)
    stock: Mapped[int] = IntegerField(default=0)


class Everything(Base, TenantMixin, SoftDeleteMixin, OptimisticLockMixin, TimestampMixin):
    """All of them, behind the base."""

    class Meta(Base.Meta):
        table = "lane_everything"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30)
    stock: Mapped[int] = IntegerField(default=0)


CLASSES: Final[list[Any]] = [Plain, Rented, Kept, Versioned, Timed, Everything]


def exposed(database: Database) -> Portico:
    """The API of all classes, under their names in small letters; its tenant is acme."""
    api = Portico(database, tenant=lambda: "acme")
    for cls in CLASSES:
        api.expose(cls, policy="public", name=cls.__name__.lower())
    return api


@asynccontextmanager
async def client_of(database: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of it."""
    transport = httpx.ASGITransport(app=exposed(database).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
