"""The users' own routes beside generated ones: whether one of them answers instead.

Neighbours(app.router).replace(route)      # True when a user's own has the same path and method
OwnRoutes.of(scope).answer("/posts/{id}", scope)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from fastapi import APIRouter, FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

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
        self._version: object = None
        self._answered: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def on(cls, router: APIRouter) -> Neighbours:
        """Those of a router, one object for all of its generated routes."""
        known = (getattr(route, "among", None) for route in reversed(router.routes))
        return next((one for one in known if one is not None), None) or cls(router)

    def replace(self, route: Placed) -> bool:
        """Whether one of them has the same path and method."""
        routes = self._router.routes
        version = _version(routes)
        if version != self._version:
            own = _own(routes)
            shapes = ((_shape(one.path_format), method) for one in own for method in one.methods or ())
            self._version, self._answered = version, frozenset(shapes)
        return any((_shape(route.path_format), method) in self._answered for method in route.methods or ())


class OwnRoutes:
    """The routes of an application that Portico did not make."""

    _known: WeakKeyDictionary[FastAPI, OwnRoutes] = WeakKeyDictionary()

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self.version = _version(routes)
        self.routes = list(_own(routes))

    @classmethod
    def of(cls, scope: Scope) -> OwnRoutes:
        """Those of the application that a request is for; read again when routes were added."""
        app: FastAPI = scope["app"]
        found = cls._known.get(app)
        if found is None or found.version != _version(app.routes):
            found = cls._known[app] = cls(app.routes)
        return found

    def answer(self, path_format: str, scope: Scope) -> bool:
        """Whether one of them answers this request and is at least as definite about its path."""
        return any(
            _as_definite(route.path_format or "", path_format) and route.matches(scope)[0] is Match.FULL
            for route in self.routes
        )


def _version(routes: Sequence[BaseRoute]) -> object:
    """What changes when routes are added; all of them would be too many to look at for each request."""
    return (len(routes), id(routes[0]), id(routes[-1])) if routes else None


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
