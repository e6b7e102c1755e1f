"""The usual way: FastAPI, SQLAlchemy's asynchronous ORM, a session for each request, `response_model`.

In its good form: no `expire_on_commit`, no refresh after a commit, no overflow of the pool, no pre-ping.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

from benchmarks.http.stacks.shared import crowd, place
from benchmarks.http.stacks.shared.schemas import (
    PLAIN,
    Plain,
    ProductChange,
    ProductIn,
    ProductOut,
    ProductWithReviews,
)
from benchmarks.http.stacks.shared.sqlalchemy_models import Product

engine = create_async_engine(place.sqlalchemy_url(), pool_size=place.POOL, max_overflow=0)
place.tune(engine)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
crowd.include_routers(app)


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
async def get(key: int, session: Session) -> Product:
    """One row by its key."""
    found = await session.scalar(select(Product).where(Product.id == key, ~Product.archived))
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/products", response_model=list[ProductOut])
async def page(from_id: int, limit: int, session: Session) -> Sequence[Product]:
    """Rows from an id on."""
    query = select(Product).where(Product.id >= from_id, ~Product.archived)
    return (await session.scalars(query.order_by(Product.id).limit(limit))).all()


@app.get("/nested", response_model=list[ProductWithReviews])
async def nested(from_id: int, limit: int, session: Session) -> Sequence[Product]:
    """Rows from an id on, each with its reviews."""
    query = select(Product).where(Product.id >= from_id, ~Product.archived)
    query = query.order_by(Product.id).limit(limit).options(selectinload(Product.reviews))
    return (await session.scalars(query)).all()


@app.get("/search", response_model=list[ProductOut])
async def found(category: int, min_stock: int, session: Session) -> Sequence[Product]:
    """Two conditions and an order."""
    query = select(Product).where(Product.category == category, Product.stock >= min_stock, ~Product.archived)
    return (await session.scalars(query.order_by(Product.rating.desc(), Product.id.desc()).limit(20))).all()


@app.post("/products", response_model=ProductOut, status_code=201)
async def create(body: ProductIn, session: Session) -> Product:
    """A new row."""
    made = Product(**body.model_dump())
    session.add(made)
    await session.commit()
    return made


@app.patch("/products/{key}", response_model=ProductOut)
async def change(key: int, body: ProductChange, session: Session) -> Product:
    """Some columns of one row."""
    found = await session.scalar(select(Product).where(Product.id == key, ~Product.archived))
    if found is None:
        raise HTTPException(404)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(found, name, value)
    await session.commit()
    return found
