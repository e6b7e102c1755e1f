"""List and get: parse, run, render.

reading_operations(door, posts)     # listPosts on /posts, getPost on /posts/{id}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request, Response

from portico.resources import Reach, Resource, document, get_row, list_rows, parse_row, tree_of
from portico.rest.documentation import include_parameter, key_parameter, pascal, singular
from portico.rest.door import Door
from portico.web import asked_of

from .operation import READS, Endpoint, Operation, endpoint, key_asked, key_name, key_path


def reading_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations that read rows of a resource."""
    title, dialect = singular(door.resources, resource), door.dialect_of(resource)
    yield Operation(
        verb=f"list{pascal(resource.name)}",
        method="GET",
        needs="read",
        endpoint=list_endpoint(door, resource),
        summary=f"List {resource.name}",
        answers=dialect.page_schema(resource),
        statuses=READS,
        parameters=dialect.list_parameters(door.reach(resource)),
        headers=dialect.page_headers,
    )
    if resource.key:
        yield Operation(
            verb=f"get{pascal(title)}",
            method="GET",
            path=key_path(resource),
            needs="read",
            endpoint=get_endpoint(door, resource),
            summary=f"Get a {title}",
            answers=resource.schemas.read,
            statuses=(404, *READS),
            parameters=[
                key_parameter(resource, key_name(resource)),
                *include_parameter(door.resources, resource),
            ],
        )


def list_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A page of rows."""
    reach, dialect = door.reach(resource), door.dialect_of(resource)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = dialect.list_plan(reach, asked_of(request))
        page = await list_rows(door.scope(principal), reach, plan)
        tree = tree_of(include.path for include in plan.include)
        items = [document(door.resources, resource, row, tree) for row in page.items]
        return dialect.page(request, plan, page, items).response()

    return endpoint(answer, door)


def get_endpoint(door: Door, resource: Resource) -> Endpoint:
    """One row."""
    reach: Reach = door.reach(resource)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = parse_row(reach, asked_of(request))
        row = await get_row(door.scope(principal), resource, key_asked(resource, request), plan.include)
        tree = tree_of(include.path for include in plan.include)
        return door.dialect_of(resource).row(document(door.resources, resource, row, tree)).response()

    return endpoint(answer, door)
