"""Sales, who made them and what they are labelled: rows to sum up, some of them out of reach."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.fields import (
    BigIntegerField,
    BooleanField,
    DateTimeField,
    DecimalField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    StringField,
)
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, OptRef

metadata = MetaData()
STATUSES = ("open", "paid", "älter", "=1+1", "ÅB")


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Seller(Base):
    """Who sells; some are nobody's business."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    team: Mapped[str] = StringField(max_length=20, default="north")
    wage: Mapped[int] = IntegerField(default=0)
    sales: Many[Sale] = OneToMany(back_populates="seller")


class Sale(Base):
    """Something sold."""

    id: Mapped[int] = IntegerField(primary_key=True)
    status: Mapped[str | None] = StringField(max_length=20, nullable=True, default=None)
    amount: Mapped[Decimal | None] = DecimalField(precision=12, scale=2, nullable=True, default=None)
    exact: Mapped[Decimal | None] = DecimalField(precision=30, scale=4, nullable=True, default=None)
    pieces: Mapped[int | None] = BigIntegerField(nullable=True, default=None)
    weight: Mapped[float | None] = FloatField(nullable=True, default=None)
    paid: Mapped[bool] = BooleanField(default=False)
    sold_at: Mapped[dt.datetime | None] = DateTimeField(nullable=True, default=None)
    secret: Mapped[str] = StringField(max_length=40, default="")
    extra: Mapped[dict[str, object] | None] = JSONField(nullable=True, default=None)
    seller_id: Mapped[int | None] = ForeignKeyField(Seller, on_delete="cascade", nullable=True, default=None)
    seller: OptRef[Seller] = ManyToOne(back_populates="sales")
    labels: Many[Label] = ManyToMany(back_populates="sales", through="sale_labels")


class Label(Base):
    """What a sale is called."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    public: Mapped[bool] = BooleanField(default=True)
    sales: Many[Sale] = ManyToMany(back_populates="labels", through="sale_labels")


async def make_sales(chance: Random, number: int) -> list[Sale]:
    """Random rows of two sellers and of none."""
    sellers = [
        await Seller.create(name=name, team=team) for name, team in (("ann", "north"), ("ben", "south"))
    ]
    made = [_sale(chance, sellers) for _ in range(number)]
    return await Sale.bulk_create(made)


def _sale(chance: Random, sellers: list[Seller]) -> Sale:
    def perhaps(value: Any) -> Any:
        return None if chance.random() < 0.2 else value

    day = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=chance.randrange(20_000))
    return Sale(
        status=perhaps(chance.choice(STATUSES)),
        amount=perhaps(Decimal(chance.randrange(-100_000, 100_000)).scaleb(-2)),
        exact=perhaps(Decimal(chance.randrange(10**20)).scaleb(-4)),
        pieces=perhaps(chance.choice([1, 2, 3, 2**62, -(2**40)])),
        weight=perhaps(chance.randrange(1000) / 8),
        paid=chance.random() < 0.5,
        sold_at=perhaps(day),
        seller_id=perhaps(chance.choice(sellers).id),
    )
