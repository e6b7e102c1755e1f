"""FastCRUD over the same models and sessions as the usual way; lists without its count.

Its join of parents and children limits the joined rows, not the parents, so it has no endpoint for a page of
parents with their children.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from fastcrud import FastCRUD
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.http.stacks.shared import place
from benchmarks.http.stacks.shared.schemas import PLAIN, Plain, ProductChange, ProductIn, ProductOut
from benchmarks.http.stacks.shared.sqlalchemy_models import Product

engine = create_async_engine(place.sqlalchemy_url(), pool_size=place.POOL, max_overflow=0)
place.tune(engine)
sessions = async_sessionmaker(engine, expire_on_commit=False)
products: Any = FastCRUD(Product)
app = FastAPI()


async def get_session() -> AsyncIterator[AsyncSession]:
    """A session for one request."""
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


@app.get("/plain")
async def plain() -> Plain:
    """No database."""
    return PLAIN


@app.get("/products/{key}", response_model=ProductOut)
async def get(key: int, session: Session) -> Any:
    """One row by its key."""
    found = await products.get(session, schema_to_select=ProductOut, id=key, archived=False)
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/products", response_model=list[ProductOut])
async def page(from_id: int, limit: int, session: Session) -> Any:
    """Rows from an id on."""
    found = await products.get_multi(
        session,
        limit=limit,
        schema_to_select=ProductOut,
        sort_columns="id",
        return_total_count=False,
        id__gte=from_id,
        archived=False,
    )
    return found["data"]


@app.get("/search", response_model=list[ProductOut])
async def found(category: int, min_stock: int, session: Session) -> Any:
    """Two conditions and an order."""
    found = await products.get_multi(
        session,
        limit=20,
        schema_to_select=ProductOut,
        sort_columns=["rating", "id"],
        sort_orders=["desc", "desc"],
        return_total_count=False,
        category=category,
        stock__gte=min_stock,
        archived=False,
    )
    return found["data"]


@app.post("/products", response_model=ProductOut, status_code=201)
async def create(body: ProductIn, session: Session) -> Any:
    """A new row."""
    return await products.create(session, body, schema_to_select=ProductOut)


@app.patch("/products/{key}", response_model=ProductOut)
async def change(key: int, body: ProductChange, session: Session) -> Any:
    """Some columns of one row."""
    columns = list(ProductOut.model_fields)
    found = await products.update(
        session, body, return_columns=columns, one_or_none=True, id=key, archived=False
    )
    if found is None:
        raise HTTPException(404)
    return found
