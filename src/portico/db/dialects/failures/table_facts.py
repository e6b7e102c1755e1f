"""What the metadata knows about a table: columns of a constraint, attribute names, values that do not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakSet

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.exc import UnmappedColumnError

from .finding import Kind

Mappers = WeakSet[Mapper[Any]]
WithColumns = sa.PrimaryKeyConstraint | sa.UniqueConstraint | sa.ForeignKeyConstraint | sa.CheckConstraint
_WITH_COLUMNS = (sa.PrimaryKeyConstraint, sa.UniqueConstraint, sa.ForeignKeyConstraint, sa.CheckConstraint)
_mappers: WeakKeyDictionary[sa.FromClause, Mappers] = WeakKeyDictionary()
OWNED = "portico_tenant"
"""In the ``info`` of a column that says whose row it is."""
_SURROGATE_OR_NUL = re.compile("[\x00\ud800-\udfff]")
_BITS = ((sa.SmallInteger, 15), (sa.BigInteger, 63), (sa.Integer, 31))


@event.listens_for(Mapper, "instrument_class")
def _remember_mapper(mapper: Mapper[Any], _cls: type) -> None:
    _mappers.setdefault(mapper.local_table, WeakSet()).add(mapper)


def besides_tenant(table: sa.Table | None, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Columns of a constraint but for that of the tenant, which nobody wrote who broke it."""
    own = {column.name for column in table.columns if OWNED in column.info} if table is not None else ()
    return tuple(name for name in columns if name not in own) or columns


def as_table(found: Any) -> sa.Table | None:
    """The table, if it is one (a mapped class may also stand on a select or a join)."""
    return cast("sa.Table", found) if isinstance(found, sa.Table) else None


def attribute_names(
    table: sa.Table | None, columns: Iterable[str], mapper: Mapper[Any] | None
) -> tuple[str, ...]:
    """The names under which a mapped class holds these columns; their own names where none is known."""
    if table is None:
        return tuple(columns)
    known = [mapper] if mapper is not None else list(_mappers.get(table, ()))
    return tuple(_attribute_name(table, column, known) for column in columns)


def _attribute_name(table: sa.Table, name: str, mappers: list[Mapper[Any]]) -> str:
    for column in table.columns:
        for mapper in mappers if column.name == name else ():
            with suppress(UnmappedColumnError):
                return mapper.get_property_by_column(column).key
    return name


def columns_of_constraint(table: sa.Table | None, name: str | None, dialect: sa.Dialect) -> tuple[str, ...]:
    """The columns of a constraint or index of the table, by the name that it has in the database."""
    if table is None or name is None:
        return ()
    if name == "PRIMARY":  # MariaDB's name for every primary key
        return tuple(column.name for column in table.primary_key.columns)
    for index in table.indexes:
        if _final_name(index, dialect) == name:
            return tuple(column.name for column in index.columns)
    for constraint in table.constraints:
        if isinstance(constraint, _WITH_COLUMNS) and _final_name(constraint, dialect) == name:
            return _columns(table, constraint)
    return ()


def _final_name(named: WithColumns | sa.Index, dialect: sa.Dialect) -> str | None:
    """The name after naming convention and truncation, as the DDL compiler writes it."""
    if named.name is None:
        return None
    preparer = dialect.identifier_preparer
    written = (
        preparer.format_index(named) if isinstance(named, sa.Index) else preparer.format_constraint(named)
    )
    return written.strip('"`') if written else None


def _columns(table: sa.Table, constraint: WithColumns) -> tuple[str, ...]:
    named = tuple(column.name for column in constraint.columns)
    if not named and isinstance(constraint, sa.CheckConstraint):
        return columns_in(table, str(constraint.sqltext))
    return named


def columns_in(table: sa.Table | None, text: str) -> tuple[str, ...]:
    """The columns of the table that an expression mentions, in the table's order."""
    words = set(re.findall(r"\w+", text))
    return tuple(column.name for column in table.columns if column.name in words) if table is not None else ()


def unfit_columns(table: sa.Table | None, rows: Iterable[Mapping[str, Any]], kind: Kind) -> tuple[str, ...]:
    """The columns whose values do not fit, where the database did not say which they are."""
    if table is None:
        return ()
    return tuple(dict.fromkeys(name for row in rows for name in _unfit(table, row, kind)))


def _unfit(table: sa.Table, row: Mapping[str, Any], kind: Kind) -> Iterator[str]:
    fits = {Kind.TOO_LONG: _fits_length, Kind.OUT_OF_RANGE: _fits_range, Kind.INVALID: _fits_text}.get(kind)
    for column in table.columns if fits is not None else ():
        value = row.get(column.key)
        if value is not None and fits is not None and not fits(column.type, value):
            yield column.name


def _fits_length(type_: Any, value: Any) -> bool:
    length = getattr(getattr(type_, "impl_instance", type_), "length", None)
    return not (isinstance(value, str | bytes) and isinstance(length, int) and len(value) > length)


def _fits_text(_type: Any, value: Any) -> bool:
    return not (isinstance(value, str) and _SURROGATE_OR_NUL.search(value))


def _fits_range(type_: Any, value: Any) -> bool:
    plain = getattr(type_, "impl_instance", type_)
    if isinstance(plain, sa.Numeric) and isinstance(value, int | float | Decimal):
        digits = None if plain.precision is None else plain.precision - (plain.scale or 0)
        return digits is None or abs(Decimal(str(value))) < Decimal(10) ** digits
    if isinstance(value, int):
        bits = next((bits for kind, bits in _BITS if isinstance(plain, kind)), 63)
        return bool(-(2**bits) <= value < 2**bits)
    return True
