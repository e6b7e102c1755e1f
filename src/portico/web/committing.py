"""Commit before the reply: a client never reads 2xx for work that was not saved.

    add_committing(app)        # what Portico.mount() does

FastAPI ends a dependency such as ``Depends(db.get_session)`` after the response was sent, so that a commit
that fails comes too late: 201, and nothing stored. The innermost middleware of the application commits the
open sessions of the request when its response is about to start, and answers with the error instead when
that fails. ``Depends(db.get_session, scope="function")`` does the same without it.

Requests to generated routes end here, as a rule: `portico.web.dispatch` says which.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portico.db.dialects import DRIVER_ERRORS, translate
from portico.db.session import Unit
from portico.db.session.context import frames
from portico.errors import ConfigurationError, PorticoError

from .dispatch import Dispatcher


class _CommitFailed(Exception):
    """Ends a response that must not be sent; dependencies see it and roll back."""


class CommitMiddleware:
    """Commits the sessions of ``db.get_session`` when a response starts; answers generated routes itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._dispatcher = Dispatcher.before(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request from the table, or pass it on; watch for the start of its response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        app, dispatcher = self.app, self._dispatcher
        if dispatcher is not None and (entry := dispatcher.entry_for(scope)) is not None:
            app = await dispatcher.answer(entry, Request(scope, receive, send))
            if isinstance(app, Response) and not (frames.stack() and any(_open_sessions())):
                await app(scope, receive, send)
                return
        await _committing(app, scope, receive, send)


async def _committing(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    async def commit_first(message: Message) -> None:
        if message["type"] == "http.response.start":
            await _commit_open_sessions()
        await send(message)

    try:
        await app(scope, receive, commit_first)
    except _CommitFailed as failed:
        error = failed.__cause__
        if not isinstance(error, PorticoError):
            raise
        await _answer(error, scope, receive, send)


def add_committing(app: FastAPI) -> None:
    """Put the middleware innermost, once."""
    if app.middleware_stack is not None:
        raise ConfigurationError(
            "The application has started already.", hint="Mount the API before the first request."
        )
    present: list[object] = [middleware.cls for middleware in app.user_middleware]
    if CommitMiddleware not in present:
        # Starlette runs the last of this list innermost; add_middleware() puts new ones before it.
        app.user_middleware.append(Middleware(CommitMiddleware))


def _open_sessions() -> Iterator[Unit]:
    for unit in reversed(frames.stack()):
        if isinstance(unit, Unit) and not unit.managed and not unit.closed:
            yield unit


async def _commit_open_sessions() -> None:
    for unit in _open_sessions():
        try:
            # Not `unit.session`: a stream may start in a task of its own, which the owner awaits.
            await unit._session.commit()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- see above
        except DRIVER_ERRORS as error:
            raise _CommitFailed from _translated(error)
        except PorticoError as error:
            raise _CommitFailed from error


def _translated(error: BaseException) -> PorticoError:
    made = translate(error)
    made.__cause__ = error
    return made


async def _answer(error: PorticoError, scope: Scope, receive: Receive, send: Send) -> None:
    """The reply of the application's own handler for such an error."""
    handlers: dict[Any, Any] = scope["app"].exception_handlers
    handler = next((handlers[cls] for cls in type(error).__mro__ if cls in handlers), None)
    if handler is None:
        raise error
    request = Request(scope, receive)
    made = handler(request, error)
    response = await made if hasattr(made, "__await__") else made
    await response(scope, receive, send)
