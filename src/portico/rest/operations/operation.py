"""One operation of the REST door: where it answers, what it needs, what it says in OpenAPI.

    Operation(verb="listPosts", method="GET", needs="read", endpoint=endpoint, summary="List posts",
              statuses=READS, answers=PostsPage)

Families of operations, one module each, are functions from a door and a resource to such descriptions;
`rest.routes` makes routes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import cached_property
from inspect import Parameter, Signature
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from portico.access import Operation as Right
from portico.resources import Resource, read_key
from portico.rest.door import Door
from portico.web import Lazy, acted, strict, told, within_tenant

Endpoint: TypeAlias = Callable[..., Coroutine[Any, Any, Response]]

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
    """A type that Pydantic knows, or a `Lazy` one."""
    status: int = 200
    parameters: list[dict[str, Any]] | Lazy = field(default_factory=list[dict[str, Any]])
    headers: dict[str, Any] = field(default_factory=dict[str, Any])
    tags: tuple[str, ...] = ()
    replies: dict[int | str, dict[str, Any]] | Lazy = field(default_factory=dict[int | str, dict[str, Any]])
    """More documented replies, or more said of those named in ``statuses``."""
    description: str | None = None
    """What there is to say besides the summary; None for what the class says of itself."""
    dependencies: tuple[Any, ...] = ()
    """Those of other resources that it opens."""
    body_rules: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the schema of the body says here besides what it says everywhere."""
    response_class: type[Response] | None = None
    """What the bytes travel in, where that is no JSON."""
    components: dict[str, Any] | Lazy = field(default_factory=dict[str, Any])
    """Schemas by name that its parameters and replies refer to as ``#/components/schemas/NAME``."""


def endpoint(
    answer: Endpoint,
    door: Door,
    body: type[BaseModel] | Lazy | None = None,
    *,
    reading: Any = None,
    optional: bool = False,
) -> Endpoint:
    """Give a coroutine function the signature that FastAPI is to see: request, body, principal, tenant.

    ``reading`` is the whole annotation of a body that is more, or less, than one strict object.
    """
    return Declared(answer, door, body, reading=reading, optional=optional)


class Declared:
    """A coroutine function with a signature that is worked out when its first request comes."""

    def __init__(
        self,
        answer: Endpoint,
        door: Door,
        body: type[BaseModel] | Lazy | None,
        *,
        reading: Any,
        optional: bool,
    ) -> None:
        told_of = acted(answer)
        self.answer = told_of if door.tenant is None else within_tenant(told_of)
        self._body, self._reading = body, reading
        self.optional = optional
        asked = {"principal": door.principal, "tenant": door.tenant}
        self._asked = {name: one for name, one in asked.items() if one is not None}
        self.dependencies: tuple[Any, ...] = tuple(self._asked.values())
        self.__name__ = getattr(answer, "__name__", "answer")

    async def __call__(self, **given: Any) -> Response:
        """Answer a request."""
        return await self.answer(**given)

    @property
    def body(self) -> Any:
        """The type of the body, as documents show it; None where there is none."""
        return told(self._body if self._reading is None else self._reading)

    @cached_property
    def __signature__(self) -> Signature:
        parameters = [_parameter("request", Request)]
        if self._reading is not None:
            default = None if self.optional else Parameter.empty
            parameters.append(_parameter("body", told(self._reading), default=default))
        elif self._body is not None:
            parameters.append(_parameter("body", Annotated[self.body, strict(self.body)]))
        parameters += [_parameter(name, Any, default=Depends(one)) for name, one in self._asked.items()]
        return Signature(parameters, return_annotation=Response)


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
