"""Pages by one statement: which shape a page has, what is bound to it, and where it stands.

ready = ready_page(scope, reach, plan, place)        # None: the general path serves it
rows = await lane.fetch(ready.shape.shape, ready.arguments)
ready.kept(rows), ready.page(rows)                   # the rows of the page, and where it stands
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from portico.db.compiled import Slots
from portico.db.query.statements import PageShape, Paging, page_shape
from portico.resources.grammar import ListPlan, Reach
from portico.resources.reading import Counted, Page, Stand, bound_to
from portico.resources.scope import Scope

from .asking import Asked, bound, question_of
from .documents import Showing, first_shaped, page_showings, usual
from .places import Place

Row: TypeAlias = "Sequence[Any]"
Made: TypeAlias = "tuple[PageShape, Showing]"


class EmptyPageError(Exception):
    """The page has no rows to say what a row would have said."""


@dataclass(frozen=True, slots=True)
class ReadyPage:
    """A page that can be asked for."""

    reach: Reach
    plan: ListPlan
    shape: PageShape
    showing: Showing
    values: list[Any]
    arguments: list[Any]
    stand: Stand

    def kept(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows that are shown, in their order: one more was asked for."""
        shown = rows[: self.plan.limit] if len(rows) > self.plan.limit else rows
        return shown[::-1] if self.shape.backwards else shown

    def page(self, rows: Sequence[Row], kept: Sequence[Row]) -> Page:
        """Where the page stands; EmptyPageError where another statement has to tell."""
        plan = self.plan
        more = len(rows) > plan.limit
        count, counted = self._count(rows)
        behind = self._is_behind(rows)
        if self.shape.backwards:
            before, after = more, behind
        else:
            before, after = behind or bool(plan.offset and rows), more
        previous = following = None
        if before or after:
            ends = self._ends(kept, before=before, after=after)
            previous, following = self.stand.neighbours(ends, before=before, after=after)
        further = plan.offset + plan.limit
        return Page(
            list(kept),
            count,
            counted,
            after,
            next=following,
            prev=previous,
            next_offset=further if after and further <= self.reach.limits.max_offset else None,
        )

    def _ends(self, kept: Sequence[Row], *, before: bool, after: bool) -> list[tuple[Any, ...]]:
        """The places of the first and of the last row, where a page lies beyond them."""
        places = self.shape.places
        if not kept or not places:
            return []
        rows = (kept[0], kept[-1]) if before and after else (kept[0 if before else -1],)
        return [tuple([row[i] for i in places]) for row in rows]

    def _is_behind(self, rows: Sequence[Row]) -> bool:
        if self.shape.behind is None:
            return False
        if not rows:
            raise EmptyPageError
        return bool(rows[0][self.shape.behind])

    def _count(self, rows: Sequence[Row]) -> tuple[int | None, Counted]:
        plan, place = self.plan, self.shape.counted
        if place is None:
            return None, "none"
        if plan.cursor is None and len(rows) <= plan.limit and (rows or not plan.offset):
            return plan.offset + len(rows), "exact"
        if not rows:
            raise EmptyPageError
        number, cap = int(rows[0][place]), self.reach.limits.counted
        if plan.count == "exact" or number <= cap:
            return number, "exact"
        return cap, "capped"


def ready_page(scope: Scope, reach: Reach, plan: ListPlan, place: Place) -> ReadyPage | None:
    """A page with what is bound to its statement; it raises what the general path would raise."""
    question = question_of(place, scope, reach, plan)
    asked = Asked(scope, question)

    def cursors_bound() -> str:
        passed = question.passed
        if passed.order_said is None:
            passed.order_said = place.order_said(plan.order)
        return bound_to(
            scope, reach.resource, question.filter_said(), passed.order_said, personal=passed.personal
        )

    stand = Stand(scope, plan, reach.resource, cursors_bound, can_seek=place.can_seek)
    values = [*asked.values, plan.limit + 1, plan.offset]
    start = len(values)
    sought: Hashable = None
    if stand.cursor is not None:
        at = stand.cursor
        values.extend(at.position)
        sought = at.backwards, at.inclusive, tuple([value is None for value in at.position])
    counted = _counted(plan)
    most = reach.limits.counted if counted == "capped" else None
    kept = question.pages if question.passed.settled else None
    near = counted, most, sought
    made: Made | None = None if kept is None else kept.get(near)
    if made is None:
        key = "page", asked.key, usual(plan.limit), bool(plan.offset), *near
        making = _Making(place, reach, plan, stand, counted)
        made = place.shapes.take(key, lambda: making.shape(asked, Slots(values), start))
        if made is None:
            return None
        if kept is not None:
            kept[near] = made
    shape, showing = made
    return ReadyPage(reach, plan, shape, showing, values, bound(shape.shape, values), stand)


def _counted(plan: ListPlan) -> str | None:
    return (
        None if plan.count == "none" or (plan.count == "capped" and plan.cursor is not None) else plan.count
    )


@dataclass(frozen=True, slots=True)
class _Making:
    """How a shape of a page is made, once for all its values."""

    place: Place
    reach: Reach
    plan: ListPlan
    stand: Stand
    counted: str | None

    def shape(self, asked: Asked, slots: Slots, start: int) -> Made | None:
        built = asked.build(slots)
        listed = built.listed
        if self.stand.cursor is not None:
            at = self.stand.cursor
            position = [None if one is None else slots[start + i] for i, one in enumerate(at.position)]
            listed = listed.seek(position, backwards=at.backwards, inclusive=at.inclusive)
        number = start - 2
        paging = Paging(
            limit=slots[number] if usual(self.plan.limit) is None else self.plan.limit + 1,
            offset=slots[number + 1] if self.plan.offset else None,
            counted=self._counted(built.chosen),
            placed=self.place.can_seek,
        )

        def shape(showing: Showing) -> PageShape | None:
            wanted = replace(paging, around=showing.around)
            return page_shape(listed.state, showing.attributes, slots, self.place.database, wanted)

        return first_shaped(page_showings(self.place, built.level, slots), shape)

    def _counted(self, chosen: Any) -> Any:
        if self.counted is None:
            return None
        return (chosen if self.counted == "exact" else chosen.limit(self.reach.limits.counted + 1)).state
