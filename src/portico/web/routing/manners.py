"""How generated routes answer, whichever way a request came to them.

    await politely(request, work, seconds=30.0)

A time limit, problem documents for what goes wrong, and the user's own handlers before ours.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from fastapi import Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope

from portico.errors import PorticoError
from portico.web.deadlines import within
from portico.web.problems import HANDLED, answer_error, answer_http_error, problem_response
from portico.web.validation import invalid


async def politely(request: Request, work: Awaitable[Response], seconds: float | None) -> Response:
    """The answer, or the problem; raises what the application has a handler of its own for."""
    try:
        if seconds is None:
            return await work
        with within(seconds):
            return await work
    except RequestValidationError as error:
        return _refused(request, invalid(error))
    except PorticoError as error:
        return _refused(request, error)
    except HTTPException as error:
        if _has_own_handler(request, error):
            raise
        return await answer_http_error(request, error)


class ParsedRequest(Request):
    """A request whose JSON was read already."""

    def __init__(self, scope: Scope, receive: Receive, value: Any) -> None:
        super().__init__(scope, receive)
        self._value = value

    async def body(self) -> bytes:
        """Something, which is never looked at."""
        # FastAPI asks only whether there is one before it asks for its JSON.
        return b"null"

    async def json(self) -> Any:
        """The value that was read."""
        return self._value


def has_body(request: Request) -> bool:
    """Whether a body was announced."""
    headers = request.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0").strip() != "0"


def _refused(request: Request, error: PorticoError) -> Response:
    """A problem document, unless the application has a handler for it or it is the developer's own error."""
    handlers: dict[Any, Any] = request.app.exception_handlers
    handled = [kind for kind in type(error).__mro__ if kind in handlers]
    ours = not any(issubclass(kind, PorticoError) for kind in handled) or handlers[handled[0]] is answer_error
    if ours and isinstance(error, HANDLED):
        return problem_response(error, request)
    raise error


def _has_own_handler(request: Request, error: HTTPException) -> bool:
    """Whether the user said how HTTP errors look: then that holds for generated routes too."""
    handlers: dict[Any, Any] = request.app.exception_handlers
    return error.status_code in handlers or handlers.get(HTTPException) is not http_exception_handler
