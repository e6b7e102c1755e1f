"""The routes of a resource on any FastAPI router.

    for resource in door.resources:
        add_routes(app.router, door, resource)

List and create on ``/posts``, get, change, replace and delete on ``/posts/{id}``: those that the policy
offers to anybody. The other methods of these paths answer 405 with an ``Allow`` header.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel, create_model

from portico.access import Operation
from portico.resources import Resource
from portico.web import GeneratedRoute, Neighbours, PathMethods, Problem

from .documentation import include_parameter, key_parameter, list_parameters, pascal, replies, singular
from .door import Door
from .endpoints import (
    Endpoint,
    create_endpoint,
    delete_endpoint,
    get_endpoint,
    list_endpoint,
    replace_endpoint,
    update_endpoint,
)
from .pages import PageInfo

_READS = (401, 403, 422, 503)
_BODIES = (400, 401, 403, 409, 413, 415, 422, 503)
# FastAPI puts a schema into the document when a field of some route has it; this is such a field, under a
# status that no route documents.
_PROBLEM = APIRoute("/", lambda: None, responses={599: {"model": Problem}}).response_fields


@dataclass(frozen=True, kw_only=True)
class _Operation:
    """One route to be."""

    verb: str
    method: str
    needs: Operation
    endpoint: Endpoint
    summary: str
    statuses: tuple[int, ...]
    answers: Any = None
    status: int = 200
    parameters: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    headers: dict[str, Any] = field(default_factory=dict[str, Any])


def add_routes(router: APIRouter, door: Door, resource: Resource) -> None:
    """Add the routes of one resource to a router."""
    path = f"{door.prefix}/{resource.name}"
    taken = {route.operation_id or "" for route in router.routes if isinstance(route, GeneratedRoute)}
    _add(router, door, resource, path, _named(_on_all(door, resource), door, taken))
    if resource.key:
        name = resource.key[0] if len(resource.key) == 1 and resource.key[0].isidentifier() else "key"
        _add(router, door, resource, f"{path}/{{{name}}}", _named(_on_one(door, resource, name), door, taken))


def _on_all(door: Door, resource: Resource) -> list[_Operation]:
    title, text = singular(door.resources, resource), {"type": "string"}
    return [
        _Operation(
            verb=f"list{pascal(resource.name)}",
            method="GET",
            needs="read",
            endpoint=list_endpoint(door, resource),
            summary=f"List {resource.name}",
            answers=_page_schema(resource),
            statuses=_READS,
            parameters=list_parameters(door.resources, resource, door.limits),
            headers={
                "Link": {"schema": text, "description": "The neighbouring pages."},
                "X-Total-Count": {"schema": {"type": "integer"}, "description": "When the count is exact."},
            },
        ),
        _Operation(
            verb=f"create{pascal(title)}",
            method="POST",
            needs="create",
            endpoint=create_endpoint(door, resource),
            summary=f"Create a {title}",
            answers=resource.schemas.read,
            status=201,
            statuses=_BODIES,
            headers={"Location": {"schema": text, "description": "Where the new row is."}},
        ),
    ]


def _on_one(door: Door, resource: Resource, name: str) -> list[_Operation]:
    key = key_parameter(resource, name)
    title, read = singular(door.resources, resource), resource.schemas.read
    reading = _Operation(
        verb=f"get{pascal(title)}",
        method="GET",
        needs="read",
        endpoint=get_endpoint(door, resource),
        summary=f"Get a {title}",
        answers=read,
        statuses=(404, *_READS),
        parameters=[key, *include_parameter(door.resources, resource)],
    )
    ending = _Operation(
        verb=f"delete{pascal(title)}",
        method="DELETE",
        needs="delete",
        endpoint=delete_endpoint(door, resource),
        summary=f"Delete a {title}",
        status=204,
        statuses=(401, 403, 404, 409, 422, 503),
        parameters=[key],
    )
    changing = [
        _Operation(
            verb=f"{verb}{pascal(title)}",
            method=method,
            needs="update",
            endpoint=endpoint,
            summary=summary,
            answers=read,
            statuses=(404, *_BODIES),
            parameters=[key],
        )
        for verb, method, endpoint, summary in (
            ("update", "PATCH", update_endpoint(door, resource), f"Change what is sent of a {title}"),
            ("replace", "PUT", replace_endpoint(door, resource), f"Replace a {title}"),
        )
    ]
    return [reading, *changing, ending]


def _add(
    router: APIRouter, door: Door, resource: Resource, path: str, operations: Iterable[_Operation]
) -> None:
    offered = [one for one in operations if one.needs in resource.operations]
    for one in offered:
        _add_operation(router, door, resource, path, one)
    made = router.routes[len(router.routes) - len(offered) :]
    generated = [route for route in made if isinstance(route, GeneratedRoute)]
    neighbours = Neighbours(router)
    for route in generated:
        route.among = neighbours
        route.response_fields = {**route.response_fields, **_PROBLEM}
    if generated:
        router.routes.append(PathMethods(generated))


def _add_operation(
    router: APIRouter, door: Door, resource: Resource, path: str, operation: _Operation
) -> None:
    problems = replies(*sorted(operation.statuses))
    if operation.headers:
        problems[operation.status] = {"headers": operation.headers}
    router.add_api_route(
        path,
        operation.endpoint,
        methods=[operation.method],
        name=operation.verb,
        operation_id=operation.verb,
        summary=operation.summary,
        description=resource.description,
        tags=list(resource.tags) or [resource.name],
        status_code=operation.status,
        response_model=operation.answers,
        responses=problems,
        dependencies=[*door.dependencies, *resource.dependencies],
        openapi_extra={"parameters": operation.parameters} if operation.parameters else None,
        route_class_override=GeneratedRoute,
    )


def _named(operations: Iterable[_Operation], door: Door, taken: set[str]) -> Iterator[_Operation]:
    """The operations under names that no other has: of another API, or of a table named alike."""
    for one in operations:
        mine = f"{one.verb}Of{pascal(door.prefix)}" if one.verb in taken and door.prefix else one.verb
        free = next(name for name in chain([mine], (f"{mine}{n}" for n in count(2))) if name not in taken)
        taken.add(free)
        yield replace(one, verb=free)


def _page_schema(resource: Resource) -> type[BaseModel]:
    items: Any = list[resource.schemas.read]  # type: ignore[name-defined] # pyright: ignore[reportInvalidTypeForm] -- made at run time
    made: type[BaseModel] = create_model(
        f"{resource.title}Page",
        items=(items, ...),
        page=(PageInfo, ...),
        __module__=resource.model.__module__,
    )
    return made
