"""Exceptions of the application as problem documents.

    Portico(db, errors={OutOfStock: ErrorReply(status=409, code="out-of-stock"), Unpaid: 402})

The detail is the text of the exception, so that it should be fit for clients. Raises `ConfigurationError` for
what is no exception class, for those that mean everything, and for a status that is no error.
Guide: docs/how-to/hooks.md.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from portico.errors import ConfigurationError

from .context import request_id_of
from .problems import Problem, render

Headers: TypeAlias = Mapping[str, str]
Handler: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]
_TOO_WIDE: Final = (Exception, BaseException, HTTPException)
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, kw_only=True)
class ErrorReply:
    """How an exception of the application is answered; without a code that is made of the class's name."""

    status: int
    code: str | None = None
    headers: Headers | Callable[[Any], Headers] = field(default_factory=dict[str, str])
    """Further headers, or a function from the exception to them."""


OwnErrors: TypeAlias = Mapping[type[Exception], ErrorReply | int]


def handlers_of(errors: OwnErrors) -> dict[type[Exception], Handler]:
    """An exception handler for FastAPI for each of the application's own errors."""
    return {kind: _handler(reply) for kind, reply in replies_of(errors).items()}


def replies_of(errors: OwnErrors) -> dict[type[Exception], ErrorReply]:
    """What was said of each of the application's own errors, with every entry checked."""
    return {kind: _checked(kind, said) for kind, said in errors.items()}


def own_problem(reply: ErrorReply, error: Exception, request_id: str) -> Problem:
    """One of the application's own errors as a problem document."""
    title = HTTPStatus(reply.status).phrase
    name = type(error).__name__.strip("_").removesuffix("Error")
    return Problem(
        type="about:blank",
        title=title,
        status=reply.status,
        detail=str(error) or title,
        code=reply.code or _CAPITAL.sub("-", name).lower(),
        request_id=request_id,
    )


def _checked(kind: Any, said: ErrorReply | int) -> ErrorReply:
    reply = ErrorReply(status=said) if isinstance(said, int) else said
    if not (isinstance(kind, type) and issubclass(kind, Exception)) or kind in _TOO_WIDE:
        raise ConfigurationError(
            f"Portico(errors=...): {kind!r} cannot be registered.", hint="Name exception classes of your own."
        )
    if reply.status not in {one.value for one in HTTPStatus if one >= HTTPStatus.BAD_REQUEST}:
        raise ConfigurationError(
            f"Portico(errors=...): {kind.__name__} has the status {reply.status}, which is no error.",
            hint="Say one between 400 and 599.",
        )
    return reply


def _handler(reply: ErrorReply) -> Handler:
    async def answer(request: Request, error: Exception) -> Response:
        problem = own_problem(reply, error, request_id_of(request.scope))
        more = reply.headers(error) if callable(reply.headers) else reply.headers
        return render(problem, dict(more))

    return answer
