"""One row by one statement: which shape it has, and what is bound to it.

ready_row(scope, reach, Wanted((7,), None, plan), place)      # ReadyRow; None: the general path serves it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from portico.db.compiled import Lane, Several, Shape, Slots
from portico.db.query import Query
from portico.db.query.conditions.structure import value_key
from portico.db.query.statements import row_shape, shape_by_keys
from portico.resources.grammar import Belongs, Filter, Reach, RowPlan
from portico.resources.scope import Scope

from .asking import Asked, Question, bound, listing, question_of
from .documents import Showing, first_shaped, row_showings
from .places import Place


@dataclass(slots=True)  # not frozen: that costs, and one is made for every request
class ReadyRow:
    """A row that can be asked for."""

    made: _Made
    key: tuple[Any, ...] | None
    values: list[Any]
    arguments: list[Any]

    @property
    def showing(self) -> Showing:
        """How the row becomes bytes."""
        return self.made.showing

    async def fetched(self, lane: Lane) -> Sequence[Any] | None:
        """The row as the driver has it; None where there is none."""
        several = self.made.several
        if several is not None and self.key and lane.gathering is not None:
            return await lane.gathering.row(several, self.arguments, self.key[0])
        rows = await lane.fetch(self.made.shape, self.arguments)
        return rows[0] if rows else None


@dataclass(slots=True)  # not frozen: that costs, and one is made for every request
class Wanted:
    """One row: by its key, or the only one that belongs to another; ``plan`` says what it shows."""

    key: tuple[Any, ...] | None
    owned: Belongs | None
    plan: RowPlan


@dataclass(frozen=True, slots=True)
class _Made:
    shape: Shape
    showing: Showing
    several: Several | None


def ready_row(scope: Scope, reach: Reach, wanted: Wanted, place: Place) -> ReadyRow | None:
    """The shape of a row and what is bound to it; it raises what the general path would raise."""
    key, owned = wanted.key, wanted.owned
    if owned is None:
        question = question_of(place, scope, reach, wanted.plan)
    else:
        plan = replace(listing(wanted.plan), filter=Filter(within=owned))
        question = Question(place, scope, reach, plan)
    asked = Asked(scope, question)
    values = asked.values
    start = len(values)
    parts = None if key is None else tuple([value_key(part, values) for part in key])
    kept = question.rows if question.passed.settled else None
    found: _Made | None = None if kept is None else kept.get(parts)
    if found is None:
        found = place.shapes.take(("row", asked.key, parts), lambda: _made(reach, key, start, place, asked))
        if found is None:
            return None
        if kept is not None:
            kept[parts] = found
    return ReadyRow(found, key, values, bound(found.shape, values))


def _made(reach: Reach, key: tuple[Any, ...] | None, start: int, place: Place, asked: Asked) -> _Made | None:
    """The shape, the key's slots being those from ``start`` on."""
    slots = Slots(asked.values)
    built = asked.build(slots)
    query = built.chosen
    if key is None:
        state = query.limit(1).state
    else:
        named = {name: slots[start + number] for number, name in enumerate(reach.resource.key)}
        state = query.filter(**named).state.but(unsorted=True)

    def shape(showing: Showing) -> Shape | None:
        return row_shape(state, showing.attributes, slots, place.database, around=showing.around)

    found = first_shaped(row_showings(place, built.level, slots), shape)
    if found is None:
        return None
    alone = key is None or start or not asked.question.passed.settled
    many = None if alone else _of_several(query, found[1], place)
    return _Made(*found, None if many is None else Several(found[0], many))


def _of_several(query: Query[Any], showing: Showing, place: Place) -> Shape | None:
    """The shape for a list of keys; None where rows are not asked for together."""
    name, *others = place.resource.key
    if place.database.dialect_name != "postgresql" or others:
        return None
    return shape_by_keys(query.state, name, showing.attributes, place.database, around=showing.around)
