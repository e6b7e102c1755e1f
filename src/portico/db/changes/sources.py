"""Rows as they are in the database, read whole, locked where that can be, and what class they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico.db.engine.criteria import lifted
from portico.db.engine.criteria.registry import criteria_of
from portico.db.session.preimages import RecordingSession

Key = tuple[Any, ...]
Row = Mapping[Any, Any]
"""The values of a row by column; a row that lies in several tables has the columns of all."""
CHUNK: Final = 500


class Source:
    """The tables of one class with those that inherit from it, or one table that is no class."""

    def __init__(self, table: Any, mapper: Mapper[Any] | None) -> None:
        self.table: sa.Table = table
        self.mapper = mapper
        family: Any = () if mapper is None else mapper.self_and_descendants
        found: list[Any] = [t for each in family for t in each.tables if isinstance(t, sa.Table)]
        self.tables: tuple[sa.Table, ...] = tuple(dict.fromkeys([table, *found]))

    def key_in(self, table: sa.Table) -> list[sa.Column[Any]]:
        """The key of the row in one of its tables; a junction without a key is known by its columns."""
        if self.mapper is not None and table is self.table:
            return cast("list[sa.Column[Any]]", [*self.mapper.primary_key])
        return [*table.primary_key] or [*table.columns]

    def where(
        self, connection: sa.Connection, table: sa.Table, condition: Any, values: Any
    ) -> dict[Key, Row]:
        """The rows that a condition on one of the tables chooses, locked."""
        key = self.key_in(table)
        statement = sa.select(*table.columns).with_for_update(of=table)
        if condition is not None:
            statement = statement.where(condition)
        rows = [dict(zip(table.columns, row, strict=True)) for row in read(connection, statement, values)]
        found: dict[Key, Row] = {tuple(row[column] for column in key): row for row in rows}
        return found if len(self.tables) == 1 else self.rows(connection, list(found), lock=True)

    def rows(self, connection: sa.Connection, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Row]:
        """The rows of these keys, as they are now."""
        found: dict[Key, dict[Any, Any]] = {}
        with unhindered(*self.tables):
            for table in self.tables:
                key = self.key_in(table)
                for condition in chosen(key, keys):
                    statement = sa.select(*table.columns).where(condition)
                    statement = statement.with_for_update(of=table) if lock else statement
                    for row in read(connection, statement, None):
                        values = dict(zip(table.columns, row, strict=True))
                        found.setdefault(tuple(values[column] for column in key), {}).update(values)
        return {key: row for key, row in found.items() if key_columns_present(self, row)}

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
    return {
        attribute.key: row[attribute.columns[0]]
        for attribute in mapper.column_attrs
        if attribute.columns[0] in row
    }


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
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        if len(columns) == 1:
            yield columns[0].in_([key[0] for key in some])
        else:
            yield sa.tuple_(*columns).in_(some)
