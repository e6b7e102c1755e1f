"""The routes of a resource on any FastAPI router.

    for resource in door.resources:
        add_routes(app.router, door, resource)

List and create on ``/posts``, get, change, replace and delete on ``/posts/{id}``: those that the policy
offers to anybody. The other methods of these paths answer 405 with an ``Allow`` header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, count
from typing import Final, cast

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from portico.resources import Resource
from portico.web import GeneratedRoute, Neighbours, PathMethods

from .describing import describe_operation
from .documentation import pascal
from .door import Door
from .offered import kind_of
from .operations import (
    Operation,
    aggregating_operations,
    bulk_operations,
    exporting_operations,
    incrementing_operations,
    linking_operations,
    mass_operations,
    querying_operations,
    reading_operations,
    relation_operations,
    trash_operations,
    upsert_operations,
    writing_operations,
)

FAMILIES: Final[tuple[Callable[[Door, Resource], Iterable[Operation]], ...]] = (
    reading_operations,
    querying_operations,
    writing_operations,
    incrementing_operations,
    trash_operations,
    aggregating_operations,
    exporting_operations,
    bulk_operations,
    upsert_operations,
    mass_operations,
    relation_operations,
    linking_operations,
)
"""Every family of operations that a resource may have; where two claim one path, the earlier has it."""
_KEYS: Final = re.compile(r"\{[^}]*\}")


def add_routes(router: APIRouter, door: Door, resource: Resource) -> None:
    """Add the routes of one resource to a router."""
    neighbours = Neighbours.on(router)
    by_path: dict[str, list[Operation]] = {}
    families = chain.from_iterable(family(door, resource) for family in FAMILIES)
    offered = (one for one in _first_of_each(families) if _is_offered(resource, one))
    for one in _named(offered, door, neighbours.names):
        by_path.setdefault(one.path, []).append(one)
    # Paths that are fixed win over keys.
    for path in sorted(by_path, key=_definiteness):
        routes = [_made(router, door, resource, one) for one in by_path[path]]
        for route in routes:
            route.among = neighbours
        router.routes.append(PathMethods(routes))


def _is_offered(resource: Resource, operation: Operation) -> bool:
    chosen = resource.kinds_offered
    allowed = operation.needs in resource.operations
    return allowed and (chosen is None or kind_of(resource, operation) in chosen)


def _first_of_each(operations: Iterable[Operation]) -> Iterator[Operation]:
    """One operation for each method and path: a relation that is called as something else yields to it."""
    claimed: set[tuple[str, str]] = set()
    for one in operations:
        spot = (one.method, _KEYS.sub("{}", one.path))
        if spot not in claimed:
            claimed.add(spot)
            yield one


def _definiteness(path: str) -> list[bool]:
    return [step.startswith("{") for step in path.split("/")]


def _made(router: APIRouter, door: Door, resource: Resource, operation: Operation) -> GeneratedRoute:
    more = resource.more_dependencies
    own = more[kind_of(resource, operation)] if more and kind_of(resource, operation) in more else ()
    router.add_api_route(
        f"{door.prefix}/{resource.name}{operation.path}",
        operation.endpoint,
        methods=[operation.method],
        name=operation.verb,
        operation_id=operation.verb,
        summary=operation.summary,
        description=operation.description or resource.description,
        tags=list(operation.tags or resource.tags) or [resource.name],
        status_code=operation.status,
        dependencies=[*door.dependencies, *resource.dependencies, *operation.dependencies, *own],
        route_class_override=GeneratedRoute,
        response_class=operation.response_class or JSONResponse,
    )
    route = cast("GeneratedRoute", router.routes[-1])
    route.described = describe_operation(door, resource, operation)
    route.speak_of_problems = door.speech(resource)
    route.seconds = door.limits.request_seconds
    return route


def _named(operations: Iterable[Operation], door: Door, taken: set[str]) -> Iterator[Operation]:
    """The operations under names that no other has: of another API, or of a table named alike."""
    for one in operations:
        mine = f"{one.verb}Of{pascal(door.prefix)}" if one.verb in taken and door.prefix else one.verb
        free = next(name for name in chain([mine], (f"{mine}{n}" for n in count(2))) if name not in taken)
        taken.add(free)
        yield replace(one, verb=free)
