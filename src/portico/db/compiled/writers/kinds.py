"""The types whose JSON is known exactly, and what is done to the values of each.

    how = column_writing(Field("price", ExactDecimal(10, 2), spec), dialect)
    how.accepts        # {Decimal, NoneType}

Raises `NoWriterError` for any other type, with the reason.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from portico.db.fields.marks import AS_IT_IS, BASE64_OUT
from portico.db.fields.types import (
    Duration,
    ExactDecimal,
    FiniteFloat,
    ItemArray,
    NaiveDateTime,
    Text,
    UTCDateTime,
    ValueEnum,
)

from . import values
from .columns import EVERY, MARIADB, POSTGRESQL, SQLITE, Column, Field, NoWriterError, Writing, shown
from .values import Convert


def column_writing(field: Field, dialect: Dialect) -> Writing:
    """What is done to the values of a column; NoWriterError where that is not known."""
    if dialect.driver not in {POSTGRESQL, SQLITE, MARIADB}:
        raise NoWriterError(f"the driver {dialect.driver} has no lane")
    if hasattr(field.type, "shown_plain"):
        return _whatever_is_there(field, dialect)
    own = _OWN.get(field.type.__class__)
    if own is not None:
        return own(Column(field, field.type, dialect))
    if not _is_sqlalchemys(field.type):
        raise NoWriterError(f"the type of its column {field.name!r} is the application's own")
    shape: Any = field.type.dialect_impl(dialect)
    for known, make in _KNOWN:
        if isinstance(shape, known):
            return make(Column(field, shape, dialect))
    raise NoWriterError(
        f"how a column of the type {type(field.type).__name__} is shown ({field.name!r}) is not known"
    )


def _is_sqlalchemys(type_: Any) -> bool:
    kind: type[Any] = type_.__class__
    plain = not issubclass(kind, TypeDecorator) or kind is sa.Interval
    return plain and kind.__module__.startswith("sqlalchemy.")


class ShowsPlain(Protocol):
    """A type that reads whatever is there: which of a driver's values it shows as they are."""

    shown_plain: type[Any] | None


def _listed(column: Column, read: Convert | None, stored: type[Any], *, told_alike: bool) -> Writing:
    """Arrays, each through Pydantic: its items are looked at as the schema does."""
    return replace(column.writing(stored, convert=shown(column.field.spec, read)), told_alike=told_alike)


def _whatever_is_there(field: Field, dialect: Dialect) -> Writing:
    type_: ShowsPlain = field.type
    plain = type_.shown_plain
    exact = shown(field.spec, field.type.result_processor(dialect, None))

    def convert(value: Any) -> Any:
        return value if type(value) is plain else exact(value)

    def floating(value: Any) -> Any:
        return value if type(value) is float and values.is_plain(value) else exact(value)

    chosen = floating if plain is float else convert
    return Writing(accepts=EVERY, convert=chosen, bulk=values.each(chosen))


def _text(column: Column) -> Writing:
    column.expect(str)
    if column.reader() is not None:
        raise NoWriterError(f"the text of the column {column.field.name!r} is changed as it is read")
    return column.writing(str)


def _whole(column: Column) -> Writing:
    column.expect(int)
    return column.writing(int)


def _truth(column: Column) -> Writing:
    column.expect(bool)
    if column.driver == POSTGRESQL:
        return column.writing(bool)
    return column.writing(int, convert=values.truth, bulk=values.truths)


def _floating(column: Column) -> Writing:
    column.expect(float)
    if column.driver == SQLITE:
        return column.writing(float, int, convert=values.as_float, bulk=values.as_floats)
    return column.writing(float, convert=values.floating, bulk=values.floatings)


def _numeric(column: Column) -> Writing:
    column.expect(Decimal)
    if column.driver != SQLITE:
        return column.writing(Decimal)
    return column.writing(float, int, convert=column.reader())


def _exact_decimal(column: Column) -> Writing:
    column.expect(Decimal)
    type_: ExactDecimal = column.type

    def exact(value: Any) -> Any:
        return type_.process_result_value(value, column.dialect)

    if column.driver != SQLITE:
        convert, bulk = values.scaled(type_.scale, exact)
        return column.writing(Decimal, convert=convert, bulk=bulk)
    if isinstance(type_.load_dialect_impl(column.dialect), sa.Text):
        return column.writing(str, convert=exact)
    convert, bulk = values.numbered(type_.scale, exact)
    return column.writing(float, int, convert=convert, bulk=bulk)


def _moment(column: Column) -> Writing:
    """A date and time, whose zone is shown as the driver gives it."""
    column.expect(dt.datetime)
    if column.driver == SQLITE:
        return column.writing(str, convert=column.reader())
    return _looked_at(column.writing(dt.datetime), column)


def _utc_moment(column: Column) -> Writing:
    column.expect(dt.datetime)
    if column.driver == SQLITE:
        return column.writing(str, convert=values.utc_of_text)
    return _looked_at(column.writing(dt.datetime, convert=values.utc, bulk=values.utcs), column)


def _day(column: Column) -> Writing:
    column.expect(dt.date)
    if column.driver == SQLITE:
        return column.writing(str, convert=column.reader())
    return _looked_at(column.writing(dt.date), column)


