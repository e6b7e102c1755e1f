"""The Pydantic models of the stacks that use them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class Plain(BaseModel):
    """An answer that needs no database."""

    message: str
    numbers: list[int]


class ProductIn(BaseModel):
    """What a client sends to create one."""

    name: str
    description: str
    category: int
    price: Decimal
    stock: int
    active: bool
    created_at: datetime
    rating: float


class ProductChange(BaseModel):
    """What a client may change."""

    name: str | None = None
    description: str | None = None
    category: int | None = None
    price: Decimal | None = None
    stock: int | None = None
    active: bool | None = None
    rating: float | None = None


class ProductOut(ProductIn):
    """What is shown."""

    model_config = ConfigDict(from_attributes=True)

    id: int


class ReviewOut(BaseModel):
    """What is shown of a review."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    product_id: int
    reader: str
    stars: int
    body: str


class ProductWithReviews(ProductOut):
    """A product and what was said of it."""

    reviews: list[ReviewOut]


PLAIN = Plain(message="Hello, world", numbers=[1, 2, 3])
