"""The rows that a filter chooses, as far as whoever asks can reach.

    query = filtered(scope, reach, plan.filter)                 # those that may be read
    query = filtered(scope, reach, plan.filter, "delete")       # those that may be deleted

Policies are part of the conditions: of the rows themselves and of every way that a condition takes, since
rows that are hidden must not answer questions. Every door starts here.
Raises `ForbiddenError` where nothing may be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any

from portico.access import Operation
from portico.db.query import Q, Query
from portico.errors import ForbiddenError
from portico.resources.description import Resource
from portico.resources.grammar import Condition, Filter, Reach
from portico.resources.scope import Scope


def filtered(scope: Scope, reach: Reach, chosen: Filter, operation: Operation = "read") -> Query[Any]:
    """The rows within reach for an operation that fulfil a filter."""
    query = scope.rows(reach.resource, operation)
    conditions = list(_conditions(chosen))
    terms = [Q(**{one.keyword: one.value}) for one in conditions]
    terms += _ways(scope, reach, conditions)
    if chosen.search is not None:
        terms += [_search(reach.resource, word) for word in chosen.search.split()]
    # All in one call: conditions on the same related row are asked of the same row.
    return query.filter(*terms) if terms else query


def within_reach(scope: Scope, target: Resource) -> Any | None:
    """A sub-select of the rows that may be read, [] when none may, None when all may."""
    try:
        return None if scope.rule(target, "read") is None else scope.rows(target)
    except ForbiddenError:
        return []


def _conditions(chosen: Filter) -> Iterator[Condition]:
    for term in chosen.where:
        assert isinstance(term, Condition)  # noqa: S101 -- the parser makes no others yet
        yield term


def _search(resource: Resource, word: str) -> Q:
    return reduce(lambda a, b: a | b, (Q(**{f"{name}__icontains": word}) for name in resource.search))


def _ways(scope: Scope, reach: Reach, conditions: Iterable[Condition]) -> list[Q]:
    found: list[Q] = []
    for path in dict.fromkeys(one.path[:n] for one in conditions for n in range(1, len(one.path) + 1)):
        target = reach.end(path)
        reachable = within_reach(scope, target)
        if reachable is not None:
            found.append(Q(**{"__".join((*path, "in")): reachable}))
    return found
