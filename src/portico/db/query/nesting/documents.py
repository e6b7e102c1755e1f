"""Levels as documents that PostgreSQL writes: one statement, whatever is nested in it.

    paging = Paging(limit=slots[1], around=lambda rows: [document(level, rows, rows.c)])
    page_shape(level.state, level.attributes, slots, database, paging)
    # SELECT '{"id":' || p.id || ',"comments":' || '[' || array_to_string(ARRAY(SELECT …), ',') || ']' || '}'
    # FROM (SELECT id FROM posts ORDER BY id LIMIT 21) AS p

Rows whose own relations are shown stand in a derived table with a name of its own, so that a query about any
table can stand below. `NoDocumentError` where a column has no exact text, or rows might be shown twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import UnaryExpression

from portico.db.compiled.writers.documents import (
    Written,
    constant,
    json_text,
    list_text,
    object_text,
    only_text,
)
from portico.db.query.constructs import Sorted
from portico.db.query.statements import number

from .levels import Branch, Level


class NoDocumentError(Exception):
    """There is no document that is exactly what the general path writes."""


def document(level: Level, rows: sa.FromClause, held: Mapping[str, Any], *, depth: int = 0) -> Written:
    """What each of these rows shows; ``held`` are their columns by the attributes of the level."""
    members = _columns(level, held)
    members += [(branch.name, _related(branch, held, rows, depth + 1)) for branch in level.branches]
    return object_text(members)


def _columns(level: Level, held: Mapping[str, Any]) -> list[tuple[str, Any]]:
    members: list[tuple[str, Any]] = []
    for one in level.columns:
        text = json_text(held[one.name], one.type, one.spec)
        if text is None:
            raise NoDocumentError(one.name)
        members.append((one.name, text))
    return members


def _related(branch: Branch, held: Mapping[str, Any], rows: sa.FromClause, depth: int) -> Written:
    level = branch.level
    if level is None:
        return constant("[]" if branch.many else "null")
    if not branch.shows_once:
        raise NoDocumentError(branch.name)
    plan = branch.plan
    parent = (held[name] for name in plan.parent_names)
    same = sa.and_(*(column == part for column, part in zip(plan.found_by, parent, strict=True)))
    chosen, order = branch.targets(same)
    chosen = chosen.order_by(None).order_by(*order).correlate(rows)
    if not branch.many:
        chosen = chosen.limit(1)
    elif branch.limit is not None:
        chosen = chosen.limit(number(branch.limit))
    written = _enclosed(level, chosen, order, depth) if level.branches else _plain(level, chosen)
    return list_text(written) if branch.many else only_text(written)


def _plain(level: Level, chosen: sa.Select[Any]) -> sa.Select[Any]:
    """Rows that show columns alone, taken from where they are."""
    text = object_text(_columns(level, level.held))
    return chosen.with_only_columns(text, maintain_column_froms=True)


def _enclosed(level: Level, chosen: sa.Select[Any], order: Any, depth: int) -> sa.Select[Any]:
    """Rows with relations of their own, in a derived table."""
    parts = [_taken_apart(one) for one in order]
    columns = [one.label(f"portico_{i}") for i, one in enumerate(level.held.values())]
    keys = [expression.label(f"portico_key_{i}") for i, (expression, _) in enumerate(parts)]
    inner = chosen.with_only_columns(*columns, *keys, maintain_column_froms=True)
    rows = inner.subquery(f"portico_rows_{depth}")
    sorted_by = (again(rows.c[key.name]) for key, (_, again) in zip(keys, parts, strict=True))
    held = dict(zip(level.attributes, rows.c, strict=False))
    return sa.select(document(level, rows, held, depth=depth)).order_by(*sorted_by)


def _taken_apart(element: Any) -> tuple[Any, Callable[[Any], Any]]:
    """What is sorted by, and how to say the same of another expression."""
    if isinstance(element, Sorted):
        return element.sorted_by, element.of
    modifier = element.modifier if isinstance(element, UnaryExpression) else None
    if modifier is None:
        return _untyped(element), _untyped
    inner, again = _taken_apart(_untyped(element).element)
    return inner, lambda other: _untyped(UnaryExpression(again(other), modifier=modifier))


def _untyped(expression: Any) -> Any:
    """The same, of which a type checker knows nothing."""
    return expression
