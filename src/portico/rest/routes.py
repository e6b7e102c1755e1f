"""The routes of a resource on any FastAPI router.

    for resource in door.resources:
        add_routes(app.router, door, resource)

List and create on ``/posts``, get, change, replace and delete on ``/posts/{id}``: those that the policy
offers to anybody. The other methods of these paths answer 405 with an ``Allow`` header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, count
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from portico.resources import Resource
from portico.web import GeneratedRoute, Neighbours, PathMethods, Problem

from .documentation import pascal, replies
from .door import Door
from .operations import Operation, reading_operations, writing_operations

FAMILIES: Final[tuple[Callable[[Door, Resource], Iterable[Operation]], ...]] = (
    reading_operations,
    writing_operations,
)
"""Every family of operations that a resource may have."""
# FastAPI puts a schema into the document when a field of some route has it; this is such a field, under a
# status that no route documents.
_PROBLEM = APIRoute("/", lambda: None, responses={599: {"model": Problem}}).response_fields


def add_routes(router: APIRouter, door: Door, resource: Resource) -> None:
    """Add the routes of one resource to a router."""
    taken = {route.operation_id or "" for route in router.routes if isinstance(route, GeneratedRoute)}
    by_path: dict[str, list[Operation]] = {}
    for family in FAMILIES:
        for one in _named(family(door, resource), door, taken):
            by_path.setdefault(one.path, []).append(one)
    # Paths that are fixed win over keys.
    for path in sorted(by_path, key=_definiteness):
        _add(router, door, resource, path, by_path[path])


def _definiteness(path: str) -> list[bool]:
    return [step.startswith("{") for step in path.split("/")]


def _add(
    router: APIRouter, door: Door, resource: Resource, path: str, operations: Iterable[Operation]
) -> None:
    offered = [one for one in operations if one.needs in resource.operations]
    for one in offered:
        _add_operation(router, door, resource, path, one)
    made = router.routes[len(router.routes) - len(offered) :]
    generated = [route for route in made if isinstance(route, GeneratedRoute)]
    neighbours = Neighbours(router)
    for route in generated:
        route.among = neighbours
        route.speak_of_problems = door.speech(resource)
        route.response_fields = {**route.response_fields, **_PROBLEM}
    if generated:
        router.routes.append(PathMethods(generated))


def _add_operation(
    router: APIRouter, door: Door, resource: Resource, path: str, operation: Operation
) -> None:
    schema = door.dialect_of(resource).problem_schema
    problems = {**replies(*sorted(operation.statuses), schema=schema), **operation.replies}
    if operation.headers:
        problems[operation.status] = {**problems.get(operation.status, {}), "headers": operation.headers}
    router.add_api_route(
        f"{door.prefix}/{resource.name}{path}",
        operation.endpoint,
        methods=[operation.method],
        name=operation.verb,
        operation_id=operation.verb,
        summary=operation.summary,
        description=resource.description,
        tags=list(operation.tags or resource.tags) or [resource.name],
        status_code=operation.status,
        response_model=operation.answers,
        responses=problems,
        dependencies=[*door.dependencies, *resource.dependencies],
        openapi_extra={"parameters": operation.parameters} if operation.parameters else None,
        route_class_override=GeneratedRoute,
    )


def _named(operations: Iterable[Operation], door: Door, taken: set[str]) -> Iterator[Operation]:
    """The operations under names that no other has: of another API, or of a table named alike."""
    for one in operations:
        mine = f"{one.verb}Of{pascal(door.prefix)}" if one.verb in taken and door.prefix else one.verb
        free = next(name for name in chain([mine], (f"{mine}{n}" for n in count(2))) if name not in taken)
        taken.add(free)
        yield replace(one, verb=free)
