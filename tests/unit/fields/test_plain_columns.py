"""Columns that others made: what can be said about them by their type."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from portico.db.fields import IntegerField, spec_of
from portico.db.fields.types import Text, ValueEnum


class Size(enum.Enum):
    """Two members."""

    SMALL = "s"
    LARGE = "l"


class Renamed(TypeDecorator[str]):
    """A user's own type that changes no value."""

    impl = sa.String
    cache_ok = True


class Told(TypeDecorator[Decimal]):
    """A user's own type that says what it holds."""

    impl = sa.BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[Any]:
        """Money, in cents."""
        return Decimal


class Opaque(TypeDecorator[Any]):
    """A user's own type that holds something else, and does not say what."""

    impl = sa.String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Something."""
        return dialect, value


TYPES: list[tuple[TypeEngine[Any], Any]] = [
    (sa.String(50), str),
    (sa.Unicode(), str),
    (mysql.NVARCHAR(5), str),
    (postgresql.CITEXT(), str),
    (mysql.LONGTEXT(), str),
    (sa.Integer(), int),
    (mysql.TINYINT(1), int),
    (mysql.BIGINT(unsigned=True), int),
    (mysql.YEAR(), int),
    (mysql.BIT(8), int),
    (postgresql.OID(), int),
    (sa.Boolean(), bool),
    (sa.REAL(), float),
    (sa.Double(), float),
    (mysql.DOUBLE(asdecimal=False), float),
    (sa.Numeric(10, 2), Decimal),
    (sa.Numeric(asdecimal=False), float),
    (sa.DateTime(timezone=True), dt.datetime),
    (mysql.TIMESTAMP(), dt.datetime),
    (sa.Date(), dt.date),
    (sa.Time(), dt.time),
    (sa.Interval(), dt.timedelta),
    (postgresql.INTERVAL(), dt.timedelta),
    (sa.Uuid(), uuid.UUID),
    (sa.UUID(as_uuid=False), str),
    (sa.LargeBinary(), bytes),
    (postgresql.BYTEA(), bytes),
    (mysql.VARBINARY(20), bytes),
    (sa.Enum(Size), Size),
    (sa.Enum("a", "b"), str),
    (postgresql.ENUM("a", "b", name="ab"), str),
    (ValueEnum(Size), Size),
    (ValueEnum(["a", "b"]), str),
    (sa.JSON(), Any),
    (postgresql.JSONB(), Any),
    (postgresql.HSTORE(), dict[str, str | None]),
    (postgresql.ARRAY(sa.Integer(), dimensions=2), list[Any]),
    (postgresql.MONEY(), str),
    (postgresql.TSVECTOR(), str),
    (postgresql.INET(), Any),
    (postgresql.INT4RANGE(), Any),
    (NullType(), Any),
    (Renamed(), str),
    (Told(), Decimal),
    (Opaque(), Any),
]


@pytest.mark.parametrize(("type_", "python_type"), TYPES, ids=repr)
def test_a_type_tells_what_is_in_python(type_: TypeEngine[Any], python_type: Any) -> None:
    """A type that we do not know is no reason to refuse a table."""
    spec = spec_of(sa.Column("it", type_))
    assert spec.python_type == python_type
    TypeAdapter(spec.annotation)
    TypeAdapter(spec.read_annotation).json_schema()


CHECKS: list[tuple[TypeEngine[Any], list[Any], list[Any]]] = [
    (sa.String(3), ["äöü"], ["abcd", "\x00"]),
    (sa.SmallInteger(), [32767], [32768]),
    (sa.Integer(), [2**31 - 1], [2**31]),
    (mysql.TINYINT(unsigned=True), [255], [256, -1]),
    (mysql.MEDIUMINT(), [2**23 - 1], [2**23]),
    (sa.Numeric(4, 1), ["999.9", "1.10"], ["1000", "1.11"]),
    (sa.Numeric(4), ["9999"], ["9.5"]),
    (sa.DateTime(timezone=True), ["2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00"]),
    (sa.DateTime(), ["2026-01-01T00:00:00"], ["2026-01-01T00:00:00Z"]),
    (sa.Enum("a", "b"), ["a"], ["c"]),
    (mysql.SET("a", "b"), [["a"]], [["c"]]),
    (postgresql.ARRAY(sa.SmallInteger()), [[1, None]], [[2**15]]),
    (mysql.YEAR(), [2026], [1]),
    (sa.VARBINARY(2), [b"ab"], [b"abc"]),
]


@pytest.mark.parametrize(("type_", "good", "bad"), CHECKS, ids=repr)
def test_a_type_tells_what_does_not_fit(type_: TypeEngine[Any], good: list[Any], bad: list[Any]) -> None:
    """So that the refusal comes before the database, and alike."""
    spec = spec_of(sa.Column("it", type_, nullable=False))
    for value in good:
        spec.validate(value)
    for value in bad:
        with pytest.raises(ValidationError):
            spec.validate(value)


class Base(DeclarativeBase):
    pass


class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(Text(5), unique=True)


class Child(Base):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_code = mapped_column(sa.ForeignKey("parents.code"))
    known_id: Mapped[int] = mapped_column(sa.Integer, sa.ForeignKey("parents.id"))
    level: Mapped[int] = mapped_column(default=3)
    tags: Mapped[Any] = mapped_column(sa.JSON, default=list)
    made: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    doubled: Mapped[int] = mapped_column(sa.Computed("level * 2"))
    counted: Mapped[int] = mapped_column(sa.Identity(always=True))
    total = column_property(sa.select(sa.func.count(Parent.id)).scalar_subquery())


def spec(name: str) -> Any:
    """The facts about an attribute of Child."""
    return spec_of(sa.inspect(Child).attrs[name])


def test_plain_columns_tell_who_makes_their_values() -> None:
    """A client is asked only for what nobody else knows."""
    assert spec("id").generated
    assert (spec("level").make_default(), spec("tags").make_default()) == (3, [])
    assert (spec("made").server_default, spec("made").required) == (True, False)
    assert [name for name in ("doubled", "counted", "total", "level") if spec(name).read_only] == [
        *("doubled", "counted", "total"),
    ]


def test_a_foreign_key_without_a_type_is_like_its_target() -> None:
    """As SQLAlchemy itself types it."""
    assert (spec("parent_code").python_type, spec("parent_code").max_length) == (str, 5)
    assert spec("parent_code").foreign_key
    assert spec("known_id").python_type is int


def test_a_computed_attribute_is_read_only() -> None:
    """It is SQL, and belongs to no column."""
    assert (spec("total").name, spec("total").python_type) == ("total", int)


def test_a_copied_column_has_its_own_spec() -> None:
    """A subclass or a second schema may rename or relax it."""
    field: Any = IntegerField(column_name="n")
    first = sa.Table("first", sa.MetaData(), field.column)
    assert not spec_of(first.c.n).nullable
    copied = first.to_metadata(sa.MetaData(), name="second")
    copied.c.n.nullable = True
    assert spec_of(copied.c.n).nullable
