"""The relations that rows bring along, each with the rows that whoever asks may read.

    query = scope.rows(posts).prefetch(*prefetches(scope, reach, plan.include))

Each include is a query of its own with its filter, its order, and its limit for each parent. A relation to
many brings at most ``Limits.include_rows`` rows for each parent along, so that no request loads everything.
"""

from __future__ import annotations

from collections.abc import Iterable

from portico.db.query import Prefetch
from portico.errors import ForbiddenError
from portico.resources.description import Resource
from portico.resources.grammar import Include, Reach
from portico.resources.scope import Scope

from .filtering import filtered, ordered


def prefetches(scope: Scope, reach: Reach, includes: Iterable[Include]) -> list[Prefetch]:
    """What a query has to load; a relation that is closed to whoever asks is not loaded, so not shown."""
    return list(_below(scope, reach, (), tuple(includes)).values())


def closed_paths(scope: Scope, reach: Reach, includes: Iterable[Include]) -> list[tuple[str, ...]]:
    """The includes that are closed to whoever asks; what is below a closed one is not asked for."""
    found: list[tuple[str, ...]] = []
    for one in sorted(includes, key=lambda include: len(include.path)):
        behind = any(one.path[: len(path)] == path for path in found)
        if not behind and _is_closed(scope, reach.end(one.path)):
            found.append(one.path)
    return found


def _is_closed(scope: Scope, resource: Resource) -> bool:
    try:
        scope.rule(resource, "read")
    except ForbiddenError:
        return True
    return False


def _below(
    scope: Scope, reach: Reach, path: tuple[str, ...], includes: tuple[Include, ...]
) -> dict[str, Prefetch]:
    """The includes one step below a path, each with those below it."""
    found: dict[str, Prefetch] = {}
    for one in includes:
        if one.path[:-1] == path:
            try:
                found[one.path[-1]] = _prefetch(scope, reach, one, includes)
            except ForbiddenError:
                found[one.path[-1]] = Prefetch(one.path[-1], closed=True)
    return found


def _prefetch(scope: Scope, reach: Reach, include: Include, includes: tuple[Include, ...]) -> Prefetch:
    relation, resource = list(reach.walk(include.path))[-1]
    target = Reach(reach.resources, resource, reach.limits)
    query = ordered(scope, target, filtered(scope, target, include.filter), include.order)
    # Loaded below this query and not by a path from the outside, which would load the steps between again.
    query = query.prefetch(*_below(scope, reach, include.path, includes).values())
    limit = (include.limit or reach.limits.include_rows) if relation.many else None
    return Prefetch(include.path[-1], query=query, limit=limit)
