"""Plain SQLAlchemy classes, without anything of ours: queries work on any mapped class."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship, synonym


class Size(enum.Enum):
    """Stored by name, as SQLAlchemy does unless told otherwise."""

    SMALL = 1
    LARGE = 2


class Base(DeclarativeBase):
    """A base of its own."""


class Shop(Base):
    __tablename__ = "shop"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))
    items: Mapped[list[Item]] = relationship(back_populates="shop", lazy="raise")


class Item(Base):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column("item_name", sa.String(50))
    price: Mapped[float | None]
    a__b: Mapped[int | None]
    year: Mapped[int | None]
    made: Mapped[dt.datetime | None]
    sold: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    size: Mapped[Size | None]
    colour: Mapped[str | None] = mapped_column(sa.Enum("red", "blue", name="colours"))
    data: Mapped[dict[str, object] | None] = mapped_column(sa.JSON)
    picture: Mapped[bytes | None]
    shop_id: Mapped[int | None] = mapped_column(sa.ForeignKey("shop.id"))
    shop: Mapped[Shop | None] = relationship(back_populates="items", lazy="raise")
    shouted: Mapped[str] = column_property(sa.func.upper(name))
    label = synonym("name")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "item"}

    @hybrid_property
    def double(self) -> float | None:
        """Computed in Python and in SQL."""
        return None if self.price is None else self.price * 2

    @double.inplace.expression
    @classmethod
    def _double(cls) -> sa.ColumnElement[float | None]:
        return cls.price * 2


class Toy(Item):
    age: Mapped[int | None] = mapped_column(use_existing_column=True)
    __mapper_args__ = {"polymorphic_identity": "toy"}


class Line(Base):
    __tablename__ = "line"
    order: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
