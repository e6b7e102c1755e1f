"""Litestar and advanced-alchemy: its plugin and repository service, msgspec schemas."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from decimal import Decimal
from typing import Any

from advanced_alchemy.extensions.litestar import (
    AsyncSessionConfig,
    EngineConfig,
    SQLAlchemyAsyncConfig,
    SQLAlchemyPlugin,
)
from advanced_alchemy.filters import LimitOffset, OrderBy
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from litestar import Litestar, get, patch, post
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from msgspec import UNSET, Struct, UnsetType, structs
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from benchmarks.http.stacks.shared import place
from benchmarks.http.stacks.shared.sqlalchemy_models import Product


class Plain(Struct):
    """An answer that needs no database."""

    message: str
    numbers: list[int]


class ProductIn(Struct):
    """What a client sends to create one."""

    name: str
    description: str
    category: int
    price: Decimal
    stock: int
    active: bool
    created_at: datetime
    rating: float


class ProductChange(Struct):
    """What a client may change."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    category: int | UnsetType = UNSET
    price: Decimal | UnsetType = UNSET
    stock: int | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    rating: float | UnsetType = UNSET


class ProductOut(ProductIn, kw_only=True):
    """What is shown."""

    id: int


class ReviewOut(Struct):
    """What is shown of a review."""

    id: int
    product_id: int
    reader: str
    stars: int
    body: str


class ProductWithReviews(ProductOut, kw_only=True):
    """A product and what was said of it."""

    reviews: list[ReviewOut]


class Products(SQLAlchemyAsyncRepositoryService[Product]):
    """The service of products."""

    class Repository(SQLAlchemyAsyncRepository[Product]):
        """Its repository."""

        model_type = Product

    repository_type = Repository


async def provide_products(db_session: AsyncSession) -> AsyncGenerator[Products]:
    """A service for one request."""
    async with Products.new(session=db_session) as service:
        yield service


@get("/plain")
async def plain() -> Plain:
    """No database."""
    return Plain("Hello, world", [1, 2, 3])


@get("/products/{key:int}")
async def read(key: int, products: Products) -> ProductOut:
    """One row by its key."""
    found = await products.get_one_or_none(Product.id == key, ~Product.archived)
    if found is None:
        raise NotFoundException
    return products.to_schema(found, schema_type=ProductOut)


@get("/products")
async def page(from_id: int, limit: int, products: Products) -> list[ProductOut]:
    """Rows from an id on."""
    rows = await products.list(
        Product.id >= from_id, ~Product.archived, OrderBy("id", "asc"), LimitOffset(limit, 0)
    )
    return [products.to_schema(row, schema_type=ProductOut) for row in rows]


@get("/nested")
async def nested(from_id: int, limit: int, products: Products) -> list[ProductWithReviews]:
    """Rows from an id on, each with its reviews."""
    rows = await products.list(
        Product.id >= from_id,
        ~Product.archived,
        OrderBy("id", "asc"),
        LimitOffset(limit, 0),
        load=[selectinload(Product.reviews)],
    )
    return [products.to_schema(row, schema_type=ProductWithReviews) for row in rows]


@get("/search")
async def found(category: int, min_stock: int, products: Products) -> list[ProductOut]:
    """Two conditions and an order."""
    rows = await products.list(
        Product.category == category,
        Product.stock >= min_stock,
        ~Product.archived,
        OrderBy("rating", "desc"),
        OrderBy("id", "desc"),
        LimitOffset(20, 0),
    )
    return [products.to_schema(row, schema_type=ProductOut) for row in rows]


@post("/products")
async def create(data: ProductIn, products: Products) -> ProductOut:
    """A new row."""
    made = await products.create(structs.asdict(data), auto_commit=True)
    return products.to_schema(made, schema_type=ProductOut)


@patch("/products/{key:int}")
async def change(key: int, data: ProductChange, products: Products) -> ProductOut:
    """Some columns of one row."""
    found = await products.get_one_or_none(Product.id == key, ~Product.archived)
    if found is None:
        raise NotFoundException
    for name, value in structs.asdict(data).items():
        if value is not UNSET:
            setattr(found, name, value)
    await products.repository.session.commit()
    return products.to_schema(found, schema_type=ProductOut)


_config = SQLAlchemyAsyncConfig(
    connection_string=place.sqlalchemy_url(),
    session_config=AsyncSessionConfig(expire_on_commit=False),
    engine_config=EngineConfig(pool_size=place.POOL, max_overflow=0),
    create_all=False,
)
place.tune(_config.get_engine())
_dependencies: dict[str, Any] = {"products": Provide(provide_products)}
app = Litestar(
    [plain, read, page, nested, found, create, change],
    plugins=[SQLAlchemyPlugin(config=_config)],
    dependencies=_dependencies,
    openapi_config=None,
)
