"""Make a mapped class of every table and view that was found.

    mapped = map_database(facts, schema=None, hide=looks_secret)
    mapped.tables["Track"].class_       # an ordinary SQLAlchemy mapped class on a registry of its own

A table without a key is mapped with one that tells its rows apart: SQLite's own row number, or a number that
each row gets as it is read. Rows that are equal stay as many as there are. Such classes can be listed in a
steady order (by all columns that have one), but no row of theirs can be addressed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm, types
from sqlalchemy.exc import SAWarning

from portico.db.fields import FieldSpec
from portico.db.models.shapes import constructor
from portico.db.relations import install_relations

from .columns import INFO, column_of
from .expressions import AsText, RowNumber, RowNumberType
from .facts import ColumnFacts, DatabaseFacts, TableFacts
from .names import attribute_name, class_names, free_name, path_names
from .relations import relate
from .types import Lenient

ROW = "portico_row"
_HIDDEN = FieldSpec(python_type=int, secret=True, read_only=True, generated=True)


class ReflectedRow:
    """A row of a reflected table; its attributes are the columns under their own names."""

    @constructor(fills=False)
    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


@dataclass(frozen=True, kw_only=True)
class MappedTable:
    """One table or view: its path, its class, what was left out of it, whether its rows have a key."""

    facts: TableFacts
    path: str
    class_: type[ReflectedRow]
    hidden: tuple[str, ...]
    keyless: bool


@dataclass(frozen=True, kw_only=True)
class MappedDatabase:
    """Every mapped table, by its name in the database."""

    tables: Mapping[str, MappedTable]
    metadata: sa.MetaData
    registry: orm.registry = field(repr=False)


def map_database(
    facts: DatabaseFacts, *, schema: str | None, hide: Callable[[ColumnFacts], bool]
) -> MappedDatabase:
    """Classes for all tables, with their relations; columns for which ``hide`` says yes are not mapped."""
    hidden = {table.name: tuple(c.name for c in table.columns if hide(c)) for table in facts.tables}
    shown = _without(facts.tables, hidden)
    paths = path_names(shown)
    class_name = class_names(paths.values())
    registry = orm.registry()
    mapper = _Mapper(facts.dialect, schema, registry)
    tables = {
        name: MappedTable(
            facts=table,
            path=paths[name],
            class_=mapper.map(table, class_name[paths[name]]),
            hidden=hidden[name],
            keyless=not _key(table),
        )
        for name, table in shown.items()
    }
    with warnings.catch_warnings():
        # Several relations over one column are the rule here, and all of them are for reading only.
        warnings.simplefilter("ignore", SAWarning)
        relate({name: table.class_ for name, table in tables.items()}, shown)
        registry.configure()
    for table in tables.values():
        install_relations(table.class_)
    return MappedDatabase(tables=tables, metadata=registry.metadata, registry=registry)


def _without(tables: tuple[TableFacts, ...], hidden: Mapping[str, tuple[str, ...]]) -> dict[str, TableFacts]:
    """The tables as if their hidden columns did not exist: no key, no relation speaks of one."""

    def shown(table: str, columns: tuple[str, ...]) -> bool:
        return not set(columns) & set(hidden[table])

    return {
        table.name: replace(
            table,
            columns=tuple(c for c in table.columns if c.name not in hidden[table.name]),
            key=table.key if shown(table.name, table.key) else (),
            uniques=tuple(unique for unique in table.uniques if shown(table.name, unique)),
            references=tuple(
                found
                for found in table.references
                if shown(table.name, found.columns) and shown(found.target, found.target_columns)
            ),
        )
        for table in tables
    }


def _key(table: TableFacts) -> tuple[str, ...]:
    """The primary key, or the shortest unique key that is never NULL."""
    if table.key or table.kind != "table":
        return table.key
    solid = [key for key in table.uniques if not any(table.column(name).nullable for name in key)]
    return min(solid, key=lambda key: (len(key), key), default=())


class _Mapper:
    def __init__(self, dialect: str, schema: str | None, registry: orm.registry) -> None:
        self.dialect = dialect
        self.schema = schema
        self.registry = registry

    def map(self, table: TableFacts, class_name: str) -> type[ReflectedRow]:
        key = _key(table)
        taken: set[str] = set()
        attributes = {free_name(attribute_name(name), taken): name for name in table.column_names}
        row = None if key else _row_column(table, free_name(ROW, taken))
        made = self._table(table, row)
        properties = {attribute: made.c[name] for attribute, name in attributes.items()}
        primary_key = [made.c[name] for name in key]
        if row is not None:
            properties[row.key] = row
            # Without a row number of the database's own, the order is that of all columns that have one.
            primary_key = [row] if table.row_column else [*filter(_sorts, properties.values()), row]
        about = {
            "__doc__": table.comment,
            "__module__": __name__,
            # Rows that are only counted out have no place to read on from.
            "__portico_keyless__": row is not None and not table.row_column,
        }
        class_ = type(class_name, (ReflectedRow,), about)
        self.registry.map_imperatively(class_, made, properties=properties, primary_key=primary_key)
        return class_

    def _table(self, table: TableFacts, row: sa.Column[int] | None) -> sa.Table:
        columns = [column_of(found, table, self.dialect) for found in table.columns]
        uniques = [sa.UniqueConstraint(*unique) for unique in table.uniques]
        return sa.Table(
            table.name,
            self.registry.metadata,
            *columns,
            *([] if row is None else [row]),
            *uniques,
            schema=self.schema,
            comment=table.comment,
        )


def _row_column(table: TableFacts, name: str) -> sa.Column[int]:
    if table.row_column:
        return sa.Column(table.row_column, types.Integer, key=name, info={INFO: _HIDDEN})
    return RowNumber(name, RowNumberType, info={INFO: _HIDDEN})


def _sorts(column: sa.Column[Any]) -> bool:
    """Whether every database can order by this column and Python can hash its values."""
    found = column.type
    if isinstance(found, Lenient):
        return not isinstance(found.inner, types.JSON)
    if isinstance(found, AsText):
        return isinstance(found.stored, types.Enum)
    return not isinstance(found, types.JSON | types.ARRAY | types.NullType) and not isinstance(
        column, RowNumber
    )
