"""One row by one statement: which shape it has, and what is bound to it.

ready_row(scope, reach, Wanted((7,), None, plan), place)      # ReadyRow; None: the general path serves it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from portico.db.compiled import Shape, Slots
from portico.db.query.conditions.structure import value_key
from portico.db.query.statements import row_shape
from portico.resources.grammar import Belongs, Filter, ListPlan, Reach, RowPlan
from portico.resources.scope import Scope

from .asking import Asked, bound, question_of
from .documents import Showing, first_shaped, row_showings
from .places import Place

_ANY: Final = ListPlan()


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A row that can be asked for."""

    shape: Shape
    showing: Showing
    values: list[Any]
    arguments: list[Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row: by its key, or the only one that belongs to another; ``plan`` says what it shows."""

    key: tuple[Any, ...] | None
    owned: Belongs | None
    plan: RowPlan


def ready_row(scope: Scope, reach: Reach, wanted: Wanted, place: Place) -> ReadyRow | None:
    """The shape of a row and what is bound to it; it raises what the general path would raise."""
    plan, key, owned, shown = _ANY, wanted.key, wanted.owned, wanted.plan
    if owned is not None or shown.include or shown.fields is not None:
        plan = ListPlan(filter=Filter(within=owned), include=shown.include, fields=shown.fields)
    asked = Asked(scope, question_of(place, scope, reach, plan))
    values = asked.values
    start = len(values)
    parts = None if key is None else tuple([value_key(part, values) for part in key])
    names = reach.resource.key

    def made() -> tuple[Shape, Showing] | None:
        slots = Slots(values)
        built = asked.build(slots)
        query = built.chosen
        if key is None:
            state = query.limit(1).state
        else:
            named = {name: slots[start + number] for number, name in enumerate(names)}
            state = query.filter(**named).state.but(unsorted=True)

        def shape(showing: Showing) -> Shape | None:
            return row_shape(state, showing.attributes, slots, place.database, around=showing.around)

        return first_shaped(row_showings(place, built.level, slots), shape)

    found: tuple[Shape, Showing] | None = place.shapes.take(("row", asked.key, parts), made)
    if found is None:
        return None
    return ReadyRow(*found, values, bound(found[0], values))
