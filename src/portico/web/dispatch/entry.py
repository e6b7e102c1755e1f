"""One generated route in the table: what its endpoint is called with, and who may answer instead.

entry = Entry(route, needs, rivals)
response = await entry.answer(request)
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import Any, Final, TypeAlias

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import RouteContext
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from portico.web.bodies import read_json
from portico.web.routing import GeneratedRoute
from portico.web.routing.manners import ParsedRequest, has_body, politely

from .needs import Needs

Rival: TypeAlias = "BaseRoute | RouteContext"
_REQUEST: Final = ("request",)


class Entry:
    """A generated route that is answered without FastAPI's help."""

    __slots__ = ("_answer", "_dependencies", "_needs", "_rivals", "_seconds", "endpoint", "names", "route")

    def __init__(self, route: GeneratedRoute, needs: Needs, rivals: Iterable[Rival]) -> None:
        self.route = route
        self.names = tuple(route.param_convertors)
        self.endpoint = route.endpoint
        self._answer = needs.answer
        self._seconds = route.seconds
        self._needs = needs
        self._dependencies = needs.dependencies
        self._rivals = tuple(rivals)

    def takes(self, scope: Scope) -> bool:
        """Whether a request is its own: no route in front of it answers, and a body was announced."""
        for rival in self._rivals:
            if rival.matches(scope)[0] is Match.FULL:
                return False
        # What was not announced may still come (HTTP/2); FastAPI's way of reading it stays the only one.
        return not self._needs.body_optional or has_body(Request(scope))

    def answer(self, request: Request) -> Coroutine[Any, Any, Response]:
        """The answer, or the problem; raises what the application has a handler of its own for."""
        needs = self._needs
        alone = needs.body is None and not needs.dependencies and needs.takes == _REQUEST
        work = self._answer(request=request) if alone else self._work(request)
        return politely(request, work, self._seconds)

    async def _work(self, request: Request) -> Response:
        """In the order of FastAPI: the body is read, the dependencies speak, the body is checked."""
        needs, value = self._needs, None
        if needs.body is not None:
            value = await read_json(request)
            request = ParsedRequest(request.scope, request.receive, value)
        given: dict[str, Any] = dict.fromkeys(needs.takes, request)
        for one in self._dependencies:
            given[one.name] = await one.call(**dict.fromkeys(one.takes, request))
        if needs.body is not None:
            given[needs.body.name], faults = needs.body.validate(value, {}, loc=("body",))
            if faults:
                raise RequestValidationError(faults, body=value)
        return await self._answer(**given)
