"""A description in the form that FastAPI's own document takes.

For routers that are included by hand and for applications with an `openapi` of their own: the same operations
in FastAPI's words, without shared components.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from portico.web.problems import MEDIA_TYPE, Problem

from .description import PROBLEMS, Description, told

_NO_BODY = frozenset({204, 304})


def replies_of(said: Description) -> dict[int | str, dict[str, Any]]:
    """The replies by status, types under ``model``."""
    found: dict[int | str, dict[str, Any]] = {said.status: success_of(said)}
    problem = {MEDIA_TYPE: {"schema": _inline_problem()}}
    for status in sorted(said.problems):
        found[status] = {"description": PROBLEMS[status][1], "content": problem}
    for status, more in told(said.replies).items():
        found[int(status)] = {**found.get(int(status), {}), **more}
    return found


def success_of(said: Description) -> dict[str, Any]:
    """What is answered when all went well."""
    model = told(said.answers)
    found: dict[str, Any] = {"description": HTTPStatus(said.status).phrase}
    if model is not None and said.status not in _NO_BODY:
        found["model"] = model
    if headers := told(said.headers):
        found["headers"] = headers
    return found


def extras_of(said: Description) -> dict[str, Any] | None:
    """The parameters, written as OpenAPI has them."""
    parameters = told(said.parameters)
    return {"parameters": list(parameters)} if parameters else None


def _inline_problem() -> dict[str, Any]:
    schema = Problem.model_json_schema()
    faults = schema.pop("$defs", {}).get("Fault", {})
    schema["properties"]["errors"]["items"] = faults
    return schema
