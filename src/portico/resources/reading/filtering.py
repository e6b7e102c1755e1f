"""The rows that a filter chooses, as far as whoever asks can reach, and their order.

    query = filtered(scope, reach, plan.filter)                 # those that may be read
    query = filtered(scope, reach, plan.filter, "delete")       # those that may be deleted

Policies are part of the conditions: of the rows themselves and of every way that a condition takes, since
rows that are hidden must not answer questions. Every door starts here.
Raises `ForbiddenError` where nothing may be done.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from portico.access import Operation
from portico.db.query import Q, Query, exactly
from portico.errors import InvalidParameterError
from portico.resources.description import Resource
from portico.resources.grammar import Filter, Order, Reach
from portico.resources.scope import Scope

from .belonging import belongs
from .terms import units, within_reach

__all__ = ["filtered", "ordered", "within_reach"]


def filtered(scope: Scope, reach: Reach, chosen: Filter, operation: Operation = "read") -> Query[Any]:
    """The rows within reach for an operation that fulfil a filter."""
    query = scope.rows(reach.resource, operation)
    if chosen.within is not None:
        query = query.filter(*belongs(scope, chosen.within))
    for unit in units(scope, reach, chosen.where):
        query = query.filter(unit)
    words = chosen.words
    return query.filter(*(_search(reach.resource, word) for word in words)) if words else query


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


def _search(resource: Resource, word: Any) -> Q:
    return reduce(lambda a, b: a | b, (Q(**{exactly(name, "icontains"): word}) for name in resource.search))
