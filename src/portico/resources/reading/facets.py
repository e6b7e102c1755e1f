"""Run the plan of facet counts: the values of several fields, each with the number of rows that have it.

    await count_facets(scope, reach, plan)      # {"status": [FacetValue("a", 3), …], "tags.name": […]}

One statement for each field. Only rows within reach are counted, and only values of related rows within
reach. Over a to-many relation a row counts once for each of its values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portico.db.query import Query
from portico.db.query.grouping import value_counts
from portico.resources.grammar import FacetPlan, Group, Reach
from portico.resources.scope import Scope

from .aggregates import plain, ways
from .cost import check_cost
from .filtering import filtered


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value, and how many rows have it."""

    value: Any
    count: int


async def count_facets(scope: Scope, reach: Reach, plan: FacetPlan) -> dict[str, list[FacetValue]]:
    """The most frequent values of each field, the most frequent first."""
    query = filtered(scope, reach, plan.filter)
    await check_cost(query, reach.limits)
    return {facet.name: await _values(scope, reach, query, (facet, plan.limit)) for facet in plan.facets}


async def _values(
    scope: Scope, reach: Reach, query: Query[Any], asked: tuple[Group, int]
) -> list[FacetValue]:
    facet, limit = asked
    conditions = ways(scope, reach, [facet.path])
    found = await value_counts(
        query, facet.keyword, limit=limit, related=lambda rows: rows.filter(*conditions)
    )
    return [FacetValue(plain(value), count) for value, count in found]
