"""The values of one field by how many rows have them, along to-many relations too.

    await value_counts(Post.filter(published=True), "tags__name")     # [("python", 12), ("async", 3)]

A row counts once for each value, however many of its related rows have it; a row without related rows counts
nowhere. The most frequent value comes first, equals by value. One statement. Raises `UnknownNameError`,
and `UsageError` for a field that cannot be grouped by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from portico._kernel.doors import register_doors
from portico.db.query.conditions import Kind
from portico.db.query.constructs import Sorted
from portico.db.query.query import Query
from portico.db.query.selection import Selection
from portico.db.query.state import State, key_columns
from portico.db.query.statements import compose
from portico.db.session import run

from .grouped import Grouping, SortedBy, by_keys, distinct_rows, group_key, grouped
from .metrics import Metric
from .totals import ByValue

Related: TypeAlias = "Callable[[Selection[Any]], Selection[Any]]"
"""Narrows the rows by conditions on those related rows whose values are counted."""
_COUNT: Final = Metric("count")


async def value_counts(
    query: Selection[Any], name: str, *, limit: int | None = None, related: Related | None = None
) -> list[tuple[Any, int]]:
    """Each value of a field with its number of rows; ``related`` chooses among the related rows."""
    operand = group_key(query.state.model, name)
    if operand.path is None or not operand.path.to_many:
        query = query if related is None else related(query)
        order = [SortedBy(_COUNT, descending=True)]
        asked = Grouping(groups=[name], metrics=[_COUNT], order=order, limit=limit)
        return [(keys[0], metrics[0]) for keys, metrics in await grouped(query, asked)]
    joined = _apart(distinct_rows(query.state)).join(operand.path.name)
    return await _counted_pairs((joined if related is None else related(joined)).state, name, limit)


def _apart(state: State) -> Query[Any]:
    """The rows by their keys: behind a join, their conditions would choose among related rows instead."""
    made: Query[Any] = Query(state.model, state.database)
    made.state = by_keys(state) if state.where else made.state.but(deleted=state.deleted)
    return made


async def _counted_pairs(state: State, name: str, limit: int | None) -> list[tuple[Any, int]]:
    operand = group_key(state.model, name)
    source, where = compose(state, [operand.path] if operand.path else [], "The field")
    parts = [part.label(f"k{number}") for number, part in enumerate(key_columns(state.model))]
    pairs: Any = (
        sa.select(operand.expression.label("v"), *parts)
        .select_from(source)
        .where(*where)
        .distinct()
        .subquery()
    )
    listed, number = pairs.c.v, sa.func.count()
    by_value = ByValue(listed) if operand.kind is Kind.DECIMAL else listed
    statement: Any = (
        sa.select(listed, number).group_by(listed).order_by(number.desc(), Sorted(by_value)).limit(limit)
    )
    with state.reach():
        found = await run(state.chosen_database, statement)
    counted: list[Any] = list(found.all())
    return [(row[0], int(row[1])) for row in counted]


register_doors("db/query", reads=["value_counts"])
