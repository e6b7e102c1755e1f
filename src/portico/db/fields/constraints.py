"""Rules that the database keeps: CHECKs made from field options, and those that a model writes by hand.

    class Vote(Model):
        ...
        class Meta:
            constraints = [composite_unique("user_id", "post_id"), check_constraint("weight > 0")]

Names follow `NAMING_CONVENTION`, or that of the model's own MetaData. In CHECKs made from options they end in
the option, as in ``ck_users_age_min_value``, so that an error of the database leads back to the field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.sql.elements import conv

from portico.errors import ConfigurationError

from .spec import FieldSpec
from .types import Text, ValueEnum
from .types.numbers import INTEGER_RANGES
from .types.text import INDEX_LIMIT, VARCHAR_LIMIT, characters

INFO: Final = "portico"
NAMING_CONVENTION: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
LONGEST_NAME = 60
Rule = tuple[str, sa.ColumnElement[bool], tuple[str, ...]]


def composite_primary_key(*columns: str, name: str | None = None) -> sa.PrimaryKeyConstraint:
    """A primary key of several columns, for ``Meta.constraints``."""
    return sa.PrimaryKeyConstraint(*_several(columns, "composite_primary_key"), name=name)


def composite_unique(*columns: str, name: str | None = None) -> sa.UniqueConstraint:
    """Values that may occur together only once, for ``Meta.constraints``."""
    return sa.UniqueConstraint(*_several(columns, "composite_unique"), name=name)


def check_constraint(
    condition: str | sa.ColumnElement[bool], *, name: str | None = None, message: str | None = None
) -> sa.CheckConstraint:
    """A condition for every row, for ``Meta.constraints``; ``message`` is what a client reads."""
    named = name or f"check_{hashlib.sha256(str(condition).encode()).hexdigest()[:8]}"
    return sa.CheckConstraint(condition, name=named, info={INFO: {"message": message}} if message else None)


def enforce(column: sa.Column[Any], table: sa.Table) -> None:
    """Give a table the CHECKs that the options of a column ask for; listens to the column's attachment."""
    spec: FieldSpec = column.info[INFO]
    for rule, condition, dialects in _rules(column, spec):
        constraint = sa.CheckConstraint(condition, name=_name(table, column, rule), _type_bound=True)
        if dialects:
            constraint.ddl_if(dialect=cast("str", dialects))  # a tuple of names is documented, and not typed
    if column.index and not column.unique and _is_long(column.type):
        _index_beginning(column, table)


def _rules(column: sa.Column[Any], spec: FieldSpec) -> Iterator[Rule]:
    """Name, condition and dialects (none: all) of each CHECK."""
    if spec.min_value is not None:
        yield "min_value", column >= spec.min_value, ()
    if spec.max_value is not None:
        yield "max_value", column <= spec.max_value, ()
    if spec.choices:
        yield "choices", column.in_(spec.choices), ()
    elif isinstance(column.type, ValueEnum):
        stored = sa.type_coerce(column, column.type.impl_instance)
        yield "choices", stored.in_(column.type.values), ()
    if not spec.write_only:
        yield from _length_rules(column, spec)
    if not spec.foreign_key:
        yield from _sqlite_rules(column)


def _length_rules(column: sa.Column[Any], spec: FieldSpec) -> Iterator[Rule]:
    if isinstance(column.type, sa.String):
        length: sa.ColumnElement[int] = characters(column)
        # Elsewhere the type itself holds a length that fits into it.
        fits = (spec.max_length or 0) <= VARCHAR_LIMIT
        only: tuple[str, ...] = ("sqlite",) if fits else ("sqlite", "mysql", "mariadb")
    elif isinstance(column.type, sa.LargeBinary):
        length, only = sa.func.length(column), ()
    else:
        return
    if spec.min_length:
        yield "min_length", length >= spec.min_length, ()
    if spec.max_length is not None:
        yield "max_length", length <= spec.max_length, only


def _sqlite_rules(column: sa.Column[Any]) -> Iterator[Rule]:
    """What the other databases refuse by the type alone."""
    kind = column.type
    if isinstance(kind, sa.Boolean):
        yield "boolean", sa.type_coerce(column, sa.Integer()).in_((0, 1)), ("sqlite", "mysql", "mariadb")
    elif isinstance(kind, sa.Integer) and not column.primary_key:
        size = "big" if isinstance(kind, sa.BigInteger) else "normal"
        low, high = INTEGER_RANGES["small" if isinstance(kind, sa.SmallInteger) else size]
        yield "range", column.between(low, high), ("sqlite",)
    elif isinstance(kind, sa.JSON):
        # NULL is not valid JSON for SQLite before 3.45.
        yield "json", sa.or_(column.is_(sa.null()), sa.func.json_valid(column) == 1), ("sqlite",)


def _name(table: sa.Table, column: sa.Column[Any], rule: str) -> str:
    name = f"{column.name}_{rule}"
    if "ck" in table.metadata.naming_convention:
        return name
    name = f"ck_{table.name}_{name}"
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return conv(name)


def _is_long(type_: Any) -> bool:
    return isinstance(type_, Text) and (type_.length is None or type_.length > INDEX_LIMIT)


def _index_beginning(column: sa.Column[Any], table: sa.Table) -> None:
    """MariaDB indexes long text only by its beginning, and wants to be told how much."""
    for index in table.indexes:
        if [one.key for one in index.columns] == [column.key]:
            length = {column.name: INDEX_LIMIT}
            index.dialect_kwargs["mysql_length"] = index.dialect_kwargs["mariadb_length"] = length


def _several(columns: tuple[str, ...], function: str) -> tuple[str, ...]:
    if len(columns) <= 1:
        raise ConfigurationError(
            f"{function}() takes the names of at least two columns.",
            hint="For one column, use the option of its field.",
        )
    return columns
