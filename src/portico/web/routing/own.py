"""The users' own routes beside generated ones: whether one of them answers instead.

Neighbours(app.router).replace(route)      # True when a user's own has the same path and method
OwnRoutes.of(scope).answer("/posts/{id}", scope)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

from fastapi import APIRouter, FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from .shapes import may_meet, shape_of, shape_of_route

_PARAMETER: Final = re.compile(r"\{[^}]*\}")


class Placed(Protocol):
    """A route with a path and methods."""

    path_format: str
    methods: Any


class Neighbours:
    """The users' own routes on a router, by what they answer; ``names`` are those of generated operations."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self.names: set[str] = set()
        self._seen: Snapshot | None = None
        self._answered: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def on(cls, router: APIRouter) -> Neighbours:
        """Those of a router, one object for all of its generated routes."""
        known = (getattr(route, "among", None) for route in reversed(router.routes))
        return next((one for one in known if one is not None), None) or cls(router)

    def replace(self, route: Placed) -> bool:
        """Whether one of them has the same path and method."""
        routes = self._router.routes
        if self._seen is None or not self._seen.holds(routes):
            self._seen = Snapshot(routes)
            own = _own(routes)
            shapes = ((_shape(one.path_format), method) for one in own for method in one.methods or ())
            self._answered = frozenset(shapes)
        return any((_shape(route.path_format), method) in self._answered for method in route.methods or ())


class OwnRoutes:
    """The routes of an application that Portico did not make."""

    _KEPT_AS: Final = "_portico_own_routes"

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self.seen = Snapshot(routes)
        self._routes = [(route, shape_of_route(route.original_route, route)) for route in _own(routes)]
        self._rivals: dict[str, tuple[RouteContext, ...]] = {}

    @classmethod
    def of(cls, scope: Scope) -> OwnRoutes:
        """Those of the application that a request is for; read again when routes were added."""
        app: FastAPI = scope["app"]
        found: OwnRoutes | None = vars(app).get(cls._KEPT_AS)
        if found is None or not found.seen.holds(app.routes):
            found = vars(app)[cls._KEPT_AS] = cls(app.routes)
        return found

    def rivals(self, path_format: str) -> tuple[RouteContext, ...]:
        """Those that may answer instead of a generated path, being at least as definite about theirs."""
        found = self._rivals.get(path_format)
        if found is None:
            shape = shape_of(path_format)
            found = self._rivals[path_format] = tuple(
                route
                for route, its in self._routes
                if may_meet(its, shape) and _as_definite(route.path_format or "", path_format)
            )
        return found

    def answer(self, path_format: str, scope: Scope) -> bool:
        """Whether one of them answers this request and is at least as definite about its path."""
        return any(route.matches(scope)[0] is Match.FULL for route in self.rivals(path_format))


class Snapshot:
    """The routes of an application as they were; says whether they still are, without a look at each.

    Adding and taking away is noticed, in included routers too; putting another route in the place of one
    that is neither the first nor the last is not.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes
        self._ends = (routes[0], routes[-1]) if routes else ()
        self._length = len(routes)
        self._included = list(_included(routes))
        self._lengths = [*map(len, self._included)]

    def holds(self, routes: Sequence[BaseRoute]) -> bool:
        """Whether they are the same."""
        if routes is not self._routes or len(routes) != self._length:
            return False
        if self._ends and (routes[0] is not self._ends[0] or routes[-1] is not self._ends[1]):
            return False
        return not self._included or [*map(len, self._included)] == self._lengths


def _included(routes: Sequence[BaseRoute]) -> Iterator[Sequence[BaseRoute]]:
    """The lists of the routers that were included, and of those that these include."""
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is not None:
            yield router.routes
            yield from _included(router.routes)


def _own(routes: Sequence[BaseRoute]) -> Iterator[RouteContext]:
    """The user's routes, those of included routers in their final form."""
    for context in iter_route_contexts(routes):
        if not getattr(context.original_route, "is_generated", False):
            yield context


def _shape(path_format: str | None) -> str:
    return _PARAMETER.sub("{}", path_format or "")


def _as_definite(own: str, generated: str) -> bool:
    """Whether a user's path has a name wherever the generated one has, as far as both go."""
    for mine, ours in zip(own.strip("/").split("/"), generated.strip("/").split("/"), strict=False):
        if mine.startswith("{") and not ours.startswith("{"):
            return False
    return bool(own)
