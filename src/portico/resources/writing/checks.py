"""What is asked of a row after it was written: that its writer may have it so.

    await still_within_reach(scope, posts, (1,), "update")

Raises `ForbiddenError`; the unit of work around it undoes the write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from portico.access import Write
from portico.db.query import Query
from portico.db.query.keys import narrowed_to
from portico.errors import ForbiddenError
from portico.resources.description import Resource
from portico.resources.scope import Scope

CHUNK: Final = 500


async def still_within_reach(
    scope: Scope, resource: Resource, key: tuple[Any, ...], operation: Write
) -> None:
    """Refuse a row that was written to where it must not be."""
    query = _allowed(scope, resource, operation)
    if query is None:
        return
    if not await query.filter(**dict(zip(resource.identity, key, strict=True))).exists():
        raise _refused(resource, operation)


async def all_still_within_reach(
    scope: Scope, resource: Resource, keys: Sequence[tuple[Any, ...]], operation: Write
) -> None:
    """The same for many rows at once, by one question for each `CHUNK` of them; no key comes twice."""
    query = _allowed(scope, resource, operation)
    for start in range(0, len(keys) if query is not None else 0, CHUNK):
        chunk = keys[start : start + CHUNK]
        if query is not None and await narrowed_to(query, chunk).count() < len(chunk):
            raise _refused(resource, operation)


def _allowed(scope: Scope, resource: Resource, operation: Write) -> Query[Any] | None:
    """The rows as they may be after an operation; None for all of them."""
    asked = scope.rules_after(resource, operation)
    return Query(resource.model, scope.home(resource)).filter(*asked) if asked else None


def _refused(resource: Resource, operation: Write) -> ForbiddenError:
    return ForbiddenError(f"You may not {operation} such a row in {resource.name}.")
