"""A full join for databases that have none: a left join, and the rows of the right side that it leaves out.

    select_in_two(state)      # SELECT … FROM (a LEFT JOIN b … UNION ALL b LEFT JOIN a … WHERE a.id IS NULL)

Raises `UsageError` where a query has two full joins, or a right join before one: their rows cannot be told
apart that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from portico.db.query.conditions import Leaf
from portico.db.query.state import Column, JoinKind, Key, State, key_columns
from portico.errors import UsageError

from .ordering import sorted_by


def needs_two(state: State) -> bool:
    """Whether the query has a join that this database lacks."""
    return any(join.kind == "full" for join in state.joins) and not state.full_join


def halves(state: State, keys: Sequence[Key]) -> list[State]:
    """The two queries whose rows together are those of the full join; sort keys are columns of both."""
    place = next(index for index, join in enumerate(state.joins) if join.kind == "full")
    others = [join.kind for index, join in enumerate(state.joins) if index != place]
    if "full" in others or "right" in others[:place]:
        raise UsageError(
            "This database has no full join, and this query is too entangled to do without.",
            hint="Leave one full or right join, or ask the two sides separately.",
        )
    sorting = tuple(
        Column(expression=key.expression, name=f"portico_sort_{index}", paths=key.paths)
        for index, key in enumerate(keys)
    )
    whole = state.but(columns=(*state.columns, *sorting), limit=None, offset=0, distinct=False, unsorted=True)
    unmatched = Leaf(key_columns(state.model)[0].is_(None), (), total=True)
    return [
        _joined_as(whole, place, "left"),
        _joined_as(whole, place, "right").but(where=(*whole.where, unmatched)),
    ]


def _joined_as(state: State, place: int, kind: JoinKind) -> State:
    joins = list(state.joins)
    joins[place] = replace(joins[place], kind=kind)
    return state.but(joins=tuple(joins))


def together(state: State, keys: Sequence[Key], selects: Sequence[Select[Any]]) -> Select[Any]:
    """The two selects as one, sorted and cut."""
    union = sa.union_all(*selects).subquery()
    every: list[ColumnElement[Any]] = list(union.c)
    shown = every[: len(state.columns)]
    labelled = [
        found if column.name is None else found.label(column.name)
        for found, column in zip(shown, state.columns, strict=True)
    ]
    sorting = every[len(state.columns) :]
    order = sorted_by(
        replace(key, expression=found, may_be_null=True) for key, found in zip(keys, sorting, strict=True)
    )
    statement: Select[Any] = sa.select(*labelled).order_by(*order)
    return statement.distinct() if state.distinct else statement
