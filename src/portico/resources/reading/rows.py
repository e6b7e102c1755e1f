"""Run the plans that read: a page of rows, or one row, with what they bring along.

    page = await list_rows(scope, posts, plan)
    page.items, page.count            # [Post, Post], 2

Raises `NotFoundError` for a row that is absent or out of reach, `ForbiddenError` where nothing may be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portico.access import Operation
from portico.db.query import Placed, Query
from portico.resources.description import Resource
from portico.resources.grammar import Include, ListPlan, Reach
from portico.resources.keys import absent, write_key
from portico.resources.scope import Scope

from .cost import check_cost
from .counting import Counted, count_rows
from .filtering import filtered, ordered
from .including import prefetches
from .paging import stand_of


@dataclass(frozen=True, slots=True)
class Page:
    """Rows and where they stand: ``counted`` says what sort of number ``count`` is.

    ``more`` says whether rows follow; ``next`` and ``prev`` are cursors, given exactly where rows are on
    that side. ``next_offset`` is given where rows follow and an offset may still go there.
    """

    items: list[Any]
    count: int | None
    counted: Counted
    more: bool
    next: str | None = None
    prev: str | None = None
    next_offset: int | None = None


async def list_rows(scope: Scope, reach: Reach, plan: ListPlan, operation: Operation = "read") -> Page:
    """One page of the rows within reach; with the operation "trash", of those that are deleted."""
    query = filtered(scope, reach, plan.filter, operation)
    listed = ordered(scope, reach, query, plan.order)
    stand = stand_of(scope, reach, plan, listed)
    wanted = stand.sought(listed).prefetch(*prefetches(scope, reach, plan.include))
    # One row more than asked for tells whether there is a next page without counting.
    wanted = wanted.limit(plan.limit + 1).offset(plan.offset)
    await check_cost(wanted, reach.limits)
    found = await _found(wanted)
    count, counted = await count_rows(scope, reach, plan, query, found=len(found.rows))
    more = len(found.rows) > plan.limit
    if stand.backwards:
        kept, before, after = slice(-plan.limit, None), more, found.behind
    else:
        kept, before, after = slice(plan.limit), found.behind or bool(plan.offset and found.rows), more
    prev, following = stand.neighbours(found.positions[kept], before=before, after=after)
    place = plan.offset + plan.limit
    return Page(
        found.rows[kept],
        count,
        counted,
        after,
        next=following,
        prev=prev,
        next_offset=place if after and place <= reach.limits.max_offset else None,
    )


async def _found(query: Query[Any]) -> Placed[Any]:
    if query.can_seek:
        return await query.placed()
    # Without a key no row has a place of its own: such lists go by offsets alone.
    return Placed(await query, [], behind=False)


async def get_row(
    scope: Scope,
    reach: Reach,
    key: tuple[Any, ...],
    include: Iterable[Include] = (),
    operation: Operation = "read",
) -> Any:
    """One row by its key."""
    query = scope.rows(reach.resource, operation).prefetch(*prefetches(scope, reach, include))
    return await one_of(query, reach.resource, key)


async def one_of(query: Query[Any], resource: Resource, key: tuple[Any, ...]) -> Any:
    """The row of a query that has this key; NotFoundError when there is none."""
    found = await query.filter(**dict(zip(resource.key, key, strict=True))).limit(1)
    if not found:
        raise absent(resource, write_key(key))
    return found[0]
