"""The rules of a field are kept by the database too, for those who do not go through Portico."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped

from portico.db.fields import (
    NAMING_CONVENTION,
    BinaryField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EnumField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    SmallIntegerField,
    StringField,
    TextField,
    URLField,
    check_constraint,
    composite_unique,
    spec_of,
)
from portico.db.session import Database


class Size(Enum):
    """Two members."""

    SMALL = "s"
    LARGE = "l"


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)


class Shelf(Base):
    __tablename__ = "shelves"
    __table_args__ = (composite_unique("room", "code"), check_constraint("room <> code", message="No."))
    id: Mapped[int] = IntegerField(primary_key=True)
    room: Mapped[str] = StringField(max_length=10, server_default="hall")
    code: Mapped[str | None] = StringField(max_length=3, nullable=True)


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = IntegerField(primary_key=True)
    age: Mapped[int | None] = IntegerField(min_value=0, max_value=150, nullable=True)
    weight: Mapped[float | None] = FloatField(min_value=0.5, nullable=True)
    price: Mapped[Decimal | None] = DecimalField(min_value=Decimal("0.01"), nullable=True)
    worth: Mapped[Decimal | None] = DecimalField(precision=30, max_value=Decimal(1000), nullable=True)
    day: Mapped[dt.date | None] = DateField(min_value=dt.date(2020, 1, 1), nullable=True)
    moment: Mapped[dt.datetime | None] = DateTimeField(
        max_value=dt.datetime(2030, 1, 1, tzinfo=dt.UTC), nullable=True
    )
    span: Mapped[dt.timedelta | None] = DurationField(min_value=dt.timedelta(milliseconds=1), nullable=True)
    name: Mapped[str | None] = StringField(min_length=2, max_length=5, nullable=True)
    state: Mapped[str | None] = StringField(choices=["new", "it's"], nullable=True)
    size: Mapped[Size | None] = EnumField(Size, nullable=True)
    text: Mapped[str | None] = TextField(index=True, nullable=True, max_length=20_000)
    data: Mapped[bytes | None] = BinaryField(max_length=4, nullable=True)
    extra: Mapped[Any] = JSONField(nullable=True)
    small: Mapped[int | None] = SmallIntegerField(nullable=True)
    shelf_id: Mapped[int | None] = ForeignKeyField("Shelf", on_delete="set_null", nullable=True)


class Page(Base):
    __tablename__ = "pages"
    id: Mapped[int] = IntegerField(primary_key=True)
    url: Mapped[str] = URLField(unique=True)
    body: Mapped[str] = TextField(unique=True, index=True)
    alias: Mapped[str] = StringField(max_length=1000, index=True, default="")


# By column: literals that are refused, then literals that pass.
RULES: dict[str, tuple[list[str], list[str]]] = {
    "age": (["-1", "151", "2147483648"], ["0", "150"]),
    "weight": (["0.49"], ["0.5"]),
    "price": (["0", "0.001"], ["0.01", "9.5"]),
    "worth": (["'1000.01'"], ["'1000'", "'9.5'"]),
    "day": (["'2019-12-31'"], ["'2020-01-01'"]),
    "moment": (["'2030-01-01 00:00:01'"], ["'2030-01-01 00:00:00'", "'2026-01-01 00:00:00'"]),
    "name": (["'x'", "'xxxxxx'"], ["'xx'", "'ääääÄ'"]),
    "state": (["'NEW'", "'new '"], ["'it''s'"]),
    "size": (["'SMALL'", "''"], ["'s'"]),
    "extra": (["'{'", "'NaN'"], ["'{}'", "'null'"]),
    "small": (["32768"], ["-32768"]),
    "shelf_id": (["7"], ["NULL"]),
}


@pytest.fixture(autouse=True)
async def tables(db: Database) -> AsyncIterator[None]:
    """The tables above."""
    async with db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    async with db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)


async def write(db: Database, column: str, literal: str) -> None:
    """An insert by hand."""
    async with db.engine.begin() as connection:
        await connection.execute(sa.text(f"INSERT INTO items ({column}) VALUES ({literal})"))


@pytest.mark.parametrize("column", RULES)
async def test_the_database_refuses_what_the_field_refuses(db: Database, column: str) -> None:
    """Limits, lengths, choices, members, JSON, references."""
    bad, good = RULES[column]
    for literal in good:
        await write(db, column, literal)
    for literal in bad:
        with pytest.raises(DBAPIError):
            await write(db, column, literal)


async def test_durations_and_bytes_have_limits_too(db: Database) -> None:
    """Their literals differ by database, so they are bound here."""
    for values in ({"span": dt.timedelta(0)}, {"data": b"12345"}):
        async with db.engine.begin() as connection:
            with pytest.raises(DBAPIError):
                await connection.execute(sa.insert(Item).values(**values))
    async with db.engine.begin() as connection:
        await connection.execute(sa.insert(Item).values(span=dt.timedelta(seconds=1), data=b"1\x0034"))


async def test_the_constraint_bears_a_name_that_tells_the_field(db: Database) -> None:
    """By which an error of the database is led back to the field."""
    with pytest.raises(DBAPIError, match="ck_items_age_min_value"):
        await write(db, "age", "-1")


async def test_setting_null_is_left_to_the_database(db: Database) -> None:
    """A reference follows its ``on_delete`` whoever deletes."""
    async with db.engine.begin() as connection:
        await connection.execute(sa.insert(Shelf).values(id=1, code="a"))
        await connection.execute(sa.insert(Item).values(shelf_id=1))
        await connection.execute(sa.delete(Shelf))
        found = await connection.scalars(sa.select(Item.shelf_id))
    assert list(found) == [None]


async def test_several_columns_are_unique_together(db: Database) -> None:
    """As `composite_unique` says."""
    async with db.engine.begin() as connection:
        await connection.execute(sa.insert(Shelf).values(code="a"))
        await connection.execute(sa.insert(Shelf).values(code="b"))
    async with db.engine.begin() as connection:
        with pytest.raises(DBAPIError, match=r"uq_shelves_room_code|shelves\.room, shelves\.code"):
            await connection.execute(sa.insert(Shelf).values(code="a"))


async def test_long_text_can_be_unique(db: Database) -> None:
    """MariaDB's keys end at 768 characters; what counts is the whole."""
    async with db.engine.begin() as connection:
        await connection.execute(sa.insert(Page).values(url="x" * 2000, body="é" * 5000))
        await connection.execute(sa.insert(Page).values(url="x" * 1999 + "y", body="é" * 4999 + "e"))
    for twice in ({"url": "x" * 2000, "body": ""}, {"url": "", "body": "é" * 5000}):
        async with db.engine.begin() as connection:
            with pytest.raises(DBAPIError):
                await connection.execute(sa.insert(Page).values(**twice))


async def test_every_field_can_be_reflected_and_understood(db: Database) -> None:
    """Our own tables, seen as a foreign database, keep their Python types."""
    reflected = sa.MetaData()
    async with db.engine.connect() as connection:
        await connection.run_sync(lambda sync: reflected.reflect(sync, only=["items"]))
    table = reflected.tables["items"]
    assert spec_of(table.c.age).python_type is int
    assert spec_of(table.c.name).max_length == 5
    assert spec_of(table.c.day).python_type is dt.date
