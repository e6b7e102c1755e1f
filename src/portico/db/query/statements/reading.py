"""Which columns of a row its conditions read, as far as that can be known for sure.

    fields_read(Query(Post).filter(Post.author_id == 7).state)       # frozenset({"author_id"})
    fields_read(Query(Post).filter(author__username="ann").state)    # None: more than the row is asked

None means that nothing is known: other rows are asked, or a function may look anywhere. Only what is listed
here counts as harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import elements as sql
from sqlalchemy.sql import visitors

from portico.db.query.state import State

from .compiler import own_conditions

_HARMLESS: Final = (
    sql.BinaryExpression,
    sql.UnaryExpression,
    sql.BooleanClauseList,
    sql.ExpressionClauseList,
    sql.ClauseList,
    sql.Grouping,
    sql.BindParameter,
    sql.Null,
    sql.True_,
    sql.False_,
)


def fields_read(state: State) -> frozenset[str] | None:
    """The names of the columns that decide whether a row belongs to a query; None when others may."""
    if state.is_sliced or state.joins:
        return None
    own = own_conditions(state)
    return None if own is None else _named(state, own)


def _named(state: State, conditions: Iterable[Any]) -> frozenset[str] | None:
    mapper = state.mapper
    parts: Iterable[Any] = (part for condition in conditions for part in visitors.iterate(condition))
    found: set[str] = set()
    for each in parts:
        if isinstance(each, sa.Column):
            name = _own_name(mapper, cast("Any", each))
            if name is None:
                return None
            found.add(name)
        elif not isinstance(each, _HARMLESS):
            return None
    return frozenset(found)


def _own_name(mapper: Mapper[Any], column: Any) -> str | None:
    """The attribute behind a column of the row itself; None for one of another row, as of an alias."""
    own = mapper.local_table.columns.get(column.key)
    if own is None or not isinstance(column.table, sa.Table) or not own.shares_lineage(column):
        return None
    return str(mapper.get_property_by_column(cast("sa.Column[Any]", own)).key)
