"""Lists and single rows without objects: plan to shape, one statement, rows to bytes.

    found = await compiled_page(scope, reach, plan)         # CompiledPage; None: the general path serves it
    found = await compiled_row(scope, reach, (7,), plan)    # CompiledRow

None is decided before a statement is sent, or when the database has refused one. Whatever cannot be compiled
or bound goes the general way, which says in its own words what is wrong with it.
Raises `NotFoundError` for a row that is absent or out of reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from portico.db.compiled import LaneError, lane_of
from portico.db.query.conditions.structure import NoStructureError
from portico.errors import NotFoundError, PorticoError
from portico.resources.grammar import Belongs, ListPlan, Reach, RowPlan
from portico.resources.keys import absent, write_key
from portico.resources.reading import Page, nothing_at
from portico.resources.scope import Scope

from .pages import EmptyPageError, ready_page
from .places import Place, place_of
from .rows import Wanted, ready_row

_REFUSED: Final = (NoStructureError, PorticoError)
"""What is raised for what is not compiled, or is refused, before anything was sent."""


@dataclass(slots=True)  # not frozen: that costs, and one is made for every request
class CompiledPage:
    """A page whose items are bytes: a JSON list."""

    page: Page
    items: bytes


@dataclass(slots=True)  # not frozen: that costs, and one is made for every request
class CompiledRow:
    """One row as a JSON object, and the tag of its state."""

    content: bytes
    tag: str


async def compiled_page(scope: Scope, reach: Reach, plan: ListPlan) -> CompiledPage | None:
    """One page of the rows within reach."""
    place = _place(scope, reach)
    lane = None if place is None or plan.count == "estimated" else lane_of(place.database)
    if lane is None or place is None:
        return None
    try:
        ready = ready_page(scope, reach, plan, place)
    except _REFUSED:
        return None
    if ready is None:
        return None
    try:
        rows = await lane.fetch(ready.shape.shape, ready.arguments)
        kept = ready.kept(rows)
        page = ready.page(rows, kept)
        items = await ready.showing.many(lane, kept, ready.values)
    except (LaneError, EmptyPageError):
        return None
    return None if items is None else CompiledPage(page, items)


async def compiled_row(
    scope: Scope, reach: Reach, key: tuple[Any, ...] | None, plan: RowPlan, owned: Belongs | None = None
) -> CompiledRow | None:
    """One row by its key, or the only one that belongs to another row; of the rows that belong to that."""
    place = _place(scope, reach)
    lane = None if place is None else lane_of(place.database)
    if lane is None or place is None or place.writer is None:
        return None
    try:
        ready = ready_row(scope, reach, Wanted(key, owned, plan), place)
    except _REFUSED:
        return None
    if ready is None:
        return None
    try:
        row = await ready.fetched(lane)
        if row is None:
            raise _absent(scope, reach, key, owned)
        shown = await ready.showing.one(lane, row, ready.values)
    except LaneError:
        return None
    return None if shown is None else CompiledRow(*shown)


def _absent(scope: Scope, reach: Reach, key: tuple[Any, ...] | None, owned: Belongs | None) -> NotFoundError:
    if key is None and owned is not None:
        return nothing_at(scope, owned)
    return absent(reach.resource, write_key(key or ()))


def _place(scope: Scope, reach: Reach) -> Place | None:
    if reach.limits.max_cost is not None:
        return None
    return place_of(reach.resource, scope.home(reach.resource))
