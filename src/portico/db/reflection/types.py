"""The SQLAlchemy type that each reflected column gets; there is one for every column, known or not.

    column_type(facts, "sqlite")        # Lenient(DateTime(), Codec("datetime"))

`Lenient` reads what is there, whatever the column was declared as; what no Python type is agreed for, such as
addresses, ranges and points, is `AsText`.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from .expressions import SAME_TYPE, AsText, Processor
from .facts import ColumnFacts
from .values import SINGLE, Codec, Sort, codec_of

_PYTHON: dict[Sort, Any] = {
    "text": str,
    "integer": int,
    "float": float,
    "decimal": Decimal,
    "boolean": bool,
    "bytes": bytes,
    "datetime": datetime,
    "date": date,
    "time": time,
}


_SHOWN_PLAIN: tuple[Sort, ...] = ("text", "integer", "float", "datetime", "date", "time")


class Lenient(TypeDecorator[Any]):
    """A column whose values need not be of its type; ``inner`` is the type for SQL, ``codec`` for values.

    ``numbered`` columns are sorted by a number that the database keeps for each of their texts.
    """

    impl = types.NullType
    cache_ok = True

    def __init__(self, inner: TypeEngine[Any], codec: Codec, *, numbered: bool = False) -> None:
        super().__init__()
        self.numbered = numbered
        self.inner = inner
        self.codec = codec
        self.impl = inner  # type: ignore[assignment]  # what TypeDecorator itself does, with an instance

    @property
    def python_type(self) -> type[Any]:
        """What a value that fits is in Python."""
        found: type[Any] = _PYTHON.get(self.codec.sort, object)
        return found

    @property
    def shown_plain(self) -> type[Any] | None:
        """What of a driver's values is read and shown as it is; None where each has to be read."""
        if self.codec.sort == "float" and self.codec.precision == SINGLE:
            return None
        return _PYTHON[self.codec.sort] if self.codec.sort in _SHOWN_PLAIN else None

    def bind_processor(self, dialect: Dialect) -> Processor:  # noqa: ARG002 -- the same everywhere
        """Values as this column stores them."""
        return self.codec.write

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002 -- the same everywhere
        """Values as Python has them; those that do not fit as they are."""
        return self.codec.read

    def bind_expression(self, bindparam: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
        """A number of four bytes is found by another one only."""
        return sa.cast(bindparam, self.inner) if self.codec.precision == SINGLE else bindparam

    def coerce_compared_value(self, op: operators.OperatorType | None, value: Any) -> TypeEngine[Any]:
        """Patterns are text, whatever they are compared with."""
        return self if op in SAME_TYPE or not isinstance(value, str) else types.String()


def column_type(column: ColumnFacts, dialect: str) -> TypeEngine[Any]:
    """The type that serves a column of any database."""
    if dialect == "sqlite":
        return _sqlite_type(column)
    if column.json_text:
        return types.JSON()
    if dialect in {"mysql", "mariadb"}:
        return _mariadb_type(column.type)
    if dialect == "postgresql":
        return _postgresql_type(column.type)
    return column.type


def _sqlite_type(column: ColumnFacts) -> Lenient:
    codec = codec_of(column.declared or "", column.sample)
    inner: dict[Sort, TypeEngine[Any]] = {
        "text": types.String(codec.length),
        "integer": types.BigInteger(),
        "float": types.Double(),
        "decimal": types.Numeric(codec.precision, codec.scale),
        "boolean": types.Boolean(),
        "bytes": types.LargeBinary(),
        "json": types.JSON(),
        "datetime": types.DateTime(timezone=codec.zone is not None),
        "date": types.Date(),
        "time": types.Time(),
        "any": types.NullType(),
    }
    return Lenient(inner[codec.sort], codec)


def _native(inner: TypeEngine[Any], sort: Sort) -> Lenient:
    return Lenient(inner, Codec(sort, native=True))


def _mariadb_type(found: TypeEngine[Any]) -> TypeEngine[Any]:
    """Zero dates, times of more than a day and numbers in a TINYINT(1) have no place in the usual types."""
    if isinstance(found, mysql.TINYINT) and found.display_width == 1:
        return _native(types.Boolean(), "boolean")
    if isinstance(found, types.Enum):
        return Lenient(types.Enum(*found.enums, native_enum=False), Codec("text", native=True), numbered=True)
    if isinstance(found, mysql.SET):
        return Lenient(types.String(), Codec("text", native=True), numbered=True)
    if isinstance(found, mysql.FLOAT):
        return Lenient(types.Float(), Codec("float", precision=SINGLE, native=True))
    for kind, inner, sort in _MARIADB:
        if isinstance(found, kind):
            return _native(inner, sort)
    return _native(found, "any") if isinstance(found, types.NullType) else found


_MARIADB: tuple[tuple[type[TypeEngine[Any]], TypeEngine[Any], Sort], ...] = (
    (mysql.YEAR, types.Integer(), "integer"),
    (mysql.DOUBLE, types.Double(), "float"),
    (types.DateTime, types.DateTime(), "datetime"),
    (types.Date, types.Date(), "date"),
    (types.Time, types.Time(), "time"),
)


_ARRAY: type[TypeEngine[Any]] = types.ARRAY


def _postgresql_type(found: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(found, postgresql.DOMAIN):
        return _postgresql_type(found.data_type)
    if isinstance(found, types.Float):
        single = isinstance(found, types.REAL)
        return Lenient(found, Codec("float", precision=SINGLE if single else None, native=True))
    if isinstance(found, types.Numeric):  # NaN is one of its values
        return _native(found, "decimal")
    if _is_understood(vars(found)["item_type"] if isinstance(found, _ARRAY) else found):
        return found
    unnamed = isinstance(found, types.NullType) or type(found) is types.String
    return AsText(None if unnamed else found)


def _is_understood(found: TypeEngine[Any]) -> bool:
    # A bare String is PostgreSQL's "char" or name, which have few of the functions that text has.
    return (
        isinstance(found, _UNDERSTOOD)
        and not isinstance(found, types.Enum)
        and type(found) is not types.String
    )


_UNDERSTOOD = (
    types.Integer,
    types.Numeric,
    types.Float,
    types.String,
    types.Boolean,
    types.Date,
    types.DateTime,
    types.Time,
    types.Uuid,
    types.LargeBinary,
    types.JSON,
    postgresql.INTERVAL,
)
