"""What is at the end of a relation of one row: a list of the posts of a user, the author of a post.

    page = await list_related(scope, reach, Belongs("users", "posts", (1,)), plan)
    post = await get_related(scope, reach, Belongs("users", "posts", (1,)), (7,))
    user = await get_only(scope, reach, Belongs("posts", "author", (7,)))

The owner is asked for in the same statement as what belongs to it; only an empty page needs a second look.
Raises `NotFoundError` where the owner, or what is at the end, is absent or out of reach, in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from portico.db.query import Query
from portico.errors import NotFoundError
from portico.resources.grammar import Belongs, Filter, Include, ListPlan, Reach
from portico.resources.keys import write_key
from portico.resources.scope import Scope

from .belonging import check_owner
from .filtering import filtered
from .including import prefetches
from .rows import Page, list_rows, one_of


def within(plan: ListPlan, owned: Belongs) -> ListPlan:
    """The plan of a list, of the rows that belong to one row."""
    return replace(plan, filter=replace(plan.filter, within=owned))


async def list_related(scope: Scope, reach: Reach, owned: Belongs, plan: ListPlan) -> Page:
    """One page of what belongs to a row."""
    page = await list_rows(scope, reach, within(plan, owned))
    if not page.items:
        await check_owner(scope, owned)
    return page


async def get_related(
    scope: Scope, reach: Reach, owned: Belongs, key: tuple[Any, ...], include: Iterable[Include] = ()
) -> Any:
    """One of the rows that belong to a row, by its key."""
    return await one_of(_rows(scope, reach, owned, include), reach.resource, key)


async def get_only(scope: Scope, reach: Reach, owned: Belongs, include: Iterable[Include] = ()) -> Any:
    """The row that a to-one relation leads to."""
    found = await _rows(scope, reach, owned, include).limit(1)
    if not found:
        title = scope.resources[owned.resource].title
        raise NotFoundError(f"There is no {owned.relation} of a {title} {write_key(owned.key)!r}.")
    return found[0]


def _rows(scope: Scope, reach: Reach, owned: Belongs, include: Iterable[Include]) -> Query[Any]:
    query = filtered(scope, reach, Filter(within=owned))
    return query.prefetch(*prefetches(scope, reach, include))
