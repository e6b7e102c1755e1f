"""What is at the end of a relation of one row: a list of the posts of a user, the author of a post.

    page = await list_rows(scope, reach, within(plan, Belongs("users", "posts", (1,))))
    post = await get_related(scope, reach, Belongs("users", "posts", (1,)), (7,))
    user = await get_only(scope, reach, Belongs("posts", "author", (7,)))

The owner is asked for in the same statement as what belongs to it; only an empty page needs a second look,
by `check_owner`.
Raises `NotFoundError` where the owner, or what is at the end, is absent or out of reach, in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from portico._kernel.naming import with_article
from portico.db.query import Query
from portico.errors import NotFoundError
from portico.resources.grammar import Belongs, Filter, Include, ListPlan, Reach
from portico.resources.keys import write_key
from portico.resources.scope import Scope

from .filtering import filtered
from .including import prefetches
from .rows import one_of


def within(plan: ListPlan, owned: Belongs) -> ListPlan:
    """The plan of a list, of the rows that belong to one row."""
    return replace(plan, filter=replace(plan.filter, within=owned))


async def get_related(
    scope: Scope, reach: Reach, owned: Belongs, key: tuple[Any, ...], include: Iterable[Include] = ()
) -> Any:
    """One of the rows that belong to a row, by its key."""
    return await one_of(_rows(scope, reach, owned, include), reach.resource, key)


async def get_only(scope: Scope, reach: Reach, owned: Belongs, include: Iterable[Include] = ()) -> Any:
    """The row that a to-one relation leads to."""
    found = await _rows(scope, reach, owned, include).limit(1)
    if not found:
        raise nothing_at(scope, owned)
    return found[0]


def nothing_at(scope: Scope, owned: Belongs) -> NotFoundError:
    """The answer where there is no row at the end of a relation to one, or none within reach."""
    title = scope.resources[owned.resource].title
    return NotFoundError(f"There is no {owned.relation} of {with_article(title)} {write_key(owned.key)!r}.")


def _rows(scope: Scope, reach: Reach, owned: Belongs, include: Iterable[Include]) -> Query[Any]:
    query = filtered(scope, reach, Filter(within=owned))
    return query.prefetch(*prefetches(scope, reach, include))