def _clock(column: Column) -> Writing:
    column.expect(dt.time)
    if column.driver == SQLITE:
        return column.writing(str, convert=column.reader())
    if column.driver == MARIADB:
        return _looked_at(column.writing(dt.timedelta, convert=column.reader()), column)
    return column.writing(dt.time)


def _looked_at(found: Writing, column: Column) -> Writing:
    """MariaDB's driver gives text for a zero date and the like."""
    if column.driver != MARIADB:
        return found
    return replace(found, mixed=True)


def _duration(column: Column) -> Writing:
    column.expect(dt.timedelta)
    read = column.reader()
    stored = {POSTGRESQL: dt.timedelta, SQLITE: str, MARIADB: dt.datetime}[column.driver]
    if isinstance(column.type, Duration):
        stored = dt.timedelta if column.driver == POSTGRESQL else int
    elif column.driver == POSTGRESQL and read is not None:
        stored = dt.datetime  # Interval(native=False)
    convert = values.iso_duration if read is None else _read_duration(read)
    return _looked_at(column.writing(stored, convert=convert), column)


def _read_duration(read: Convert) -> Convert:
    return lambda value: values.iso_duration(read(value))


def _unique(column: Column) -> Writing:
    column.expect(uuid.UUID, str)
    if column.driver != POSTGRESQL or column.type.native_uuid is False:
        return column.writing(str, convert=values.dashed)
    drivers_own: Any = column.dialect.dbapi
    # asyncpg has a class of its own, which is a UUID
    return column.writing(uuid.UUID, drivers_own.asyncpg.pgproto.pgproto.UUID)


def _member(column: Column) -> Writing:
    stored = int if isinstance(column.type, ValueEnum) and type(column.type.values[0]) is int else str
    if isinstance(column.type, ValueEnum) and isinstance(column.type.enum, tuple):
        return column.writing(stored)
    read = column.reader()
    members = values.Members(shown(column.field.spec, read))
    return column.writing(stored, convert=members.__getitem__, bulk=members.bulk)


def _document(column: Column) -> Writing:
    column.expect(Any)
    read = column.reader()
    own: Any = getattr(column.dialect, "_json_deserializer", None)
    convert: Convert = values.written if read is None else values.document_of_text(read, usual=own is None)
    return Writing(accepts=EVERY, convert=convert, bulk=values.each(convert))


def _item_array(column: Column) -> Writing:
    type_: ItemArray = column.type
    told_alike = type_.item not in {float, dt.datetime}
    if column.driver != POSTGRESQL:
        return _listed(column, column.reader(), str, told_alike=told_alike)
    # The elements come as their own columns would; only moments are changed on the way.
    read: Convert | None = _moments if type_.item is dt.datetime else None
    return _listed(column, read, list, told_alike=told_alike)


def _moments(found: list[dt.datetime]) -> list[dt.datetime]:
    return [values.utc(one) for one in found]


def _array(column: Column) -> Writing:
    item = column.type.item_type
    if not _is_sqlalchemys(item) or not isinstance(item, _PLAIN_ITEMS):
        raise NoWriterError(f"how the items of the array {column.field.name!r} are shown is not known")
    return _listed(column, column.reader(), list, told_alike=True)


def _octets(column: Column) -> Writing:
    column.expect(bytes, marks=((BASE64_OUT,), (AS_IT_IS,)))
    return column.writing(bytes)


def _of_a_double(column: Column) -> Writing:
    if column.type.asdecimal:
        raise NoWriterError(f"the column {column.field.name!r} has floats that are shown as decimals")
    return _floating(column)


def _of_a_decimal(column: Column) -> Writing:
    if not column.type.asdecimal:
        raise NoWriterError(f"the column {column.field.name!r} has decimals that are shown as floats")
    return _numeric(column)


_Make = Callable[[Column], Writing]
_BLOBS: Final = (mysql.TINYBLOB, mysql.MEDIUMBLOB, mysql.LONGBLOB)
_PLAIN_ITEMS: Final = (sa.Integer, sa.String, sa.Boolean, sa.Uuid, sa.Date)
_OWN: Final[dict[type[Any], _Make]] = {
    Text: _text,
    ValueEnum: _member,
    ItemArray: _item_array,
    ExactDecimal: _exact_decimal,
    FiniteFloat: _floating,
    UTCDateTime: _utc_moment,
    NaiveDateTime: _moment,
    Duration: _duration,
}
_KNOWN: Final[tuple[tuple[Any, _Make], ...]] = (
    # Subclasses before what they are subclasses of.
    (sa.Enum, _member),
    (mysql.SET, lambda column: _refuse(column, "a set has no order")),
    (sa.String, _text),
    (sa.Boolean, _truth),
    ((sa.Integer, mysql.YEAR, postgresql.OID), _whole),
    (sa.Float, _of_a_double),
    (sa.Numeric, _of_a_decimal),
    (sa.DateTime, _moment),
    (sa.Date, _day),
    (sa.Time, _clock),
    ((sa.Interval, postgresql.INTERVAL), _duration),
    ((sa.Uuid, sa.UUID), _unique),
    (sa.JSON, _document),
    (sa.ARRAY, _array),
    ((sa.LargeBinary, sa.BINARY, sa.VARBINARY, postgresql.BYTEA, *_BLOBS), _octets),
)


def _refuse(column: Column, reason: str) -> Writing:
    raise NoWriterError(f"the column {column.field.name!r}: {reason}")
