"""Make a mapped class of every table and view that was found.

    mapped = map_database(facts, schema=None, hide=looks_secret)
    mapped.classes["Track"]            # an ordinary SQLAlchemy mapped class on a registry of its own

A table without a key is mapped with one that tells its rows apart: SQLite's own row number, or a number that
each row gets as it is read. Rows that are equal stay as many as there are. Such classes can be listed in a
steady order (by all columns that have one), but no row of theirs can be addressed.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm, types
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from portico.db.fields import FieldSpec
from portico.db.relations import install_relations

from .columns import column_of
from .facts import DatabaseFacts, TableFacts
from .names import attribute_name, class_names, free_name, path_names
from .relations import RelationPlan, relation_plans
from .types import AsText, Lenient

ROW = "portico_row"
_HIDDEN = FieldSpec(python_type=int, secret=True, read_only=True, generated=True)


class ReflectedRow:
    """A row of a reflected table; its attributes are the columns under their own names."""

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

    tables: dict[str, MappedTable]
    metadata: sa.MetaData
    registry: orm.registry = field(repr=False)


class RowNumber(TypeDecorator[int]):
    """A number for each row that is read: rows of a view are told apart by nothing else."""

    impl = types.Integer
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """A new number for every row of every result."""
        return lambda _: next(_row_numbers)


_row_numbers = itertools.count(1)


def map_database(facts: DatabaseFacts, *, schema: str | None, hide: Callable[[str], bool]) -> MappedDatabase:
    """Classes for all tables, with their relations; columns for which ``hide`` says yes are not mapped."""
    mapper = _Mapper(facts, schema, hide)
    with warnings.catch_warnings():
        # Two relations over one column are the rule here; all of them are for reading only.
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        mapped = MappedDatabase(
            tables={name: mapper.map(table) for name, table in mapper.tables.items()},
            metadata=mapper.metadata,
            registry=mapper.registry,
        )
        mapper.relate()
        mapper.registry.configure()
    for table in mapped.tables.values():
        install_relations(table.class_)
    return mapped


class _Mapper:
    def __init__(self, facts: DatabaseFacts, schema: str | None, hide: Callable[[str], bool]) -> None:
        self.dialect = facts.dialect
        self.schema = schema
        self.metadata = sa.MetaData()
        self.registry = orm.registry(metadata=self.metadata)
        self.hidden = {
            table.name: tuple(column.name for column in table.columns if _leave_out(column.name, column.declared, column.type, hide))
            for table in facts.tables
        }
        self.tables = {table.name: without(table, self.hidden[table.name]) for table in facts.tables}
        self.paths = path_names(self.tables)
        self.class_names = class_names(self.paths.values())
        self.classes: dict[str, type[ReflectedRow]] = {}

    def map(self, table: TableFacts) -> MappedTable:
        raise NotImplementedError
