"""Run the plans that read: a page of rows, or one row, with what they bring along.

    page = await list_rows(scope, posts, plan)
    page.items, page.count            # [Post, Post], 2

Policies are part of every statement: of the rows, of what is included and of the ways that conditions take.
Raises `NotFoundError` for a row that is absent or out of reach, `ForbiddenError` where nothing may be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal, TypeAlias

from portico.db.query import Prefetch, Q, Query
from portico.errors import ForbiddenError, InvalidParameterError

from .grammar.plan import Condition, ListPlan
from .grammar.reach import Reach
from .keys import absent, write_key
from .resource import Resource
from .scope import Scope

Counted: TypeAlias = Literal["exact", "capped", "none"]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows and where they stand; ``counted`` says what sort of number ``count`` is."""

    items: list[Any]
    count: int | None
    counted: Counted
    more: bool


async def list_rows(scope: Scope, resource: Resource, plan: ListPlan, *, cap: int = 10_000) -> Page:
    """One page of the rows within reach."""
    reach = Reach(scope.resources, resource)
    query = _filtered(scope, reach, plan)
    wanted = _ordered(scope, reach, query, plan).prefetch(*_includes(scope, reach, plan.include))
    # One row more than asked for tells whether there is a next page without counting.
    found = await wanted.limit(plan.limit + 1).offset(plan.offset)
    items, more = list(found[: plan.limit]), len(found) > plan.limit
    count, counted = await _count(query, plan, len(found), cap)
    return Page(items, count, counted, more)


async def get_row(
    scope: Scope, resource: Resource, key: tuple[Any, ...], include: Iterable[tuple[str, ...]] = ()
) -> Any:
    """One row by its key."""
    query = scope.rows(resource).prefetch(*_includes(scope, Reach(scope.resources, resource), include))
    return await one_of(query, resource, key)


async def one_of(query: Query[Any], resource: Resource, key: tuple[Any, ...]) -> Any:
    """The row of a query that has this key; NotFoundError when there is none."""
    found = await query.filter(**dict(zip(resource.key, key, strict=True))).limit(1)
    if not found:
        raise absent(resource, write_key(key))
    return found[0]


async def _count(query: Query[Any], plan: ListPlan, found: int, cap: int) -> tuple[int | None, Counted]:
    if plan.count == "none":
        return None, "none"
    if found <= plan.limit and (found or not plan.offset):
        return plan.offset + found, "exact"
    if plan.count == "exact":
        return await query.count(), "exact"
    number = await query.limit(cap + 1).count()
    return (cap, "capped") if number > cap else (number, "exact")


def _filtered(scope: Scope, reach: Reach, plan: ListPlan) -> Query[Any]:
    query = scope.rows(reach.resource)
    terms = [Q(**{one.keyword: one.value}) for one in plan.conditions]
    terms += _ways(scope, reach, plan.conditions)
    if plan.search is not None:
        terms += [_search(reach.resource, word) for word in plan.search.split()]
    # All in one call: conditions on the same related row are asked of the same row.
    return query.filter(*terms) if terms else query


def _search(resource: Resource, word: str) -> Q:
    return reduce(lambda a, b: a | b, (Q(**{f"{name}__icontains": word}) for name in resource.search))


def _ways(scope: Scope, reach: Reach, conditions: Iterable[Condition]) -> list[Q]:
    """The policies of the resources that conditions pass through: hidden rows must not answer questions."""
    found: list[Q] = []
    for path in dict.fromkeys(one.path[:n] for one in conditions for n in range(1, len(one.path) + 1)):
        target = reach.end(path)
        reachable = _within_reach(scope, target)
        if reachable is not None:
            found.append(Q(**{"__".join((*path, "in")): reachable}))
    return found


def _within_reach(scope: Scope, target: Resource) -> Any | None:
    """A sub-select of the rows that may be read, [] when none may, None when all may."""
    try:
        return None if scope.rule(target, "read") is None else scope.rows(target)
    except ForbiddenError:
        return []


def _ordered(scope: Scope, reach: Reach, query: Query[Any], plan: ListPlan) -> Query[Any]:
    for one in plan.order:
        for _, target in reach.walk(one.path):
            if _within_reach(scope, target) is not None:
                raise InvalidParameterError(
                    f"Cannot sort by {'.'.join((*one.path, one.field))!r}: not all of them are within reach.",
                    parameter="sort",
                )
    # A query that is cut into pages has the key behind its own sort keys, or those of the class.
    return query.order_by(*(one.keyword for one in plan.order)) if plan.order else query


def _includes(scope: Scope, reach: Reach, include: Iterable[tuple[str, ...]]) -> list[Prefetch]:
    found: list[Prefetch] = []
    for path in include:
        if any(_is_closed(scope, target) for _, target in reach.walk(path)):
            continue  # What is not loaded is shown as absent.
        found.append(Prefetch("__".join(path), query=scope.rows(reach.end(path))))
    return found


def _is_closed(scope: Scope, target: Resource) -> bool:
    return _within_reach(scope, target) == []
