"""The one table from errors to HTTP: statuses, and bodies as RFC 9457 describes them.

    status_of(NotFoundError("There is no Post '7'."))     # 404
    problem_response(error, request_id="…")               # application/problem+json

No other module knows a status. Bodies carry the plain sentence in ``detail``, the stable ``code``, and in
``errors`` one entry for each field (``pointer``) or parameter (``parameter``) at fault; never SQL, values
or secrets. Errors that are the developer's own (`UsageError`, `ConfigurationError`) are not turned into
replies here: they are raised on, so that they are seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from portico.errors import (
    ConflictError,
    ForbiddenError,
    InvalidCursorError,
    InvalidError,
    InvalidParameterError,
    NoTenantError,
    NotFoundError,
    PlanRefusedError,
    PorticoError,
    PreconditionFailedError,
    PreconditionRequiredError,
    RequestError,
    RetryableError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    UnknownNameError,
    VersionConflictError,
)

from .context import request_id_of

MEDIA_TYPE: Final = "application/problem+json"
STATUS: Final[dict[type[PorticoError], int]] = {
    PorticoError: 500,
    RequestError: 400,
    InvalidCursorError: 400,
    UnauthenticatedError: 401,
    ForbiddenError: 403,
    NoTenantError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    PreconditionFailedError: 412,
    InvalidError: 422,
    PlanRefusedError: 422,
    UnknownNameError: 422,
    PreconditionRequiredError: 428,
    TooManyRequestsError: 429,
    UnavailableError: 503,
}
HANDLED: Final[tuple[type[PorticoError], ...]] = (
    RequestError,
    UnavailableError,
    UnknownNameError,
    NoTenantError,
)
"""The errors that become replies wherever they are raised below a mounted application."""

_ADVISING_PROGRAMS: Final = (NoTenantError, VersionConflictError)
"""The errors whose hint says what a program does: set a tenant, try again. No client could."""


class Fault(BaseModel):
    """One field or parameter that was refused."""

    message: str
    pointer: str | None = Field(default=None, description="JSON Pointer into the body.")
    parameter: str | None = Field(default=None, description="Name of the query parameter.")


class Problem(BaseModel):
    """What went wrong, in the form of RFC 9457."""

    type: str = Field(description="A page about this kind of problem.")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable name of the kind of problem.")
    errors: list[Fault] = Field(default_factory=list[Fault])
    request_id: str


Speech: TypeAlias = "Callable[[Problem], Response | None]"
"""How a route speaks of problems; None leaves it at a problem document."""


def status_of(error: PorticoError) -> int:
    """The status of an error: that of the nearest class in the table."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def problem_of(error: PorticoError, request_id: str) -> Problem:
    """An error as a problem document."""
    status = status_of(error)
    return Problem(
        type=error.docs_url,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=error.message if isinstance(error, _ADVISING_PROGRAMS) else str(error),
        code=error.code,
        errors=_faults(error),
        request_id=request_id,
    )


def http_problem(error: HTTPException, request_id: str) -> Problem:
    """An HTTP exception, of the framework or of a user's dependency, as a problem document."""
    title = HTTPStatus(error.status_code).phrase
    return Problem(
        type="about:blank",
        title=title,
        status=error.status_code,
        detail=_sentence(error.detail, title),
        code=title.lower().replace(" ", "-"),
        request_id=request_id,
    )


def _sentence(detail: object, title: str) -> str:
    # FastAPI's subclass lets any JSON value in.
    return detail if isinstance(detail, str) else title


def render(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem document as a response."""
    # ASCII only: what a client sent may be quoted, and not everything it can send is UTF-8.
    content = json.dumps(problem.model_dump(exclude_none=True)).encode()
    extra = {"X-Request-ID": problem.request_id, "Cache-Control": "no-store", **(headers or {})}
    return Response(content, status_code=problem.status, media_type=MEDIA_TYPE, headers=extra)


def problem_response(error: PorticoError, request: Request) -> Response:
    """The reply to a request that ended in an error."""
    return _spoken(request, problem_of(error, request_id_of(request.scope)), _headers(error))


async def answer_error(request: Request, error: Exception) -> Response:
    """An exception handler for FastAPI: the errors in `HANDLED` become problem documents."""
    if not isinstance(error, HANDLED):
        raise error
    return problem_response(error, request)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """An exception handler for applications of our own: what the framework refuses is a problem as well."""
    if not isinstance(error, HTTPException):
        raise error
    return _spoken(request, http_problem(error, request_id_of(request.scope)), dict(error.headers or {}))


def _spoken(request: Request, problem: Problem, headers: dict[str, str]) -> Response:
    """The problem as the route that was asked speaks of problems: as a document, unless it says otherwise."""
    speak: Speech | None = getattr(request.scope.get("route"), "speak_of_problems", None)
    said = speak(problem) if speak else None
    if said is None:
        return render(problem, headers)
    for name, value in {"X-Request-ID": problem.request_id, **headers}.items():
        said.headers[name] = value
    return said


def _headers(error: PorticoError) -> dict[str, str]:
    if isinstance(error, UnauthenticatedError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooManyRequestsError):
        return {"Retry-After": str(max(1, round(error.retry_after)))}
    if isinstance(error, RetryableError | UnavailableError):
        return {"Retry-After": "1"}
    return {}


def _faults(error: PorticoError) -> list[Fault]:
    if isinstance(error, InvalidParameterError):
        return [Fault(message=error.message, parameter=error.parameter)]
    if isinstance(error, UnknownNameError):
        return [Fault(message=error.message, parameter=error.name)]
    item = getattr(error, "item", None)
    place = "" if item is None else f"/{item}"
    if isinstance(error, InvalidError):
        return [
            Fault(message=message, pointer=place + _pointer(name))
            for name, messages in error.fields.items()
            for message in messages
        ]
    names = error.fields if isinstance(error, ConflictError) else ()
    # What went wrong with one item of a batch is said of the whole item where no field is at fault.
    pointers = [place + _pointer(name) for name in names] or ([place] if place else [])
    return [Fault(message=error.message, pointer=pointer) for pointer in pointers]


def _pointer(name: str) -> str:
    """The JSON Pointer of a field; names inside nested values are joined by slashes already."""
    return "".join("/" + part.replace("~", "~0") for part in name.split("/")) if name else ""


def describe_problem(description: str) -> dict[str, Any]:
    """A documented reply of OpenAPI that is a problem document."""
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
