"""What a SQLAlchemy type says about the values of its column.

    facts_of_type(sa.Numeric(10, 2))     # FieldSpec(python_type=Decimal, precision=10, scale=2, …)

Dialect types are covered where they differ from the general ones. An unknown type gives `Any`, which is shown
as text.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from types import GenericAlias
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

from .marks import (
    AS_IT_IS,
    AWARE,
    BASE64_IN,
    BASE64_OUT,
    DOCUMENT,
    FINITE,
    ITEM_MARKS,
    NAIVE,
    STORABLE,
    TEXT,
    ZONELESS,
    exact,
    within,
)
from .spec import FieldSpec, annotated
from .types import (
    Duration,
    ExactDecimal,
    FiniteFloat,
    ItemArray,
    NaiveDateTime,
    PasswordHash,
    SecretText,
    UTCDateTime,
    ValueEnum,
)
from .types.numbers import MAX_PRECISION

UNKNOWN = FieldSpec(read_marks=(AS_IT_IS,))
_CONVERTING = {"process_bind_param", "process_result_value", "bind_processor", "result_processor"}
_BITS: tuple[tuple[type[TypeEngine[Any]], int], ...] = (
    (mysql.TINYINT, 8),
    (mysql.MEDIUMINT, 24),
    (sa.SmallInteger, 16),
    (sa.BigInteger, 64),
    (sa.Integer, 32),
)


def facts_of_type(type_: TypeEngine[Any]) -> FieldSpec:
    """What can be said about a value of this type."""
    for known, facts in _KNOWN:
        if isinstance(type_, known):
            return facts(type_)
    if isinstance(type_, TypeDecorator):
        return _decorated(type_)
    try:
        python_type = type_.python_type
    except NotImplementedError:
        return UNKNOWN
    return UNKNOWN if python_type is object else FieldSpec(python_type=python_type, read_marks=(AS_IT_IS,))


def _decorated(type_: TypeDecorator[Any]) -> FieldSpec:
    """A user's own type: it may say what it holds, or change nothing about what the one underneath holds."""
    own = {name for cls in type(type_).__mro__ if not _is_sqlalchemys(cls) for name in vars(cls)}
    if "python_type" in own:
        return FieldSpec(python_type=type_.python_type, read_marks=(AS_IT_IS,))
    return UNKNOWN if own & _CONVERTING else facts_of_type(type_.impl_instance)


def _is_sqlalchemys(cls: type[Any]) -> bool:
    return cls.__module__.startswith("sqlalchemy.")


def _text(type_: Any) -> FieldSpec:
    return FieldSpec(python_type=str, max_length=type_.length, marks=(TEXT,))


def _integer(type_: Any) -> FieldSpec:
    bits = next(bits for known, bits in _BITS if issubclass(type(type_), known))
    if getattr(type_, "unsigned", False):
        return FieldSpec(python_type=int, marks=(within(0, 2**bits - 1),))
    return FieldSpec(python_type=int, marks=(within(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1),))


def _float(type_: Any) -> FieldSpec:
    return FieldSpec(
        python_type=Decimal if type_.asdecimal else float, marks=() if type_.asdecimal else FINITE
    )


def _decimal(type_: Any) -> FieldSpec:
    if not type_.asdecimal:
        return FieldSpec(python_type=float, marks=FINITE)
    precision = type_.precision
    if precision is None:
        return FieldSpec(python_type=Decimal)
    scale = type_.scale or 0
    marks = (exact(precision, scale),) if 0 <= scale <= precision <= MAX_PRECISION else ()
    return FieldSpec(python_type=Decimal, precision=precision, scale=scale, marks=marks)


def _datetime(type_: Any) -> FieldSpec:
    return FieldSpec(python_type=dt.datetime, marks=(AWARE if type_.timezone else NAIVE,))


