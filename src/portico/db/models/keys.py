"""The key of a row, one column or several.

    key_attributes(Vote)      # ("user_id", "post_id")
    key_of(vote)              # (1, 2)

Works on any mapped class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard, cast

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, and_, inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.types import TypeEngine

from portico.db.engine.walls import stay_at_home
from portico.errors import UsageError

AMONG_THE_LIVING = "portico_among_the_living"
"""Stands in the ``info`` of an index that leaves out nothing but rows which are deleted."""
_PARTIAL = ("postgresql_where", "sqlite_where", "mysql_length")
"""Options with which an index leaves out rows, or the ends of texts."""


def class_of(instance: object) -> type[Any]:
    """The class of an instance."""
    return type(instance)


def mapper_of(cls: type[Any]) -> Mapper[Any]:
    """The mapper of a mapped class; UsageError for any other class."""
    mapper: object = inspect(cast("Any", cls), raiseerr=False)
    if not _is_mapper(mapper):
        raise UsageError(
            f"{getattr(cls, '__name__', cls)!s} is not a mapped class.",
            hint="Give a Portico model or a SQLAlchemy mapped class; abstract models have no table.",
        )
    return mapper


def _is_mapper(found: object) -> TypeGuard[Mapper[Any]]:
    return isinstance(found, Mapper)


def column_type(cls: type[Any], name: str) -> TypeEngine[Any]:
    """The type of a column, by the name of its attribute."""
    return mapper_of(cls).columns[name].type


def table_of(cls: type[Any]) -> Table:
    """The table that holds the rows of a class; for joined inheritance, the one at the top."""
    return cast("Table", mapper_of(cls).base_mapper.local_table)


def key_attributes(cls: type[Any]) -> tuple[str, ...]:
    """The attribute names of the primary key, in key order."""
    mapper = mapper_of(cls)
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)


def unique_keys(cls: type[Any]) -> tuple[tuple[str, ...], ...]:
    """The attribute names of each key that no two rows share: the primary key first, then the others.

    An index over part of the rows, or over expressions, is no key.
    """
    mapper = mapper_of(cls)
    found = {key_attributes(cls): None}
    for columns in _unique_columns(table_of(cls)):
        if columns and all(column in mapper.columns.values() for column in columns):
            # A class of tenants never sees but one of them, so the others are what tells its rows apart.
            told = [column for column in columns if not column.info.get("portico_tenant")] or columns
            names = tuple(mapper.get_property_by_column(column).key for column in told)
            if not any(set(names) == set(known) for known in found):
                found[names] = None
    return tuple(found)


def _unique_columns(table: Table) -> Iterator[tuple[Column[Any], ...]]:
    declared = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    yield from ((column,) for column in table.columns if column.unique)
    # Sets in SQLAlchemy: sorted, so that the order is the same at each start.
    for constraint in sorted(declared, key=lambda one: [column.name for column in one.columns]):
        yield tuple(constraint.columns)
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        whole = AMONG_THE_LIVING in index.info or _has_all_rows(index)
        plain = tuple(one for one in index.expressions if isinstance(one, Column))
        if index.unique and whole and len(plain) == len(index.expressions):
            yield plain


def _has_all_rows(index: Index) -> bool:
    return all(index.dialect_kwargs.get(option) is None for option in _PARTIAL)


def key_of(instance: Any) -> tuple[Any, ...]:
    """The key of an instance as it is in the database; for a new one, as its attributes say."""
    state = inspect(instance)
    if state.key is not None:
        return tuple(state.key[1])
    return tuple(instance.__dict__.get(name) for name in key_attributes(class_of(instance)))


def key_here(instance: Any) -> tuple[Any, ...]:
    """The same for a statement about its row, which has to be one of the tenant that is set."""
    stay_at_home(instance)
    return key_of(instance)


def as_key(cls: type[Any], key: Any) -> tuple[Any, ...]:
    """A key as the caller wrote it (a value, a tuple, or a dictionary) as a tuple in key order."""
    names = key_attributes(cls)
    parts: tuple[Any, ...]
    if isinstance(key, Mapping):
        named = cast("Mapping[str, Any]", key)
        parts = tuple(named.get(name) for name in names)
    elif isinstance(key, (tuple, list)):
        parts = (*cast("tuple[Any, ...]", key),)
    else:
        parts = (key,)
    if len(parts) != len(names):
        raise UsageError(
            f"The key of {cls.__name__} has {len(names)} part(s): {', '.join(names)}; {len(parts)} given."
        )
    return parts


def where_key(cls: type[Any], key: tuple[Any, ...]) -> ColumnElement[bool]:
    """The condition that picks one row of the table."""
    columns = mapper_of(cls).primary_key
    return and_(*(column == value for column, value in zip(columns, key, strict=True)))
