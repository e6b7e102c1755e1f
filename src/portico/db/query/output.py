"""The columns of a result: names and expressions, understood and labelled.

columns_of(state, ("id", "author__username"))
columns_of(state, (Post.id, Post.author.username))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import ColumnProperty
from sqlalchemy.sql import coercions, roles
from sqlalchemy.sql.elements import Label

from portico.db.fields import FieldSpec
from portico.db.relations import Path, path_of
from portico.errors import UsageError

from .conditions import F, find_operand, is_expression, paths_in, portable, relation_named_by, resolved
from .conditions.names import SEPARATOR
from .state import Column, State
from .statements import check_element

REMEMBERED = 1000
_UNDERSTOOD = "_portico_output"


def columns_of(state: State, given: Sequence[Any]) -> tuple[Column, ...]:
    """The columns that were chosen."""
    return tuple(_column(state, each) for each in given)


def all_columns(state: State) -> tuple[Column, ...]:
    """Every column of the model that may be shown without being named."""
    return tuple(
        _column(state, attribute.key) for attribute in state.mapper.column_attrs if not _is_secret(attribute)
    )


def _is_secret(attribute: ColumnProperty[Any]) -> bool:
    spec = attribute.columns[0].info.get("portico")
    return isinstance(spec, FieldSpec) and (spec.write_only or spec.secret)


def _column(state: State, given: Any) -> Column:
    if isinstance(given, str):
        return _named(state, given)
    if isinstance(given, F):
        computed = resolved(state.model, given)
        return Column(expression=computed, name=None, paths=paths_in(computed))
    relation = relation_named_by(given)
    if relation is not None:
        raise UsageError(
            f"{relation} is a relation and no column.", hint="Name its fields, or use prefetch()."
        )
    element = _element(given) if is_expression(given) else None
    if not isinstance(element, sa.ColumnElement):
        raise UsageError(f"values() takes names and columns, not {type(given).__name__}.")
    check_element(state, element)
    return Column(expression=portable(element), name=_label(given, path_of(given)), paths=paths_in(element))


def _named(state: State, name: str) -> Column:
    # Kept on the mapper, so that it goes when the class goes; names may come from outside, so not all are.
    known: dict[str, Column] = state.mapper.__dict__.setdefault(_UNDERSTOOD, {})
    found = known.get(name)
    if found is None:
        operand = find_operand(state.model, name)
        paths = (operand.path,) if operand.path else ()
        found = Column(expression=operand.expression, name=name, paths=paths, named=operand.lasting)
        if operand.lasting and len(known) < REMEMBERED:
            known[name] = found
    return found


def _element(given: Any) -> Any:
    try:
        return coercions.expect(roles.ColumnsClauseRole, given)
    except ArgumentError:
        return None


def _label(given: Any, path: Path | None) -> str | None:
    if isinstance(given, Label) or not hasattr(given, "property"):
        return None
    return given.key if path is None else f"{path.name.replace('.', SEPARATOR)}{SEPARATOR}{given.key}"
