"""Run the plan of a summary: groups of rows with their counts, sums and the like.

    summary = await aggregate(scope, reach, plan)
    summary.items[0]      # GroupSummary(group={"status": "a"}, metrics={"count": 3, "sum:price": "12.00"})

Only rows within reach are counted. Where a group or a metric goes through a relation, rows whose related row
is out of reach are left out, as by a condition on it. Values are plain JSON ones, spelled as in documents.
Raises `ForbiddenError` where nothing may be read, `PlanRefusedError` for what costs too much, `InvalidError`
for a sum that no number holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from portico.db.query import Q, exactly
from portico.db.query.grouping import Grouping, GroupRow, Having, Metric, SortedBy, grouped
from portico.resources.grammar import AggregatePlan, Group, GroupOrder, Measure, Path, Reach
from portico.resources.scope import Scope

from .cost import check_cost
from .filtering import filtered, within_reach


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """One group: its keys and its metrics, under the names that they were asked by."""

    group: dict[str, Any]
    metrics: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """Groups, and whether there are more."""

    items: list[GroupSummary]
    more: bool


async def aggregate(scope: Scope, reach: Reach, plan: AggregatePlan) -> Summary:
    """The groups of the rows within reach."""
    query = filtered(scope, reach, plan.filter).filter(*ways(scope, reach, plan.paths))
    await check_cost(query, reach.limits)
    found = await grouped(
        query,
        Grouping(
            groups=[group.keyword for group in plan.groups],
            metrics=[_metric(one) for one in plan.measures],
            having=[Having(_metric(one.measure), one.lookup, one.value) for one in plan.having],
            order=[_sort(one) for one in plan.order],
            # One more than asked for tells whether there are more.
            limit=plan.limit + 1,
        ),
    )
    return Summary([_shown(plan, row) for row in found[: plan.limit]], len(found) > plan.limit)


def ways(scope: Scope, reach: Reach, paths: Iterable[Path]) -> list[Q]:
    """Conditions under which only related rows within reach are on these paths."""
    found: list[Q] = []
    steps = (path[:length] for path in paths for length in range(1, len(path) + 1))
    for path in dict.fromkeys(steps):
        reachable = within_reach(scope, reach.end(path))
        if reachable is not None:
            found.append(Q(**{exactly(*path, "in"): reachable}))
    return found


def plain(value: Any) -> Any:
    """A value as documents show it."""
    return to_jsonable_python(value, fallback=str, bytes_mode="base64", inf_nan_mode="null")


def _metric(measure: Measure) -> Metric:
    return Metric(measure.function, measure.keyword)


def _sort(order: GroupOrder) -> SortedBy:
    key = order.key.keyword if isinstance(order.key, Group) else _metric(order.key)
    return SortedBy(key, order.descending)


def _shown(plan: AggregatePlan, row: GroupRow) -> GroupSummary:
    keys, metrics = row
    return GroupSummary(
        group={one.name: plain(value) for one, value in zip(plan.groups, keys, strict=True)},
        metrics={one.name: plain(value) for one, value in zip(plan.measures, metrics, strict=True)},
    )
