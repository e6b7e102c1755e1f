"""Routes that were generated: they answer with and without a trailing slash, and yield to a user's own.

    router.add_api_route("/posts", list_posts, route_class_override=GeneratedRoute)
    router.routes.append(PathMethods("/posts", [list_route, create_route]))

A user's own route of the same path and method wins, whether it was declared before or after. One that is
declared after and only *could* mean the same (``/{anything}``, a catch-all mount) does not: it has a
parameter where the generated path has a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from .bodies import read_json
from .context import request_id_of
from .problems import Speech, answer_http_error, http_problem, render
from .validation import invalid

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_PARAMETER: Final = re.compile(r"\{[^}]*\}")
_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})


class GeneratedRoute(APIRoute):
    """An API route made by Portico: strict bodies, problem documents, and good manners."""

    among: Neighbours | None = None
    """The other routes of its router, which may stand in front of this one."""
    speak_of_problems: Speech | None = None
    """How its client is told of problems; None for problem documents."""
    _documented = True

    @property
    def include_in_schema(self) -> bool:
        """Whether OpenAPI shows it: not where a user's own route answers instead."""
        return self._documented and not (self.among and self.among.replace(self))

    @include_in_schema.setter
    def include_in_schema(self, value: bool) -> None:  # pyright: ignore[reportIncompatibleVariableOverride] -- routes added later change it
        self._documented = value

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match both slash forms, unless a route of the user's own answers the same request."""
        match, child = super().matches(_without_slash(scope))
        if match is Match.FULL and _OwnRoutes.of(scope).answer(self.path_format, scope):
            return Match.NONE, {}
        return match, child

    def get_route_handler(self) -> Handler:
        """The handler of FastAPI with our reading of bodies before it and our errors after it."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                if request.method in _BODY_METHODS:
                    value = await read_json(request)
                    request = _ParsedRequest(request.scope, request.receive, value)
                return await handle(request)
            except RequestValidationError as error:
                raise invalid(error) from None
            except HTTPException as error:
                if _has_own_handler(request, error):
                    raise
                return await answer_http_error(request, error)

        return answer


class _ParsedRequest(Request):
    """A request whose JSON was read already."""

    def __init__(self, scope: Scope, receive: Receive, value: Any) -> None:
        super().__init__(scope, receive)
        self._value = value

    async def body(self) -> bytes:
        # FastAPI asks only whether there is one before it asks for its JSON.
        return b"null"

    async def json(self) -> Any:
        return self._value


class PathMethods(BaseRoute):
    """What generated paths answer to the other methods: HEAD, OPTIONS, and 405 with an honest Allow."""

    include_in_schema = False

    def __init__(self, routes: Sequence[GeneratedRoute]) -> None:
        self.routes = tuple(routes)
        self.path_format = routes[0].path_format
        named = {method for route in routes for method in route.methods or ()}
        self.allowed = sorted(named | {"OPTIONS"} | ({"HEAD"} if "GET" in named else set()))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match whatever the generated routes of this path left over."""
        if scope["type"] != "http" or self.routes[0].matches(scope)[0] is Match.NONE:
            return Match.NONE, {}
        scope = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        if _OwnRoutes.of(scope).answer(self.path_format, scope):
            return Match.NONE, {}
        return Match.FULL, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer HEAD as GET without its body, OPTIONS with what is allowed, and the rest with 405."""
        if scope["method"] == "HEAD" and "HEAD" in self.allowed:
            await self._head(scope, receive, send)
            return
        allow = {"Allow": ", ".join(self.allowed)}
        if scope["method"] == "OPTIONS":
            response = Response(status_code=204, headers=allow)
        else:
            error = HTTPException(405, f"{scope['method']} is not allowed here.")
            response = render(http_problem(error, request_id_of(scope)), allow)
        await response(scope, receive, send)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = next(route for route in self.routes if "GET" in (route.methods or ()))
        scope["method"] = "GET"
        _, child = route.matches(scope)
        scope.update(child)

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await route.handle(scope, receive, send_without_body)


def _shape(path_format: str | None) -> str:
    return _PARAMETER.sub("{}", path_format or "")


class Neighbours:
    """The users' own routes on a router, by what they answer."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._version: tuple[int, ...] = ()
        self._answered: frozenset[tuple[str, str]] = frozenset()

    def replace(self, route: GeneratedRoute) -> bool:
        """Whether one of them has the same path and method."""
        version = _version(self._router.routes)
        if version != self._version:
            own = _own(self._router.routes)
            shapes = ((_shape(one.path_format), method) for one in own for method in one.methods or ())
            self._version, self._answered = version, frozenset(shapes)
        return any((_shape(route.path_format), method) in self._answered for method in route.methods or ())


class _OwnRoutes:
    """The routes of an application that Portico did not make."""

    _known: WeakKeyDictionary[FastAPI, _OwnRoutes] = WeakKeyDictionary()

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self.version = _version(routes)
        self.routes = list(_own(routes))

    @classmethod
    def of(cls, scope: Scope) -> _OwnRoutes:
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


def _version(routes: Sequence[BaseRoute]) -> tuple[int, ...]:
    return tuple(map(id, routes))


def _own(routes: Sequence[BaseRoute]) -> Iterator[RouteContext]:
    """The user's routes, those of included routers in their final form."""
    for context in iter_route_contexts(routes):
        if not isinstance(context.original_route, GeneratedRoute | PathMethods):
            yield context


def _as_definite(own: str, generated: str) -> bool:
    """Whether a user's path has a name wherever the generated one has, as far as both go."""
    for mine, ours in zip(own.strip("/").split("/"), generated.strip("/").split("/"), strict=False):
        if mine.startswith("{") and not ours.startswith("{"):
            return False
    return bool(own)


def _without_slash(scope: Scope) -> Scope:
    path, root = scope["path"], scope.get("root_path", "").rstrip("/")
    if scope["type"] != "http" or path in ("/", f"{root}/") or not path.endswith("/"):
        return scope
    return {**scope, "path": path.rstrip("/") or "/"}


def _has_own_handler(request: Request, error: HTTPException) -> bool:
    """Whether the user said how HTTP errors look: then that holds for generated routes too."""
    handlers: dict[Any, Any] = request.app.exception_handlers
    return error.status_code in handlers or handlers.get(HTTPException) is not http_exception_handler
