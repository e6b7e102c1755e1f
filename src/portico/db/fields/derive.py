"""What is known about a column, whoever made it: our helpers, SQLAlchemy by hand, or a database.

    spec_of(User.username)                     # of an attribute
    spec_of(User.__table__.c.username)         # of a column, under the column's name

A foreign key has the type of the column that it refers to; one whose target does not exist yet is checked
against it when it does. Types that we do not know are `Any` and are checked by the database alone. Raises
`UsageError` for a relation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from pydantic import AfterValidator
from sqlalchemy.exc import NoReferenceError
from sqlalchemy.orm import ColumnProperty, MapperProperty, QueryableAttribute

from portico.errors import UsageError

from .constraints import INFO
from .kinds import facts_of_type
from .spec import FieldSpec

_KEPT = "portico_specs"
_FROM_TARGET = ("python_type", "max_length", "precision", "scale", "marks", "read_marks")


def spec_of(attr: MapperProperty[Any] | QueryableAttribute[Any] | sa.ColumnElement[Any]) -> FieldSpec:
    """The facts about a column or a column attribute, under the attribute's name where there is one."""
    known = attr.property if isinstance(attr, QueryableAttribute) else attr
    expression: sa.ColumnElement[Any]
    if isinstance(known, MapperProperty):
        if not isinstance(known, ColumnProperty):
            raise UsageError(f"{known.key} is not a column, and only columns have a field spec.")
        name, expression = known.key, known.columns[0]
    else:
        name, expression = str(getattr(known, "key", "")), known
    if not isinstance(expression, sa.Column):
        return replace(facts_of_type(expression.type), name=name, nullable=True, read_only=True)
    # Kept on the column itself, since copies of a column (in subclasses, other schemas) must not share it.
    kept: dict[str, FieldSpec] = expression.__dict__.setdefault(_KEPT, {})
    if name in kept:
        return kept[name]
    spec, is_final = _of_column(expression, name)
    if is_final and _table_of(expression) is not None:
        kept[name] = spec
    return spec


def _of_column(column: sa.Column[Any], name: str) -> tuple[FieldSpec, bool]:
    made = column.info.get(INFO)
    is_final = True
    if isinstance(made, FieldSpec):
        spec = made
        if made.foreign_key and made.python_type is Any:
            spec, is_final = _like_target(column, made)
    else:
        spec = _of_plain_column(column)
    spec = replace(
        spec,
        name=name,
        column_name=column.name,
        nullable=bool(column.nullable) and not column.primary_key,
        primary_key=bool(column.primary_key),
        generated=_is_generated(column, spec),
    )
    return spec, is_final


def _of_plain_column(column: sa.Column[Any]) -> FieldSpec:
    spec = facts_of_type(column.type)
    if isinstance(column.type, sa.types.NullType) and column.foreign_keys:
        spec, _ = _like_target(column, spec)
    default = _default_of(column)
    computed = column.computed is not None or (column.identity is not None and bool(column.identity.always))
    by_database = column.server_default is not None or column.identity is not None
    in_sql = column.default is not None and default is None
    return replace(
        spec,
        has_default=default is not None,
        default=default,
        server_default=by_database or in_sql,
        read_only=computed,
        foreign_key=bool(column.foreign_keys),
        unique=bool(column.unique),
        comment=column.comment,
    )


def _default_of(column: sa.Column[Any]) -> Any:
    """A Python default: a value, or something to call; None when there is none."""
    default = column.default
    if not isinstance(default, sa.ColumnDefault) or default.is_clause_element:
        return None
    argument: Any = default.arg
    # SQLAlchemy gives its callables a context, which only exists while a statement runs.
    return (lambda: argument(None)) if default.is_callable else argument


def _is_generated(column: sa.Column[Any], spec: FieldSpec) -> bool:
    table = _table_of(column)
    if table is None or spec.generated:
        return spec.generated
    return table.autoincrement_column is column and column.default is None


def _table_of(column: sa.Column[Any]) -> sa.Table | None:
    """The table, which a column has only when it is in one, whatever SQLAlchemy's types say."""
    return getattr(column, "table", None)


def _like_target(column: sa.Column[Any], spec: FieldSpec) -> tuple[FieldSpec, bool]:
    target = target_of(column)
    if target is not None:
        facts = spec_of(target)
        return replace(spec, **{name: getattr(facts, name) for name in _FROM_TARGET}), True
    known = facts_of_type(column.type).python_type

    def check(value: Any) -> Any:
        found = target_of(column)
        if found is None or value is None:
            return value
        facts = replace(spec_of(found), choices=None, validators=(), min_value=None, max_value=None)
        return facts.validate(value)

    return replace(spec, python_type=known, marks=(AfterValidator(check),)), False


def target_of(column: sa.Column[Any]) -> sa.Column[Any] | None:
    """The column that a foreign key refers to; None while its table does not exist."""
    for key in column.foreign_keys:
        try:
            return key.column
        except NoReferenceError:
            return None
    return None
