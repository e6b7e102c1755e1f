"""The SQLAlchemy mapping of the stacks that use its ORM: as its documentation writes it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import DateTime, ForeignKey, Numeric, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The registry."""


class Product(Base):
    """Something for sale."""

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(200))
    category: Mapped[int] = mapped_column(index=True)
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    stock: Mapped[int]
    active: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    rating: Mapped[float]
    archived: Mapped[bool] = mapped_column(default=False)
    reviews: Mapped[list[Review]] = relationship(order_by="Review.id")


class Review(Base):
    """What somebody says of a product."""

    __tablename__ = "review"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    reader: Mapped[str] = mapped_column(String(80))
    stars: Mapped[int]
    body: Mapped[str] = mapped_column(String(200))
