"""Which requests are answered without FastAPI's router, decided before anything was read or sent.

    dispatcher = Dispatcher.before(app)        # None where something unknown stands behind the middleware
    entry = dispatcher.entry_for(scope)        # None: the router has to look
    app = await dispatcher.answer(entry, request)

Raises nothing of its own: an error of the endpoint becomes an application that raises it where the handlers
of the user's application are.
"""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response
from starlette._utils import get_route_path  # the very function of the routes
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.types import ASGIApp, Scope

from portico.web.routing.generated import without_slash

from .entry import Entry
from .guard import Guard, raising
from .table import Table

_SPANS: Final = "fastapi.telemetry"
"""Where FastAPI keeps its own tracing of routes, dependencies and endpoints."""


class Dispatcher:
    """The table of one application, and when it is asked."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._table: Table | None = None

    @classmethod
    def before(cls, app: ASGIApp) -> Dispatcher | None:
        """The dispatcher for a middleware that has the given application behind it."""
        guard = Guard.around(app)
        return None if guard is None else cls(guard)

    def entry_for(self, scope: Scope) -> Entry | None:
        """The entry that answers a request, after which the scope is as the router would leave it."""
        router = self._guard.router
        if scope["app"].dependency_overrides or scope.get(_SPANS) or MAX_BODY_SIZE_SCOPE_KEY in scope:
            return None
        table = self._table
        if table is None or not table.holds(router.routes):
            table = self._table = Table(router.routes)
        found = table.find(scope["method"], get_route_path(without_slash(scope)))
        if found is None or not found[0].takes(scope):
            return None
        entry, values = found
        scope.setdefault("router", router)
        before = scope.get("path_params")
        scope["path_params"] = {**before, **values} if before else values
        scope["endpoint"], scope["route"] = entry.endpoint, entry.route
        return entry

    async def answer(self, entry: Entry, request: Request) -> ASGIApp:
        """What sends the answer: plain responses themselves, all else within the application's handlers."""
        try:
            response = await entry.answer(request)
        except Exception as error:
            return self._guard.around_call(raising(error), request)
        return response if _is_plain(response) else self._guard.around_call(response, request)


def _is_plain(response: Response) -> bool:
    """Whether a response is bytes that are there already, so that nothing can go wrong any more."""
    return type(response).__call__ is Response.__call__ and response.background is None
