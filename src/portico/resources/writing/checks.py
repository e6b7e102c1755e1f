"""What is asked of a row after it was written: that its writer may have it so.

    await still_within_reach(scope, posts, (1,), "update")

Raises `ForbiddenError`; the unit of work around it undoes the write.
"""

from __future__ import annotations

from typing import Any, Final

from portico.access import Operation
from portico.db.query import Query
from portico.errors import ForbiddenError
from portico.resources.description import Resource
from portico.resources.scope import Scope

_AFTERWARDS: Final[dict[Operation, tuple[Operation, ...]]] = {
    "create": ("create",),
    "update": ("update", "read"),
}
"""The rules asked of a row that was written: it must not be pushed where its writer cannot see it, while one
that is only handed in (a message to somebody) need not be readable."""


async def still_within_reach(
    scope: Scope, resource: Resource, key: tuple[Any, ...], operation: Operation
) -> None:
    """Refuse a row that was written to where it must not be."""
    rules = [scope.rule(resource, one) for one in _AFTERWARDS[operation]]
    asked = [rule for rule in rules if rule is not None]
    if not asked:
        return
    query: Query[Any] = Query(resource.model, scope.home(resource)).filter(*asked)
    if not await query.filter(**dict(zip(resource.identity, key, strict=True))).exists():
        raise ForbiddenError(f"You may not {operation} such a row in {resource.name}.")
