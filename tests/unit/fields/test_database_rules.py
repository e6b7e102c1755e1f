"""Constraints and types as they are written into a database."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped
from sqlalchemy.schema import CreateTable

from portico.db.fields import (
    NAMING_CONVENTION,
    ArrayField,
    DateTimeField,
    IntegerField,
    StringField,
    check_constraint,
    composite_primary_key,
    composite_unique,
)
from portico.db.fields import types as portico_types
from portico.db.fields.types import (
    Duration,
    ExactDecimal,
    FiniteFloat,
    ItemArray,
    NaiveDateTime,
    PasswordHash,
    SecretText,
    Text,
    UTCDateTime,
    ValueEnum,
)
from portico.db.fields.types.numbers import fits, padded
from portico.errors import ConfigurationError, InvalidError, UsageError

DIALECTS: dict[str, Dialect] = {
    name: make_url(f"{name}://").get_dialect()() for name in ("sqlite", "postgresql", "mysql")
}


class Size(enum.Enum):
    """Two members."""

    SMALL = "s"
    LARGE = "large"


def names_in(cls: Any) -> set[str]:
    """The names of a model's constraints, without that of its key."""
    return {
        str(one.name) for one in cls.__table__.constraints if not isinstance(one, sa.PrimaryKeyConstraint)
    }


def written(table: Any, dialect: str) -> str:
    """The table's definition, on one line."""
    return " ".join(str(CreateTable(table).compile(dialect=DIALECTS[dialect])).split())


def test_names_follow_the_convention_of_the_metadata() -> None:
    """Ours unless the user has one."""

    class Base(DeclarativeBase):
        metadata = sa.MetaData(naming_convention={**NAMING_CONVENTION, "ck": "rule_%(constraint_name)s"})

    class Thing(Base):
        __tablename__ = "things"
        __table_args__ = (composite_unique("a", "b"), check_constraint("a <> b", message="Must differ."))
        a: Mapped[int] = IntegerField(primary_key=True)
        b: Mapped[int] = IntegerField(min_value=1)

    assert {"uq_things_a_b", "rule_b_min_value", "rule_b_range"} <= names_in(Thing)
    assert "rule_check_" in written(Thing.__table__, "sqlite")


def test_names_are_whole_without_a_convention() -> None:
    """Plain SQLAlchemy models have none, and MySQL wants them unique in the whole schema."""

    class Base(DeclarativeBase):
        pass

    class Thing(Base):
        __tablename__ = "a_table_with_a_very_long_name_indeed_and_then_some"
        id: Mapped[int] = IntegerField(primary_key=True)
        number: Mapped[int] = IntegerField(min_value=1)

    shortened = {name for name in names_in(Thing) if "min" not in name and "range" not in name}
    assert all(name.startswith("ck_a_table_with_a_very_long_name") for name in shortened)
    assert {len(name) for name in names_in(Thing)} == {60}


def test_a_key_of_several_columns() -> None:
    """Declared in one place, for columns declared in others."""
    key = composite_primary_key("a", "b")
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.Integer), key)
    assert list(table.primary_key.columns.keys()) == ["a", "b"]
    with pytest.raises(ConfigurationError, match="at least two columns"):
        composite_unique("a")


