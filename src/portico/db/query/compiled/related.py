"""The targets of a relation, by a statement that is compiled once for each length of the list of keys.

    found = await compiled_targets(database, plan, [(1,), (2,)], EVERYTHING)     # {(1,): [post, post]}

None is decided as for other readings: the general path loads them then. Lengths are rounded up to a power of
two, the last key standing for those that are missing. A row that several parents have is one object, as it is
within a session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from portico.db.compiled import Slots, converted
from portico.db.query.state import State
from portico.db.query.statements import effective_order, select_unsliced, sorted_by
from portico.db.relations.loading import Key, LoadOptions, Plan
from portico.db.session import Database

from .asking import Asking
from .kept import Kept, Ready
from .reading import Rows, answered

Targets = dict[Key, list[Any]]
Found: TypeAlias = "tuple[sa.Select[Any], Sequence[Any]]"
OWN_ORDER: Final = "_portico_own_order"
"""Where a relation keeps the options that ask for nothing but the order of its targets' model."""


@dataclass(frozen=True)
class QueryOfTargets:
    """A query of the targets of a relation, without its limit."""

    state: State

    @property
    def statement(self) -> sa.Select[Any]:
        """The select of the targets."""
        return select_unsliced(self.state)

    @property
    def order_by(self) -> Sequence[Any]:
        """Their order."""
        return tuple(sorted_by(effective_order(self.state.but(limit=None))))


async def compiled_targets(
    database: Database, plan: Plan, keys: Sequence[Key], options: LoadOptions
) -> Targets | None:
    """The targets of these keys, each once per key, in order."""
    model = plan.relation.mapper.class_
    if options.where or options.limit is not None or options.options or len(plan.found_by) > 1:
        return None
    query = options.query
    if query is None:
        state = None
        if options.order_by and options is not vars(plan.relation).get(OWN_ORDER):
            return None
    elif isinstance(query, QueryOfTargets) and query.state.model is model:
        state = query.state
    else:
        return None

    def ready(kept: Kept) -> Ready:
        asking = None if state is None else Asking(state)
        key = bool(options.order_by) if asking is None else asking.key
        values: list[Any] = [] if asking is None else asking.values

        def found(condition: sa.ColumnElement[bool], slots: Slots) -> Found:
            if asking is None:
                return plan.targets(condition, options)
            slotted = QueryOfTargets(asking.slotted(slots))
            return plan.targets(condition, LoadOptions(query=slotted))

        return kept.targets((plan.relation, key), values, plan.found_by[0], [one for (one,) in keys], found)

    return await answered(database, model, ready, _targets)


def _targets(kept: Kept, ready: Ready, rows: Rows) -> Targets:
    width = len(kept.names)
    places = kept.maker(ready.shape).key_places
    by_key: dict[Key, int] = {}
    for number, row in enumerate(rows):
        by_key.setdefault(tuple([row[place] for place in places]), number)
    distinct = [rows[number][:width] for number in by_key.values()]
    made = dict(zip(by_key, kept.maker(ready.shape).many(distinct), strict=True))
    parents = converted([row[width:] for row in rows], ready.shape.readers[width:])
    found: dict[Key, dict[int, Any]] = {}
    for row, parent in zip(rows, parents, strict=True):
        target = made[tuple([row[place] for place in places])]
        found.setdefault(tuple(parent), {})[id(target)] = target
    return {key: list(targets.values()) for key, targets in found.items()}
