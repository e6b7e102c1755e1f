"""The left side of a lookup: an expression, what kind of value it holds, and what an error calls it.

    operand_of(path, User.username, "author__username", mapper).kind      # Kind.TEXT

Lookups and values are chosen by the kind. Plain SQLAlchemy columns and those of reflected tables have kinds
too: only their type is asked.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import ColumnProperty, Mapper
from sqlalchemy.types import TypeEngine

from portico.db.fields import FieldSpec, spec_of
from portico.db.fields.types import ValueEnum
from portico.db.relations import Path


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
    (dt.datetime, Kind.DATETIME),
    (dt.date, Kind.DATE),
    (dt.time, Kind.TIME),
    (dt.timedelta, Kind.DURATION),
    (uuid.UUID, Kind.UUID),
    (bytes, Kind.BINARY),
)


@dataclass(frozen=True, slots=True)
class Operand:
    """What is compared, what is known about it, and what an error calls it."""

    path: Path | None
    expression: ColumnElement[Any]
    kind: Kind
    name: str
    model: str
    nullable: bool
    spec: FieldSpec
    lasting: bool = True
    """Whether the attribute is mapped, and so the same expression each time; a hybrid makes another one."""


def operand_of(path: Path | None, attribute: Any, name: str, mapper: Mapper[Any]) -> Operand:
    """An attribute as the left side of a lookup."""
    spec = spec_of(_source(attribute))
    return Operand(
        path=path,
        expression=attribute,
        kind=_kind(spec, attribute.type),
        name=name,
        model=mapper.class_.__name__,
        nullable=path is not None or spec.nullable,
        spec=spec,
    )


def kind_of(expression: Any) -> Kind:
    """The kind of a column, attribute or SQL expression."""
    return _kind(spec_of(_source(expression)), expression.type)


def _source(expression: Any) -> Any:
    """What `spec_of` knows most about: the mapped column, where the expression is one."""
    mapped: Any = getattr(expression, "property", None)
    if isinstance(getattr(expression, "property", None), ColumnProperty):
        return mapped
    element = expression.__clause_element__() if hasattr(expression, "__clause_element__") else expression
    # A column of an alias is known by the column of the table behind it.
    return next(iter(element.base_columns)) if isinstance(element, sa.Column) else element


def _kind(spec: FieldSpec, type_: TypeEngine[Any]) -> Kind:
    if spec.write_only:
        return Kind.PASSWORD
    bare: Any = type_
    while isinstance(bare, sa.TypeDecorator):
        bare = bare.impl_instance
    if isinstance(type_, sa.Enum | ValueEnum) or isinstance(bare, sa.Enum):
        return Kind.ENUM
    if isinstance(bare, sa.JSON | sa.ARRAY):
        return Kind.ARRAY if spec.python_type is not Any else Kind.JSON
    found: Any = spec.python_type
    if found is str:
        # Other types of text (MONEY, TSVECTOR) have no LIKE.
        return Kind.TEXT if isinstance(bare, sa.String) else Kind.OTHER
    if not isinstance(found, type):
        return Kind.OTHER
    return next((kind for known, kind in _BY_PYTHON_TYPE if issubclass(found, known)), Kind.OTHER)
