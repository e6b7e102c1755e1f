"""The application's exception handlers around what is answered without its router.

    guard = Guard.around(app)      # app: what stands behind the innermost middleware; None if unknown
    await guard.around_call(raising(error), request)(scope, receive, send)

What goes wrong passes the very handlers that FastAPI built, at the two levels where FastAPI asks them.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from fastapi import APIRouter, Request
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette._exception_handler import wrap_app_handling_exceptions  # what its routes use
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class Guard:
    """The exception handlers of one application."""

    def __init__(self, handling: ExceptionMiddleware, router: APIRouter) -> None:
        self._handling = handling
        self.router = router

    @classmethod
    def around(cls, app: Any) -> Guard | None:
        """That of the application behind a middleware; None when anything else stands in between."""
        inner: Any = app.app if type(app) is ExceptionMiddleware else None
        router: Any = inner.app if type(inner) is AsyncExitStackMiddleware else None
        # A router may have a middleware of its own, such as a limit of bodies.
        if type(router) is not APIRouter or router.middleware_stack != router.app:
            return None
        return cls(app, router)

    def around_call(self, inner: ASGIApp, request: Request) -> ASGIApp:
        """An application that does what another does, with the handlers around it."""

        async def handled(scope: Scope, receive: Receive, send: Send) -> None:
            await wrap_app_handling_exceptions(inner, request)(scope, receive, send)

        made = copy(self._handling)
        made.app = handled
        return made


def raising(error: Exception) -> ASGIApp:
    """An application that fails as something else has."""

    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise error

    return fail