def _enum(type_: Any) -> FieldSpec:
    if type_.enum_class is not None:
        return FieldSpec(python_type=type_.enum_class)
    return FieldSpec(python_type=str, choices=tuple(type_.enums) or None)


def _set(type_: Any) -> FieldSpec:
    member: Any = Literal[tuple(type_.values)] if type_.values else str
    return FieldSpec(python_type=GenericAlias(set, (member,)))


def _stored_enum(type_: Any) -> FieldSpec:
    if isinstance(type_.enum, type):
        return FieldSpec(python_type=type_.enum)
    return FieldSpec(python_type=type(type_.values[0]), choices=type_.values)


def _uuid(type_: Any) -> FieldSpec:
    return FieldSpec(python_type=uuid.UUID if type_.as_uuid else str)


def _array(type_: Any) -> FieldSpec:
    if (type_.dimensions or 1) > 1:
        return FieldSpec(python_type=list[Any], read_marks=(AS_IT_IS,))
    item = facts_of_type(type_.item_type)
    inner = Any if item.python_type is Any else item.annotation | None
    return FieldSpec(python_type=GenericAlias(list, (inner,)))


def _item_array(type_: Any) -> FieldSpec:
    return FieldSpec(python_type=list_of(type_.item))


def list_of(item: type[Any]) -> Any:
    """The annotation of a list of such items."""
    return GenericAlias(list, (annotated(item, list(ITEM_MARKS.get(item, ()))),))


def _bytes(type_: Any) -> FieldSpec:
    marks = (BASE64_IN, BASE64_OUT)
    return FieldSpec(python_type=bytes, max_length=type_.length, marks=marks, read_marks=(BASE64_OUT,))


def _always(**facts: Any) -> Callable[[Any], FieldSpec]:
    spec = FieldSpec(**facts)
    return lambda _: spec


_KNOWN = cast(
    "tuple[tuple[Any, Callable[[Any], FieldSpec]], ...]",
    (
        # Subclasses before what they are subclasses of: an ENUM is text, a REAL is a float.
        (ValueEnum, _stored_enum),
        (ItemArray, _item_array),
        (PasswordHash, _always(python_type=str, write_only=True, marks=(TEXT,))),
        (SecretText, _always(python_type=str, secret=True, marks=(TEXT,))),
        (ExactDecimal, _decimal),
        (FiniteFloat, _always(python_type=float, marks=FINITE)),
        (UTCDateTime, _always(python_type=dt.datetime, marks=(AWARE,))),
        (NaiveDateTime, _always(python_type=dt.datetime, marks=(NAIVE,))),
        (Duration, _always(python_type=dt.timedelta, marks=(STORABLE,))),
        (mysql.SET, _set),
        (sa.Enum, _enum),
        (sa.String, _text),
        (sa.Boolean, _always(python_type=bool)),
        (sa.Integer, _integer),
        (sa.Float, _float),
        (sa.Numeric, _decimal),
        (sa.DateTime, _datetime),
        (sa.Date, _always(python_type=dt.date)),
        (sa.Time, _always(python_type=dt.time, marks=(ZONELESS,))),
        ((sa.Interval, postgresql.INTERVAL), _always(python_type=dt.timedelta, marks=(STORABLE,))),
        ((sa.Uuid, sa.UUID), _uuid),
        (sa.JSON, _always(marks=(DOCUMENT,))),
        (sa.ARRAY, _array),
        ((sa.LargeBinary, sa.BINARY, sa.VARBINARY), _bytes),
        (mysql.YEAR, _always(python_type=int, marks=(within(1901, 2155),))),
        (mysql.BIT, _always(python_type=int, marks=(within(0, 2**64 - 1),))),
        (postgresql.OID, _always(python_type=int, marks=(within(0, 2**32 - 1),))),
        (postgresql.HSTORE, _always(python_type=dict[str, str | None])),
        ((postgresql.MONEY, postgresql.TSVECTOR), _always(python_type=str, marks=(TEXT,))),
    ),
)
