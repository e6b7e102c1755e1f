"""FastAPI and Tortoise: `RegisterTortoise`, instances, `response_model` from their attributes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import field_validator
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.query_utils import Prefetch

from benchmarks.http.stacks.shared import place, schemas
from benchmarks.http.stacks.shared.schemas import PLAIN, Plain, ProductChange, ProductIn, ProductOut
from benchmarks.http.stacks.tortoise.models import Product, Review


class ProductWithReviews(schemas.ProductWithReviews):
    """The same, from a relation of Tortoise, which is not a list."""

    @field_validator("reviews", mode="before")
    @classmethod
    def as_list(cls, value: Any) -> list[Any]:
        """The fetched rows."""
        return list(value)


def _connection() -> Any:
    if not place.POSTGRESQL:
        return f"sqlite://{place.URL}?synchronous=normal"
    sizes = {"minsize": place.POOL, "maxsize": place.POOL}
    return {"engine": "tortoise.backends.asyncpg", "credentials": {**place.parts(), **sizes}}


CONFIG = {
    "connections": {"default": _connection()},
    "apps": {
        "models": {"models": ["benchmarks.http.stacks.tortoise.models"], "default_connection": "default"}
    },
}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Open the pool, and close it."""
    async with RegisterTortoise(app, config=CONFIG, use_tz=True):
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/plain")
async def plain() -> Plain:
    """No database."""
    return PLAIN


@app.get("/products/{key}", response_model=ProductOut)
async def get(key: int) -> Any:
    """One row by its key."""
    found = await Product.get_or_none(id=key, archived=False)
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/products", response_model=list[ProductOut])
async def page(from_id: int, limit: int) -> Any:
    """Rows from an id on."""
    return await Product.filter(id__gte=from_id, archived=False).order_by("id").limit(limit)


@app.get("/nested", response_model=list[ProductWithReviews])
async def nested(from_id: int, limit: int) -> Any:
    """Rows from an id on, each with its reviews."""
    found = Product.filter(id__gte=from_id, archived=False).order_by("id").limit(limit)
    return await found.prefetch_related(Prefetch("reviews", queryset=Review.all().order_by("id")))


@app.get("/search", response_model=list[ProductOut])
async def found(category: int, min_stock: int) -> Any:
    """Two conditions and an order."""
    found = Product.filter(category=category, stock__gte=min_stock, archived=False)
    return await found.order_by("-rating", "-id").limit(20)


@app.post("/products", response_model=ProductOut, status_code=201)
async def create(body: ProductIn) -> Any:
    """A new row."""
    return await Product.create(**body.model_dump())


@app.patch("/products/{key}", response_model=ProductOut)
async def change(key: int, body: ProductChange) -> Any:
    """Some columns of one row."""
    found = await Product.get_or_none(id=key, archived=False)
    if found is None:
        raise HTTPException(404)
    values = body.model_dump(exclude_unset=True)
    await found.update_from_dict(values).save(update_fields=list(values))
    return found
