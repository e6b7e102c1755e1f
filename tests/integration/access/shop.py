"""A small shop: customers and orders, with fields of every sort of openness."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Header
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.access import Principal
from portico.app import Portico
from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref
from portico.db.session import Database

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Customer(Base):
    """Somebody who orders."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    orders: Many[Order] = OneToMany(back_populates="customer")


class Order(Base):
    """What somebody ordered."""

    id: Mapped[int] = IntegerField(primary_key=True)
    code: Mapped[str] = StringField(max_length=50)
    total: Mapped[int] = IntegerField(default=0)
    margin: Mapped[int] = IntegerField(default=7)
    note: Mapped[str] = StringField(max_length=50, default="")
    customer_id: Mapped[int | None] = ForeignKeyField(Customer, nullable=True, default=None)
    customer: Ref[Customer] = ManyToOne(back_populates="orders")


async def who(
    x_user: Annotated[int | None, Header()] = None, x_role: Annotated[str | None, Header()] = None
) -> Principal:
    """The principal, from two headers."""
    return Principal(x_user, roles=[x_role] if x_role else [], is_admin=x_role == "root")


@asynccontextmanager
async def open_shop(
    db: Database, *, errors: Any = None, customers: Any = "public", **exposed: Any
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of customers and orders, which are exposed as a test wants them."""
    await db.create_tables(metadata)
    if not await Customer.count():
        for name in ("Ann", "Bea"):
            await Customer.create(name=name)
    api = Portico(db, principal=who, errors=errors or {})
    if customers:
        api.expose(Customer, policy=customers)
    options: dict[str, Any] = {"policy": "public", **exposed}
    api.expose(Order, **options)
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made
