"""Run the plans that read: a page of rows, or one row, with what they bring along.

    page = await list_rows(scope, posts, plan)
    page.items, page.count            # [Post, Post], 2

Raises `NotFoundError` for a row that is absent or out of reach, `ForbiddenError` where nothing may be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from portico.db.query import Query
from portico.errors import InvalidParameterError
from portico.resources.description import Resource
from portico.resources.grammar import Include, ListPlan, Order, Reach
from portico.resources.keys import absent, write_key
from portico.resources.scope import Scope

from .filtering import filtered, within_reach
from .including import prefetches

Counted: TypeAlias = Literal["exact", "capped", "none"]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows and where they stand; ``counted`` says what sort of number ``count`` is."""

    items: list[Any]
    count: int | None
    counted: Counted
    more: bool


async def list_rows(scope: Scope, reach: Reach, plan: ListPlan) -> Page:
    """One page of the rows within reach."""
    query = filtered(scope, reach, plan.filter)
    wanted = ordered(scope, reach, query, plan.order).prefetch(*prefetches(scope, reach, plan.include))
    # One row more than asked for tells whether there is a next page without counting.
    found = await wanted.limit(plan.limit + 1).offset(plan.offset)
    items, more = list(found[: plan.limit]), len(found) > plan.limit
    count, counted = await _count(query, plan, len(found), reach.limits.counted)
    return Page(items, count, counted, more)


async def get_row(
    scope: Scope, resource: Resource, key: tuple[Any, ...], include: Iterable[Include] = ()
) -> Any:
    """One row by its key."""
    query = scope.rows(resource).prefetch(*prefetches(scope, Reach(scope.resources, resource), include))
    return await one_of(query, resource, key)


async def one_of(query: Query[Any], resource: Resource, key: tuple[Any, ...]) -> Any:
    """The row of a query that has this key; NotFoundError when there is none."""
    found = await query.filter(**dict(zip(resource.key, key, strict=True))).limit(1)
    if not found:
        raise absent(resource, write_key(key))
    return found[0]


def ordered(scope: Scope, reach: Reach, query: Query[Any], order: Iterable[Order]) -> Query[Any]:
    """The query in an order; refused where the order would tell of rows out of reach."""
    keys = tuple(order)
    for one in keys:
        for _, target in reach.walk(one.path):
            if within_reach(scope, target) is not None:
                raise InvalidParameterError(
                    f"Cannot sort by {'.'.join((*one.path, one.field))!r}: not all of them are within reach.",
                    parameter="sort",
                )
    # A query that is cut into pages has the key behind its own sort keys, or those of the class.
    return query.order_by(*(one.keyword for one in keys)) if keys else query


async def _count(query: Query[Any], plan: ListPlan, found: int, cap: int) -> tuple[int | None, Counted]:
    if plan.count == "none":
        return None, "none"
    if found <= plan.limit and (found or not plan.offset):
        return plan.offset + found, "exact"
    if plan.count == "exact":
        return await query.count(), "exact"
    number = await query.limit(cap + 1).count()
    return (cap, "capped") if number > cap else (number, "exact")
