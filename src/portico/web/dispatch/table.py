"""Paths of generated routes, step by step: which of them a request is for.

    table = Table(app.routes)
    table.find("GET", "/posts/7")      # (entry, {"id": "7"}), or None where FastAPI has to look itself

A path is looked up in as many steps as it has, however many routes there are. Whether a route may be
answered from here is worked out when its first request comes: that no route in front of it could match (or
which ones have to be asked), and that its endpoint needs nothing but what `needs_of` knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from portico.web.routing import GeneratedRoute, PathMethods
from portico.web.routing.own import OwnRoutes
from portico.web.routing.shapes import ANY, REST, Shape, may_meet, shape_of, shape_of_route

from .entry import Entry, Rival
from .needs import needs_of

Found: TypeAlias = tuple[Entry, dict[str, str]]


class _Place:
    """A path as far as it has been walked, with the steps that lead on."""

    __slots__ = ("any", "closed", "entries", "routes", "steps")

    def __init__(self) -> None:
        self.steps: dict[str, _Place] = {}
        self.any: _Place | None = None
        self.routes: dict[str, tuple[int, GeneratedRoute]] = {}
        self.entries: dict[str, Entry | None] = {}
        self.closed = False

    def go(self, step: str) -> _Place:
        """The place behind a step of a shape."""
        if step != ANY:
            return self.steps.setdefault(step, _Place())
        if self.any is None:
            self.any = _Place()
        return self.any

    def walk(self, steps: Iterable[str]) -> tuple[_Place, list[str]] | None:
        """Where steps lead from here, and those among them that are parameters."""
        place, values = self, list[str]()
        for step in steps:
            known = place.steps.get(step)
            if known is None:
                known = place.any
                if known is None or not step:
                    return None
                values.append(step)
            place = known
        return place, values


class Table:
    """The generated routes among those of one application."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._own = OwnRoutes(routes)
        self._all = [(route, tuple(_shapes(route))) for route in routes]
        self._root = _Place()
        self._known = {"": self._root}
        """Places by the paths that lead there without a parameter."""
        for position, (route, shapes) in enumerate(self._all):
            if isinstance(route, GeneratedRoute | PathMethods) and REST not in shapes[0]:
                self._put(position, route, shapes[0])

    def holds(self, routes: Sequence[BaseRoute]) -> bool:
        """Whether the routes are still those that it was made of."""
        return self._own.seen.holds(routes)

    def find(self, method: str, path: str) -> Found | None:
        """The entry for a path and a method, and the parameters in the path."""
        # Most paths are a name, or a name and a key.
        head, slash, last = path.rpartition("/")
        place = self._known.get(head)
        if place is None:
            start, *steps = path.split("/")
            found = None if start else self._root.walk(steps)
        else:
            found = place.walk((last,)) if slash else None
        if found is None:
            return None
        place, values = found
        entry = place.entries.get(method) or self._entry(place, method)
        return None if entry is None else (entry, dict(zip(entry.names, values, strict=True)))

    def _put(self, position: int, route: GeneratedRoute | PathMethods, shape: Shape) -> None:
        place = self._root
        for number, step in enumerate(shape, start=1):
            place = place.go(step)
            if ANY not in shape[:number]:
                self._known["".join([f"/{one}" for one in shape[:number]])] = place
        if isinstance(route, PathMethods):
            # It answers whatever its routes left over, so that nothing behind it is reached.
            place.closed = True
        elif not place.closed:
            for method in route.methods or ():
                place.routes.setdefault(method, (position, route))

    def _entry(self, place: _Place, method: str) -> Entry | None:
        if method not in place.entries:
            if method not in place.routes:
                return None
            position, route = place.routes[method]
            needs = needs_of(route)
            rivals = (*self._before(position), *self._own.rivals(route.path_format))
            place.entries[method] = None if needs is None else Entry(route, needs, rivals)
        return place.entries[method]

    def _before(self, position: int) -> Iterator[Rival]:
        """The routes that FastAPI asks first and that could match the same request."""
        (shape,) = self._all[position][1]
        for route, shapes in self._all[:position]:
            if any(may_meet(one, shape) for one in shapes) and not (
                isinstance(route, GeneratedRoute | PathMethods) and _is_passed_by(shapes[0], shape)
            ):
                yield route


def _shapes(route: BaseRoute) -> Iterator[Shape]:
    """The shapes of a route; of an included router, those of all its routes."""
    if isinstance(route, PathMethods):
        yield shape_of(route.path_format, route.routes[0].param_convertors)
    else:
        for context in iter_route_contexts([route]):
            yield shape_of_route(context.original_route, context)


def _is_passed_by(other: Shape, shape: Shape) -> bool:
    """Whether whoever came to the place of a shape knows that the path is not of the other one.

    Known steps are tried before parameters: a request for ``/posts/query`` never comes to ``/posts/{id}``.
    """
    if REST in other:
        return False
    steps = next(((mine, theirs) for mine, theirs in zip(shape, other, strict=True) if mine != theirs), None)
    return steps is None or steps[0] == ANY
