"""The plan of a request, kept for the next one that has the same query string.

    plans = Plans(lambda parameters: parse_row(reach, parameters))
    plan = plans.of(request)

Only plans without values of fields are kept: what a name, a number or a word means is the same each time, and
a validator of the application may say otherwise the next time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from fastapi import Request

from portico.resources import ListPlan, Reach, RowPlan, parse_row
from portico.rest.dialects import DIALECTS, Dialect
from portico.web import asked_of

P = TypeVar("P", bound=RowPlan)
_MOST: Final = 128
_LONGEST: Final = 512

Parse = Callable[[list[tuple[str, str]]], P]


class Plans(Generic[P]):
    """The plans of one operation."""

    def __init__(self, parse: Parse[P], *, kept: bool = True) -> None:
        self._parse = parse
        self._kept = kept
        self._known: OrderedDict[tuple[int, bytes], tuple[Any, P]] = OrderedDict()

    def of(self, request: Request) -> P:
        """The plan that a request asks for."""
        scope = request.scope
        route = scope.get("route")
        key = id(route), scope["query_string"]
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
            return found[1]
        plan = self._parse(asked_of(request))
        if self._kept and len(key[1]) <= _LONGEST and not _has_values(plan):
            # The route is kept along, so that its place in memory is no other's.
            self._known[key] = route, plan
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return plan


def list_plans(dialect: Dialect, reach: Reach) -> Plans[ListPlan]:
    """The plans of a list; those of a dialect that is not of the house are made anew each time."""
    ours = any(type(dialect) is type(one) for one in DIALECTS.values())
    return Plans(lambda parameters: dialect.list_plan(reach, parameters), kept=ours)


def row_plans(reach: Reach) -> Plans[RowPlan]:
    """The plans of single rows."""
    return Plans(lambda parameters: parse_row(reach, parameters))


def _has_values(plan: RowPlan) -> bool:
    own = isinstance(plan, ListPlan) and (bool(plan.filter.where) or plan.cursor is not None)
    return own or any(one.filter.where for one in plan.include)