TYPES: list[tuple[Any, dict[str, str]]] = [
    (
        Text(50),
        {
            "sqlite": "VARCHAR(50)",
            "postgresql": 'VARCHAR(50) COLLATE "C"',
            "mysql": "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        },
    ),
    (
        Text(),
        {
            "sqlite": "TEXT",
            "postgresql": 'TEXT COLLATE "C"',
            "mysql": "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        },
    ),
    (
        ExactDecimal(10, 2),
        {"sqlite": "NUMERIC(10, 2)", "postgresql": "NUMERIC(10, 2)", "mysql": "NUMERIC(10, 2)"},
    ),
    (
        ExactDecimal(16, 2),
        {
            "sqlite": "TEXT COLLATE portico_decimal",
            "postgresql": "NUMERIC(16, 2)",
            "mysql": "NUMERIC(16, 2)",
        },
    ),
    (
        UTCDateTime(),
        {"sqlite": "DATETIME", "postgresql": "TIMESTAMP WITH TIME ZONE", "mysql": "DATETIME(6)"},
    ),
    (Duration(), {"sqlite": "BIGINT", "postgresql": "INTERVAL", "mysql": "BIGINT"}),
    (ItemArray(str), {"sqlite": "JSON", "postgresql": 'TEXT[] COLLATE "C"', "mysql": "JSON"}),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("type_", "names"), TYPES, ids=lambda one: repr(one)[:30])
def test_a_type_is_written_for_each_database(type_: Any, names: dict[str, str], dialect: str) -> None:
    """The comparison is part of the column, not of the server's settings."""
    assert f"it {names[dialect]}" in written(sa.Table("t", sa.MetaData(), sa.Column("it", type_)), dialect)


def test_a_cast_to_text_names_no_collation() -> None:
    """PostgreSQL takes none there."""
    cast = sa.cast(sa.column("a"), Text(5))
    assert str(cast.compile(dialect=DIALECTS["postgresql"])) == "CAST(a AS VARCHAR(5))"


@pytest.mark.parametrize(
    "type_",
    [
        Text(5),
        Text(),
        ExactDecimal(12, 3),
        FiniteFloat(),
        UTCDateTime(),
        NaiveDateTime(),
        Duration(),
        ValueEnum(Size),
        ItemArray(int),
        ItemArray(dt.datetime),
        PasswordHash(),
        SecretText(9),
    ],
    ids=repr,
)
def test_a_type_is_written_into_a_migration_as_it_is_made(type_: Any) -> None:
    """Alembic writes the repr, and the migration must not need the application."""
    names = {name: getattr(portico_types, name) for name in portico_types.__all__}
    again = eval(repr(type_), {**names, "datetime": dt})  # noqa: S307 -- what a migration does
    assert repr(again) == repr(type_)
    for dialect in DIALECTS.values():
        assert again.compile(dialect) == type_.compile(dialect)


def test_types_take_part_in_the_statement_cache() -> None:
    """A type that could not would warn, and a warning is an error; types that differ must differ there."""
    engine = sa.create_engine("sqlite://")
    digits = {1: Decimal("1.5"), 2: Decimal("1.50"), 3: Decimal("1.500")}
    with engine.connect() as connection:
        for scale, value in digits.items():
            found = connection.scalar(sa.select(sa.literal(Decimal("1.5"), ExactDecimal(4, scale))))
            assert str(found) == str(value)
        for type_ in (Text(1), ValueEnum(Size), ItemArray(int), UTCDateTime(), Duration(), SecretText()):
            assert connection.scalar(sa.select(sa.literal(None, type_))) is None


REFUSED: list[tuple[Any, Any]] = [
    (FiniteFloat(), float("nan")),
    (FiniteFloat(), float("inf")),
    (ExactDecimal(10, 2), Decimal("1.005")),
    (ExactDecimal(10, 2), Decimal("NaN")),
    (ExactDecimal(10, 2), 10**8),
    (UTCDateTime(), dt.datetime(2026, 1, 1)),  # noqa: DTZ001 -- naive on purpose
    (NaiveDateTime(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
    (Duration(), dt.timedelta.max),
    (ValueEnum(Size), "SMALL"),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("type_", "value"), REFUSED, ids=repr)
def test_a_type_refuses_what_would_be_changed(type_: Any, value: Any, dialect: str) -> None:
    """For those who write with SQLAlchemy alone, past all validation."""
    with pytest.raises(InvalidError):
        type_.process_bind_param(value, DIALECTS[dialect])


def test_a_password_cannot_be_asked_for_by_value() -> None:
    """The hash has a salt: the answer would always be no."""
    column: sa.Column[str] = sa.Column("password", PasswordHash())
    with pytest.raises(UsageError, match="verify_password_async"):
        _ = column == "x"
    assert str(column.is_(None)) == "password IS NULL"


def test_a_member_that_is_gone_is_told() -> None:
    """With the enumeration's name and without a guess."""
    with pytest.raises(LookupError, match="holds a Size that has no member"):
        ValueEnum(Size).process_result_value("medium", DIALECTS["sqlite"])


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_padding_changes_no_value(value: Decimal) -> None:
    """Only the way it is written, and never by rounding."""
    assert padded(value, 2) == value
    if fits(value, 20, 2):
        assert str(padded(value, 2)).partition(".")[2].isdigit()
        assert len(str(padded(value, 2)).partition(".")[2]) == 2


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_what_fits_is_what_a_database_would_not_change(value: Decimal) -> None:
    """No digit is lost before the point or after it."""
    small = abs(value) < 10**8 and value == round(value, 2)
    assert fits(value, 10, 2) == small


def test_lengths_that_no_varchar_holds_are_checked_on_mariadb() -> None:
    """The column is a LONGTEXT there, which takes anything."""

    class Base(DeclarativeBase):
        pass

    class Thing(Base):
        __tablename__ = "t"
        id: Mapped[int] = IntegerField(primary_key=True)
        long: Mapped[str] = StringField(max_length=20_000)
        tags: Mapped[list[str]] = ArrayField(str)
        made: Mapped[dt.datetime] = DateTimeField(timezone=False, auto_now_add=True)

    assert "CHECK (char_length(`long`) <= 20000)" in written(Thing.__table__, "mysql")
    assert "CHECK" not in written(Thing.__table__, "postgresql")
