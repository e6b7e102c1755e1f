"""What generated paths answer to the methods that no route of theirs takes.

router.routes.append(PathMethods([list_route, create_route]))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from fastapi import Response
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from portico.web.context import ASKED_BY_HEAD, request_id_of
from portico.web.problems import http_problem, render

from .generated import GeneratedRoute
from .own import OwnRoutes


class PathMethods(BaseRoute):
    """HEAD, OPTIONS, and 405 with an honest Allow."""

    include_in_schema = False
    is_generated: ClassVar = True

    def __init__(self, routes: Sequence[GeneratedRoute]) -> None:
        self.routes = tuple(routes)
        self.path_format = routes[0].path_format
        named: set[str] = {method for route in routes for method in route.methods or ()}
        self.allowed = sorted(named | {"OPTIONS"} | ({"HEAD"} if "GET" in named else set()))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match whatever the generated routes of this path left over."""
        if scope["type"] != "http" or self.routes[0].matches(scope)[0] is Match.NONE:
            return Match.NONE, {}
        scope = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        if OwnRoutes.of(scope).answer(self.path_format, scope):
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
        scope["method"], scope[ASKED_BY_HEAD] = "GET", True
        _, child = route.matches(scope)
        scope.update(child)

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await route.handle(scope, receive, send_without_body)
