"""Rows as they are in the database, read whole, locked where that can be, and what class they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico.db.engine.criteria import lifted
from portico.db.engine.criteria.registry import criteria_of
from portico.db.session.preimages import RecordingSession

Key = tuple[Any, ...]
Row = Mapping[Any, Any]
"""The values of a row by column; a row that lies in several tables has the columns of all."""
CHUNK: Final = 500
_columns: Final[WeakKeyDictionary[type[Any], tuple[Any, list[tuple[str, Any]]]]] = WeakKeyDictionary()
"""The attributes of classes with their columns, as they were when they were last asked for."""
_KEYS: Final = "portico_keys"


class Reading:
    """How one table is read whole: statements that are the same each time, so that SQLAlchemy knows them."""

    def __init__(self, table: sa.Table, key: Sequence[sa.Column[Any]]) -> None:
        self.columns = tuple(table.columns)
        every = sa.select(*self.columns)
        self.locked = every.with_for_update(of=table)
        self._is_single = len(key) == 1
        by_key = within(key, sa.bindparam(_KEYS, expanding=True))
        self._by_key = {True: self.locked.where(by_key), False: every.where(by_key)}

    def of_keys(
        self, connection: sa.Connection, keys: Sequence[Key], *, lock: bool
    ) -> Iterator[dict[Any, Any]]:
        """The rows of these keys, as values by column."""
        for some in parts(keys, single=self._is_single):
            yield from self.rows(connection, self._by_key[lock], {_KEYS: some})

    def rows(self, connection: sa.Connection, statement: Any, values: Any) -> Iterator[dict[Any, Any]]:
        """The rows that a select of all columns gives, in the same way."""
        return (dict(zip(self.columns, row, strict=True)) for row in read(connection, statement, values))


class Source:
    """The tables of one class with those that inherit from it, or one table that is no class."""

    def __init__(self, table: Any, mapper: Mapper[Any] | None) -> None:
        self.table: sa.Table = table
        self.mapper = mapper
        family: Any = () if mapper is None else mapper.self_and_descendants
        found: list[Any] = [t for each in family for t in each.tables if isinstance(t, sa.Table)]
        self.tables: tuple[sa.Table, ...] = tuple(dict.fromkeys([table, *found]))
        self._readings: dict[sa.Table, Reading] = {}

    def key_in(self, table: sa.Table) -> list[sa.Column[Any]]:
        """The key of the row in one of its tables; a junction without a key is known by its columns."""
        if self.mapper is not None and table is self.table:
            return cast("list[sa.Column[Any]]", [*self.mapper.primary_key])
        return [*table.primary_key] or [*table.columns]

    def where(
        self, connection: sa.Connection, table: sa.Table, condition: Any, values: Any
    ) -> dict[Key, Row]:
        """The rows that a condition on one of the tables chooses, locked."""
        key, reading = self.key_in(table), self._reading(table)
        statement = reading.locked if condition is None else reading.locked.where(condition)
        rows = reading.rows(connection, statement, values)
        found: dict[Key, Row] = {tuple([row[column] for column in key]): row for row in rows}
        return found if len(self.tables) == 1 else self.rows(connection, list(found), lock=True)

    def rows(self, connection: sa.Connection, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Row]:
        """The rows of these keys, as they are now."""
        found: dict[Key, dict[Any, Any]] = {}
        with unhindered(*self.tables):
            for table in self.tables:
                key = self.key_in(table)
                for values in self._reading(table).of_keys(connection, keys, lock=lock):
                    found.setdefault(tuple([values[column] for column in key]), {}).update(values)
        return {key: row for key, row in found.items() if key_columns_present(self, row)}

    def _reading(self, table: sa.Table) -> Reading:
        found = self._readings.get(table)
        if found is None or len(found.columns) != len(table.columns):  # a column may be added later
            found = self._readings[table] = Reading(table, self.key_in(table))
        return found

    def class_of(self, row: Row) -> type[Any] | None:
        """The class of a row."""
        mapper = self.mapper
        if mapper is None:
            return None
        kind = mapper.polymorphic_on
        if isinstance(kind, sa.Column) and row.get(kind) in mapper.polymorphic_map:
            return mapper.polymorphic_map[row[kind]].class_
        return mapper.class_


def key_columns_present(source: Source, row: Row) -> bool:
    """Whether the first of its tables has the row."""
    return all(column in row for column in source.key_in(source.table))


def named(cls: type[Any], row: Row) -> dict[str, Any]:
    """The values of a row by attribute."""
    mapper: Mapper[Any] = sa.inspect(cls)
    attributes: Any = mapper.column_attrs  # another collection when one has been added
    known = _columns.get(cls)
    if known is None or known[0] is not attributes:
        known = _columns[cls] = attributes, [(one.key, one.columns[0]) for one in attributes]
    return {name: row[column] for name, column in known[1] if column in row}


def class_of(row: object) -> type[Any]:
    """The class of an object."""
    return type(row)


def is_flushing(session: object) -> bool:
    """Whether a session of ours is in the middle of a flush."""
    return isinstance(session, RecordingSession) and session.is_flushing


def read(connection: sa.Connection, statement: sa.Select[Any], values: Any) -> Sequence[Any]:
    """The rows of a select of ours, which may be read just before another statement is sent."""
    dialect = connection.dialect
    try:
        return connection.execute(statement, values or {}).all()
    finally:
        connection.dialect = dialect


def unhindered(*tables: sa.Table) -> AbstractContextManager[None]:
    """See every row of these tables: of a row that is hidden by now it is to be known what became of it."""
    names = {criterion.name for table in tables for criterion in criteria_of(table)}
    return lifted(*names) if names else nullcontext()


def chosen(columns: Sequence[Any], keys: Sequence[Key]) -> Iterator[sa.ColumnElement[bool]]:
    """The conditions for rows with these values, some at a time."""
    for some in parts(keys, single=len(columns) == 1):
        yield within(columns, some)


def within(columns: Sequence[Any], values: Any) -> sa.ColumnElement[bool]:
    """The condition for rows with one of these values."""
    column: Any = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
    found: sa.ColumnElement[bool] = column.in_(values)
    return found


def parts(keys: Sequence[Key], *, single: bool) -> Iterator[Sequence[Any]]:
    """Some keys at a time; those of a ``single`` column as the values that they are."""
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        yield [key[0] for key in some] if single else some
