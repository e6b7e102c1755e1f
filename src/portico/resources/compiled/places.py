"""What is known of a resource on its database: how its rows are written, their orders, its shapes.

    place = place_of(posts, db)
    place.writer                         # None where the general path serves
    place.order_said(plan.order)

Kept for as long as the resource lives; the number of shapes is bounded.
"""

from __future__ import annotations

from typing import Any, Final

from portico.db.query import Query
from portico.db.session import Database
from portico.resources.description import Resource
from portico.resources.grammar import Order

from .rendering import ResourceWriter, writer_of
from .shelf import Shelf

SHAPES: Final = 500
"""The most statements that are kept for one resource."""
_ORDERS: Final = 100
MODES: Final = 8
"""For so many sets of criteria in force the statements of a resource are kept."""
_QUESTIONS: Final = 64
_PLACE: Final = "_portico_place"


class Place:
    """One resource on one database."""

    def __init__(self, resource: Resource, database: Database) -> None:
        self.resource = resource
        self.database = database
        self.writer: ResourceWriter | None = writer_of(resource, database)
        self.can_seek = Query(resource.model, database).can_seek
        self.shapes: Shelf[Any] = Shelf(SHAPES)
        self.questions: Shelf[Any] = Shelf(_QUESTIONS)
        self.passed: Shelf[Any] = Shelf(_ORDERS)
        self._orders: Shelf[str] = Shelf(_ORDERS)

    def order_said(self, order: tuple[Order, ...]) -> str:
        """An order as a text, to which cursors are bound."""

        def said() -> str:
            query: Query[Any] = Query(self.resource.model, self.database)
            return repr((query.order_by(*(one.keyword for one in order)) if order else query).order_said)

        return self._orders.take(order, said)


def place_of(resource: Resource, database: Database) -> Place:
    """What is known of a resource on a database."""
    # Kept on the resource itself, so that it goes when the resource goes.
    held = resource.__dict__
    mode = database.engines.mode
    places: dict[Any, Place] | None = held.get(_PLACE)
    found = None if places is None else places.get(mode)
    if found is None:
        found = Place(resource, database)
        kept = {key: one for key, one in (places or {}).items() if one.database is database}
        held[_PLACE] = {**(kept if len(kept) < MODES else {}), mode: found}
    return found
