"""How many rows a list has, as exactly as was asked for.

    count, counted = await count_rows(scope, reach, plan, query, found=21)        # (10_000, "capped")

A number is given without asking where the page itself shows it. Otherwise rows are counted up to a cap, all
of them with ``exact``, and with ``estimated`` the database says what it expects. Expectations come from
statistics over whole tables: they are asked for only where whoever asks may read every row of every table
that the list is about; elsewhere rows are counted up to the cap. On a page behind a cursor nothing is counted
unasked.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from portico.db.query import Query
from portico.errors import ForbiddenError
from portico.resources.grammar import ListPlan, Reach
from portico.resources.scope import Scope

from .paging import mentioned

Counted: TypeAlias = Literal["exact", "capped", "estimated", "none"]


async def count_rows(
    scope: Scope, reach: Reach, plan: ListPlan, query: Query[Any], *, found: int
) -> tuple[int | None, Counted]:
    """The number and what sort of number it is; ``found`` are the rows of the page and one more."""
    if plan.count == "none" or (plan.count == "capped" and plan.cursor is not None):
        return None, "none"
    if plan.cursor is None and found <= plan.limit and (found or not plan.offset):
        return plan.offset + found, "exact"
    if plan.count == "exact":
        return await query.count(), "exact"
    if plan.count == "estimated" and _sees_all(scope, reach, plan):
        expected = (await query.foreseen(keys_only=True)).rows
        if expected is not None:
            # Fewer than are on the page there cannot be.
            return max(expected, plan.offset + found), "estimated"
    cap = reach.limits.counted
    number = await query.limit(cap + 1).count()
    return (cap, "capped") if number > cap else (number, "exact")


def _sees_all(scope: Scope, reach: Reach, plan: ListPlan) -> bool:
    try:
        return all(scope.rule(one, "read") is None for one in mentioned(scope, reach, plan))
    except ForbiddenError:
        return False
