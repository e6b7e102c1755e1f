"""One operation of the REST door: where it answers, what it needs, what it says in OpenAPI.

    Operation(verb="listPosts", method="GET", needs="read", endpoint=endpoint, summary="List posts",
              statuses=READS, answers=PostsPage)

Families of operations, one module each, are functions from a door and a resource to such descriptions;
`rest.routes` makes routes of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from portico.access import Operation as Right
from portico.resources import Resource, read_key
from portico.rest.door import Door
from portico.web import strict

Endpoint: TypeAlias = Callable[..., Awaitable[Response]]

READS: Final = (401, 403, 422, 503)
BODIES: Final = (400, 401, 403, 409, 413, 415, 422, 503)
"""The statuses that operations without and with a body may answer besides their own."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One route to be; ``path`` stands below the resource's own, ``needs`` is the right that it asks for."""

    verb: str
    method: str
    needs: Right
    endpoint: Endpoint
    summary: str
    statuses: tuple[int, ...]
    path: str = ""
    answers: Any = None
    status: int = 200
    parameters: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    headers: dict[str, Any] = field(default_factory=dict[str, Any])
    tags: tuple[str, ...] = ()
    replies: dict[int | str, dict[str, Any]] = field(default_factory=dict[int | str, dict[str, Any]])
    """More documented replies, or more said of those named in ``statuses``."""


def endpoint(answer: Endpoint, door: Door, body: type[BaseModel] | None = None) -> Endpoint:
    """Give a coroutine function the signature that FastAPI is to see: request, body, principal."""
    parameters = [_parameter("request", Request)]
    if body is not None:
        parameters.append(_parameter("body", Annotated[body, strict(body)]))
    if door.principal is not None:
        parameters.append(_parameter("principal", Any, default=Depends(door.principal)))
    answer.__signature__ = Signature(parameters, return_annotation=Response)  # type: ignore[attr-defined] # pyright: ignore[reportFunctionMemberAccess] -- inspect.signature honours it, the stubs do not know it
    return answer


def key_name(resource: Resource) -> str:
    """What the key is called in paths."""
    alone = len(resource.key) == 1 and resource.key[0].isidentifier()
    return resource.key[0] if alone else "key"


def key_path(resource: Resource) -> str:
    """The path of one row below its resource."""
    return f"/{{{key_name(resource)}}}"


def key_asked(resource: Resource, request: Request) -> tuple[Any, ...]:
    """The key in the path of a request."""
    return read_key(resource, request.path_params[key_name(resource)])


def _parameter(name: str, annotation: Any, *, default: Any = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
