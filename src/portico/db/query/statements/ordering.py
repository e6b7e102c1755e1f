"""Sort keys: ``"-created_at"``, ``"author__username"``, ``Post.title.desc()``, ``F("likes").desc()``.

    sort_keys(Post, ("-created_at", Post.title))

NULL counts as the smallest value on every database: first when ascending, last when descending;
``.nulls_first()`` and ``.nulls_last()`` on a typed key say otherwise. Raises `UnknownNameError` for a name
that does not exist and `UsageError` for what has no order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import coercions, operators, roles
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression

from portico.db.query.conditions import (
    F,
    Kind,
    find_operand,
    is_expression,
    kind_of,
    paths_in,
    portable,
    relation_named_by,
)
from portico.db.query.conditions.expressions import Ordered, resolved
from portico.db.query.constructs import Sorted
from portico.db.query.state import Key, State, key_columns
from portico.errors import UsageError

REMEMBERED = 1000
_UNDERSTOOD = "_portico_orders"
_UNSORTABLE = frozenset({Kind.JSON, Kind.PASSWORD, Kind.ARRAY})


def sort_keys(model: type[Any], given: Iterable[Any]) -> tuple[Key, ...]:
    """Keys as the compiler wants them."""
    return tuple(_key(model, each) for each in given)


def _key(model: type[Any], given: Any) -> Key:
    if isinstance(given, str):
        return _named(model, given)
    if isinstance(given, Ordered):
        return replace(_key(model, given.expression), descending=given.descending)
    if isinstance(given, F):
        return _typed(resolved(model, given), repr(given))
    relation = relation_named_by(given)
    if relation is not None:
        raise UsageError(f"{relation} is a relation and has no order.", hint="Name one of its fields.")
    element = _expected(given) if is_expression(given) else None
    if element is None:
        raise UsageError(f"order_by() takes names and expressions, not {type(given).__name__}.")
    return _modified(element)


def _expected(given: Any) -> Any:
    try:
        return coercions.expect(roles.OrderByRole, given)
    except ArgumentError:
        return None


def _named(model: type[Any], given: str) -> Key:
    # Kept on the mapper, so that it goes when the class goes; names may come from outside, so not all are.
    mapper: Mapper[Any] = sa.inspect(model)
    known: dict[str, Key] = mapper.__dict__.setdefault(_UNDERSTOOD, {})
    found = known.get(given)
    if found is None:
        found = _understood(model, given)
        if found.named and len(known) < REMEMBERED:
            known[given] = found
    return found


def _understood(model: type[Any], given: str) -> Key:
    name = given.removeprefix("-")
    operand = find_operand(model, name)
    if operand.kind in _UNSORTABLE:
        raise UsageError(f"{operand.model}.{name} ({operand.kind.value}) has no order.")
    return Key(
        expression=operand.expression,
        name=name,
        paths=(operand.path,) if operand.path else (),
        descending=given.startswith("-"),
        may_be_null=operand.nullable,
        named=operand.lasting,
    )


def _modified(element: Any) -> Key:
    """A typed key with its ``desc`` and ``nulls_last`` taken off and remembered."""
    modifier = _modifier(element)
    if modifier is operators.desc_op or modifier is operators.asc_op:
        return replace(_modified(element.element), descending=modifier is operators.desc_op)
    if modifier is operators.nulls_first_op or modifier is operators.nulls_last_op:
        return replace(_modified(element.element), nulls_first=modifier is operators.nulls_first_op)
    return _typed(element, str(getattr(element, "key", None) or element))


def _modifier(element: Any) -> Any:
    return element.modifier if isinstance(element, UnaryExpression) else None


def _typed(element: ColumnElement[Any], name: str) -> Key:
    if kind_of(element) in _UNSORTABLE:
        raise UsageError(f"{name} ({kind_of(element).value}) has no order.")
    paths = paths_in(element)
    return Key(
        expression=portable(element), name=name, paths=paths, may_be_null=bool(paths) or _may_be_null(element)
    )


def _may_be_null(element: Any) -> bool:
    return bool(getattr(element, "nullable", True))


def effective_order(state: State) -> tuple[Key, ...]:
    """The keys to sort by: those given or the model's, with the primary key behind them.

    The key makes the order total, so that pages neither repeat nor skip rows; it goes the way of the last
    key before it. A query without order and without limits stays unsorted.
    """
    if state.unsorted:
        return ()
    keys = state.order
    if keys is None:
        given = () if state.distinct and state.columns else getattr(state.model, "__portico_ordering__", ())
        keys = sort_keys(state.model, given)
    if (keys or state.is_sliced) and not (state.distinct and state.columns):
        return (*keys, *_missing_key_parts(state, keys))
    return keys


def by_key(state: State, *, backwards: bool = False) -> tuple[Key, ...]:
    """The order of a query, or the primary key when it has none; also from the other end."""
    if state.backwards:
        raise UsageError(
            "A query that reads backwards has no first or last row.", hint="Await it: the rows are in order."
        )
    keys = effective_order(state) or _fallback(state)
    return tuple(key.reversed() for key in keys) if backwards else keys


def _fallback(state: State) -> tuple[Key, ...]:
    if state.distinct and state.columns:
        return tuple(Key(expression=column.expression, name=str(column.name)) for column in state.columns)
    return tuple(_missing_key_parts(state, ()))


def _missing_key_parts(state: State, keys: tuple[Key, ...]) -> list[Key]:
    # A column that SQLAlchemy has annotated still has the hash of the column it stands for.
    there = {_stands_for(key.expression) for key in keys if not key.paths}
    parts = zip(key_columns(state.model), state.mapper.primary_key, strict=True)
    # The way of the key before it, so that one index and one row comparison serve the whole order.
    descending = bool(keys) and keys[-1].descending
    return [
        Key(expression=part, name=part.key, descending=descending, may_be_null=False, named=True)
        for part, column in parts
        # Of an inherited class the key is a column of the topmost table, and its attribute one of its own.
        if not there & {hash(column), _stands_for(part)}
    ]


def _stands_for(expression: Any) -> int:
    return hash(coercions.expect(roles.ExpressionElementRole, expression))


def sorted_by(keys: Iterable[Key]) -> list[Sorted]:
    """The ORDER BY clause."""
    return [
        Sorted(
            key.expression,
            descending=key.descending,
            nulls_first=key.nulls_first,
            may_be_null=key.may_be_null,
        )
        for key in keys
    ]
