"""FastAPI and Piccolo: dictionaries from `select()`, `response_model`; its pool on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException
from piccolo.columns import (
    Boolean,
    DoublePrecision,
    ForeignKey,
    Integer,
    Numeric,
    Real,
    Serial,
    Timestamptz,
    Varchar,
)
from piccolo.engine.postgres import PostgresEngine
from piccolo.engine.sqlite import SQLiteEngine
from piccolo.table import Table

from benchmarks.http.stacks.shared import place
from benchmarks.http.stacks.shared.schemas import (
    PLAIN,
    Plain,
    ProductChange,
    ProductIn,
    ProductOut,
    ProductWithReviews,
)

DB: Any = PostgresEngine(config=place.parts()) if place.POSTGRESQL else SQLiteEngine(path=place.URL)


class Product(Table, db=DB, tablename="product"):
    """Something for sale."""

    id = Serial(primary_key=True)
    name = Varchar(length=80)
    description = Varchar(length=200)
    category = Integer(index=True)
    price = Numeric(digits=(10, 2))
    stock = Integer()
    active = Boolean()
    created_at = Timestamptz()
    rating = DoublePrecision() if place.POSTGRESQL else Real()
    archived = Boolean(default=False)


class Review(Table, db=DB, tablename="review"):
    """What somebody says of a product."""

    id = Serial(primary_key=True)
    product_id = ForeignKey(Product)
    reader = Varchar(length=80)
    stars = Integer()
    body = Varchar(length=200)


SHOWN = Product.all_columns(exclude=[Product.archived])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    """Open the pool, and close it."""
    if place.POSTGRESQL:
        await DB.start_connection_pool(min_size=place.POOL, max_size=place.POOL)
    yield
    if place.POSTGRESQL:
        await DB.close_connection_pool()


app = FastAPI(lifespan=lifespan)


def readable() -> Any:
    """The rule of this shop."""
    return Product.archived == False  # noqa: E712 -- a condition on rows


@app.get("/plain")
async def plain() -> Plain:
    """No database."""
    return PLAIN


@app.get("/products/{key}", response_model=ProductOut)
async def get(key: int) -> Any:
    """One row by its key."""
    found = await Product.select(*SHOWN).where(Product.id == key, readable()).first()
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/products", response_model=list[ProductOut])
async def page(from_id: int, limit: int) -> Any:
    """Rows from an id on."""
    query = Product.select(*SHOWN).where(Product.id >= from_id, readable())
    return await query.order_by(Product.id).limit(limit)


@app.get("/nested", response_model=list[ProductWithReviews])
async def nested(from_id: int, limit: int) -> Any:
    """Rows from an id on, each with its reviews: two statements, put together by hand."""
    rows = await page(from_id, limit)
    items = {row["id"]: {**row, "reviews": []} for row in rows}
    reviews = Review.select().where(Review.product_id.is_in(list(items))).order_by(Review.id)
    for review in await reviews:
        items[review["product_id"]]["reviews"].append(review)
    return list(items.values())


@app.get("/search", response_model=list[ProductOut])
async def found(category: int, min_stock: int) -> Any:
    """Two conditions and an order."""
    query = Product.select(*SHOWN).where(Product.category == category, Product.stock >= min_stock, readable())
    return await query.order_by(Product.rating, Product.id, ascending=False).limit(20)


@app.post("/products", response_model=ProductOut, status_code=201)
async def create(body: ProductIn) -> Any:
    """A new row."""
    rows = await Product.insert(Product(**body.model_dump())).returning(*SHOWN)
    return rows[0]


@app.patch("/products/{key}", response_model=ProductOut)
async def change(key: int, body: ProductChange) -> Any:
    """Some columns of one row."""
    query = Product.update(body.model_dump(exclude_unset=True)).where(Product.id == key, readable())
    rows = await query.returning(*SHOWN)
    if not rows:
        raise HTTPException(404)
    return rows[0]
