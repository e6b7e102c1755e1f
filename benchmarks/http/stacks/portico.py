"""Portico: the generated endpoints, with policy, field rules, ETags, problem bodies, counts as asked for.

BENCH_COMPILED=off is the general path alone; without it the default is measured.
"""

from __future__ import annotations

import os
from datetime import datetime
from decimal import Decimal
from typing import Any

from fastapi import FastAPI

from benchmarks.http.stacks.shared import crowd, place
from benchmarks.http.stacks.shared.schemas import PLAIN, Plain
from portico import (
    BooleanField,
    Database,
    DateTimeField,
    DecimalField,
    FieldRules,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Many,
    ManyToOne,
    Mapped,
    Model,
    OneToMany,
    Policy,
    PoolOptions,
    Portico,
    Ref,
    StringField,
)
from portico.resources import Limits


class Product(Model):
    """Something for sale."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80)
    description: Mapped[str] = StringField(max_length=200)
    category: Mapped[int] = IntegerField(index=True)
    price: Mapped[Decimal] = DecimalField(precision=10, scale=2)
    stock: Mapped[int] = IntegerField()
    active: Mapped[bool] = BooleanField()
    created_at: Mapped[datetime] = DateTimeField()
    rating: Mapped[float] = FloatField()
    archived: Mapped[bool] = BooleanField(default=False)
    reviews: Many["Review"] = OneToMany(back_populates="product")

    class Meta:
        """The table that all stacks share."""

        table = "product"


class Review(Model):
    """What somebody says of a product."""

    id: Mapped[int] = IntegerField(primary_key=True)
    product_id: Mapped[int] = ForeignKeyField(Product)
    product: Ref[Product] = ManyToOne(back_populates="reviews")
    reader: Mapped[str] = StringField(max_length=80)
    stars: Mapped[int] = IntegerField()
    body: Mapped[str] = StringField(max_length=200)

    class Meta:
        """The table that all stacks share."""

        table = "review"


def application(url: str, **options: Any) -> FastAPI:
    """The whole API; ``options`` go to `Database`."""
    # Generated endpoints use one kind of connections or the other, as `compiled` says.
    pool = PoolOptions(size=place.POOL, compiled=place.POOL)
    database = Database(url, name="bench", pool=pool, **options)
    app = FastAPI()

    @app.get("/plain")
    async def plain() -> Plain:
        """No database: a path operation of the application's own."""
        return PLAIN

    api = Portico(database, limits=Limits(max_page=1_000))
    for model in crowd.models():
        api.expose(model, policy="public")
    rules = FieldRules(hidden=["archived"], read_only=["id"], write_once=["created_at"])
    unarchived = Product.archived == False  # noqa: E712 -- a condition: nobody reads or changes what is archived
    policy = Policy(read=unarchived, create=True, update=unarchived)
    api.expose(Product, policy=policy, rules=rules, name="products")
    api.expose(Review, policy="read_only", name="reviews")
    api.mount(app)
    return app


_compiled = os.environ.get("BENCH_COMPILED")
app = application(place.sqlalchemy_url(), **({"compiled": _compiled} if _compiled else {}))
