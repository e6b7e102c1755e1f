"""What kind of value an expression holds; lookups and values are chosen by it.

    kind_of(Post.created_at)     # Kind.DATETIME

Plain SQLAlchemy columns and columns of reflected tables have kinds too: only their type is asked.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine


class Kind(enum.Enum):
    """The families of values that lookups distinguish."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    UUID = "UUID"
    ENUM = "enumeration"
    BINARY = "binary"
    JSON = "JSON"
    ARRAY = "array"
    PASSWORD = "password"  # noqa: S105 -- a kind of column, not a password
    OTHER = "other"


# bool before int, datetime before date: each is a subclass of the other.
_BY_PYTHON_TYPE: tuple[tuple[type[Any], Kind], ...] = (
    (enum.Enum, Kind.ENUM),
    (bool, Kind.BOOLEAN),
    (int, Kind.INTEGER),
    (float, Kind.FLOAT),
    (decimal.Decimal, Kind.DECIMAL),
    (str, Kind.TEXT),
    (dt.datetime, Kind.DATETIME),
    (dt.date, Kind.DATE),
    (dt.time, Kind.TIME),
    (dt.timedelta, Kind.DURATION),
    (uuid.UUID, Kind.UUID),
    (bytes, Kind.BINARY),
)


def kind_of(expression: Any) -> Kind:
    """The kind of a column, attribute or SQL expression."""
    return kind_of_type(expression.type)


def kind_of_type(type_: TypeEngine[Any]) -> Kind:
    """The kind of an SQLAlchemy type, looking through type decorators."""
    if getattr(type_, "portico_password", False):
        return Kind.PASSWORD
    bare: Any = type_
    while isinstance(bare, sa.TypeDecorator):
        bare = bare.impl_instance
    if isinstance(bare, sa.JSON):
        return Kind.ARRAY if _python_type(type_) is list else Kind.JSON
    if isinstance(bare, sa.ARRAY):
        return Kind.ARRAY
    if isinstance(bare, sa.Enum) or isinstance(type_, sa.Enum):
        return Kind.ENUM
    found = _python_type(type_) or _python_type(bare)
    if not isinstance(found, type):
        return Kind.OTHER
    return next((kind for known, kind in _BY_PYTHON_TYPE if issubclass(found, known)), Kind.OTHER)


def _python_type(type_: TypeEngine[Any]) -> Any:
    try:
        return type_.python_type
    except NotImplementedError:
        return None
