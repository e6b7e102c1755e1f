"""Plans of lists that differ in nothing but values: parsed once, read again with other texts.

    plans = PlansAlike(reach, parse, reserved=("sort", "limit"))
    plans.of([("likes__gte", "5"), ("sort", "-id")])      # a plan
    plans.of([("likes__gte", "7"), ("sort", "-id")])      # the same with 7; its `like` is the first one

The same names in the same order with other values for conditions, or from another cursor. Each value is read
and checked anew: a validator of the application may say something else the next time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Hashable, Sequence
from typing import Final, TypeAlias

from portico.resources.grammar.filters import condition
from portico.resources.grammar.plan import Condition, Filter, ListPlan
from portico.resources.grammar.reach import Reach

Parameters: TypeAlias = "Sequence[tuple[str, str]]"
MOST: Final = 128
_NAMES: Final = 1000
_CURSOR: Final = "cursor"


class PlansAlike:
    """The plans of the lists of one resource; every name that is not ``reserved`` is a condition."""

    def __init__(
        self, reach: Reach, parse: Callable[[Reach, Parameters], ListPlan], *, reserved: Container[str]
    ) -> None:
        self._reach = reach
        self._parse = parse
        self._reserved = reserved
        self._varying = {_CURSOR}
        """Parameters that are values: conditions, and where a page begins."""
        self._known: OrderedDict[Hashable, ListPlan] = OrderedDict()

    def of(self, parameters: Parameters) -> ListPlan:
        """The plan of a list; raises what ``parse`` raises."""
        key = self._key(parameters)
        like = self._known.get(key)
        if like is None:
            return self._learnt(parameters)
        self._known.move_to_end(key)
        where: list[Condition] = []
        cursor: str | None = None
        for name, text in parameters:
            if name == _CURSOR:
                cursor = text
            elif name in self._varying:
                where.append(condition(self._reach, name, [text]))
        return ListPlan(
            fields=like.fields,
            include=like.include,
            filter=Filter(tuple(where), like.filter.search),
            order=like.order,
            limit=like.limit,
            offset=like.offset,
            cursor=cursor,
            count=like.count,
            like=like,
        )

    def _key(self, parameters: Parameters) -> Hashable:
        varying = self._varying
        return tuple([one[0] if one[0] in varying else one for one in parameters])

    def _learnt(self, parameters: Parameters) -> ListPlan:
        plan = self._parse(self._reach, parameters)
        names = [name for name, _ in parameters]
        told = (name for name in names if not name.startswith("include."))
        conditions = [name for name in told if name not in self._reserved]
        # A tree of conditions and the filter of an include hold values that are not read anew.
        flat = len(plan.filter.where) == len(conditions) and not any(one.filter.where for one in plan.include)
        if flat and len(set(names)) == len(names) and len(self._varying) + len(conditions) <= _NAMES:
            self._varying.update(conditions)
            self._known[self._key(parameters)] = plan
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return plan
