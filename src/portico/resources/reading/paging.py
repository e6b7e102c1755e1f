"""Pages that begin where another one ended: from a cursor to a query, and from rows to the next cursors.

    stand = stand_of(scope, reach, plan, query)
    found = await stand.sought(query).limit(plan.limit + 1).placed()
    stand.neighbours(found.positions, before=False, after=True)       # (None, "kV3…")

A cursor belongs to one list: resource, filter, order and, where not everybody sees the same rows, whoever
asks. It says where the list goes on, never which rows may be seen: the policies are asked again on each page.
Raises `InvalidCursorError`, and `PlanRefusedError` where the values at the end of a page are too long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from portico.access import Principal
from portico.db.query import Query
from portico.db.scoping import get_current_tenant
from portico.errors import InvalidCursorError, PlanRefusedError
from portico.resources.description import Resource
from portico.resources.grammar import (
    AllOf,
    AnyOf,
    Belongs,
    Condition,
    Cursor,
    Filter,
    ListPlan,
    Not,
    Path,
    Reach,
    Related,
    Term,
)
from portico.resources.scope import Scope

Position: TypeAlias = "tuple[Any, ...]"


class Stand:
    """Where a page stands in its list; ``bound`` says what its cursors belong to."""

    __slots__ = ("_ask_bound", "_bound", "_signer", "cursor")

    def __init__(
        self, scope: Scope, plan: ListPlan, resource: Resource, bound: Callable[[], str], *, can_seek: bool
    ) -> None:
        self._signer = scope.signer
        self._ask_bound = bound
        self._bound: str | None = None
        self.cursor: Cursor | None = None
        """What the page was asked for by; InvalidCursorError when that is none of ours."""
        if plan.cursor is not None:
            if not can_seek:
                raise InvalidCursorError(
                    f"{resource.name!r} has no key to read on from.", hint="Page by offset."
                )
            self.cursor = self._signer.read(plan.cursor, self._about())

    @property
    def backwards(self) -> bool:
        """Whether the page lies before the cursor."""
        return self.cursor is not None and self.cursor.backwards

    def sought(self, query: Query[Any]) -> Query[Any]:
        """The query from where the page begins."""
        cursor = self.cursor
        if cursor is None:
            return query
        return query.seek(cursor.position, backwards=cursor.backwards, inclusive=cursor.inclusive)

    def neighbours(
        self, positions: Sequence[Position], *, before: bool, after: bool
    ) -> tuple[str | None, str | None]:
        """The cursors of the page before and of the next one, where there are such pages."""
        if not positions:
            return self._turned(backwards=True, wanted=before), self._turned(backwards=False, wanted=after)
        return (
            self._written(Cursor(positions[0], backwards=True)) if before else None,
            self._written(Cursor(positions[-1])) if after else None,
        )

    def _turned(self, *, backwards: bool, wanted: bool) -> str | None:
        """From an empty page back to where the rows are, those at the place itself among them."""
        cursor = self.cursor
        if cursor is None or not wanted or cursor.backwards == backwards:
            return None
        return self._written(Cursor(cursor.position, backwards, inclusive=not cursor.inclusive))

    def _written(self, cursor: Cursor) -> str | None:
        try:
            return self._signer.write(cursor, self._about())
        except ValueError:
            if self.cursor is None:
                return None  # The page itself can be had; the next one by its offset.
            raise PlanRefusedError(
                "The values that this list is sorted by are too long to read on from here.",
                hint="Sort by a shorter field, or page by offset.",
            ) from None

    def _about(self) -> str:
        if self._bound is None:
            self._bound = self._ask_bound()
        return self._bound


def stand_of(scope: Scope, reach: Reach, plan: ListPlan, query: Query[Any]) -> Stand:
    """Where the page of a query stands."""

    def bound() -> str:
        resources = tuple(mentioned(scope, reach, plan))
        order_said = repr(query.order_said)
        return bound_to(scope, resources[0], said(plan.filter), order_said, personal=is_personal(resources))

    return Stand(scope, plan, reach.resource, bound, can_seek=query.can_seek)


def bound_to(scope: Scope, resource: Resource, filter_said: str, order_said: str, *, personal: bool) -> str:
    """What a cursor belongs to, as a text; who asks is a part of it where that is ``personal``.

    The tenant is one wherever it is set: a position in the list of another means nothing, and shows nothing.
    """
    who, tenant = _identity(scope.principal) if personal else None, get_current_tenant()
    whose = "" if tenant is None else f", {tenant!r}"
    return f"({resource.name!r}, {filter_said}, {order_said}, {who!r}{whose})"


def is_personal(resources: Iterable[Resource]) -> bool:
    """Whether not everybody sees the same of a list that mentions these resources."""
    return not all(one.policy.opens("read") for one in resources)


def said(chosen: Filter) -> str:
    """A filter as a text that no other filter has."""
    return repr((tuple(map(_said, chosen.where)), chosen.search, _owned(chosen.within)))


def _said(term: Term) -> tuple[Any, ...]:
    if isinstance(term, Condition):
        return term.path, term.field, term.lookup, term.value
    match term:
        case AllOf(terms):
            return "all", tuple(map(_said, terms))
        case AnyOf(terms):
            return "any", tuple(map(_said, terms))
        case Not(one):
            return "not", _said(one)
        case Related(path, quantifier, one):
            return "related", path, quantifier, _said(one)


def _owned(within: Belongs | None) -> tuple[Any, ...] | None:
    return None if within is None else (within.resource, within.relation, within.key)


def mentioned(scope: Scope, reach: Reach, plan: ListPlan) -> Iterator[Resource]:
    """Every resource whose rows decide about a list: its own, and those that its conditions pass through."""
    yield reach.resource
    if plan.filter.within is not None:
        yield scope.resources[plan.filter.within.resource]
    for order in plan.order:
        yield from _passed(reach, order.path)
    yield from _of_terms(reach, plan.filter.where)


def _of_terms(reach: Reach, terms: Sequence[Term]) -> Iterator[Resource]:
    for term in terms:
        match term:
            case AllOf(inner) | AnyOf(inner):
                yield from _of_terms(reach, inner)
            case Not(one):
                yield from _of_terms(reach, (one,))
            case Related(path, _, one):
                yield from _passed(reach, path)
                yield from _of_terms(Reach(reach.resources, reach.end(path), reach.limits), (one,))
            case _:
                yield from _passed(reach, term.path)


def _passed(reach: Reach, path: Path) -> Iterator[Resource]:
    return (target for _, target in reach.walk(path))


def _identity(principal: Any) -> str:
    """Whoever asks, the same on each request: an id where there is one, else what is known of them."""
    if isinstance(principal, Principal):
        if principal.is_anonymous:
            return repr(sorted(principal.roles))
        return repr((principal.id, principal.is_admin))
    found = getattr(principal, "id", None)
    kind = type(principal).__qualname__
    if found is not None:
        return f"{kind} {found!r}"
    # A repr of `object` is an address, which is another one on the next request.
    shown = repr(principal)
    return kind if shown == object.__repr__(principal) else f"{kind} {shown}"
