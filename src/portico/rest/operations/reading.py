"""List and get: parse, run, render.

reading_operations(door, posts)     # listPosts on /posts, getPost on /posts/{id}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request, Response

from portico.resources import Reach, Resource, get_row, list_rows, parse_row, shown_by
from portico.rest.caching import caching_headers
from portico.rest.documentation import include_parameter, key_parameter, pascal, singular
from portico.rest.door import Door
from portico.rest.preconditions import ETAG_HEADER, if_none_match_parameter, tag_of, unless_known
from portico.web import Lazy, asked_of, told

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
        answers=Lazy(lambda: door.page_schema(resource)),
        statuses=(400, *READS),
        parameters=Lazy(lambda: dialect.list_parameters(door.reach(resource))),
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
            answers=Lazy(lambda: resource.schemas.read),
            statuses=(400, 404, *READS),
            parameters=Lazy(
                lambda: [
                    key_parameter(resource, key_name(resource)),
                    *include_parameter(door.resources, resource),
                    if_none_match_parameter(),
                ]
            ),
            headers=ETAG_HEADER,
            replies={304: {"description": "What the client has is still what it would get."}},
        )


def list_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A page of rows."""
    reach, dialect = door.reach(resource), door.dialect_of(resource)
    headers = Lazy(lambda: caching_headers(door, resource))

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = dialect.list_plan(reach, asked_of(request))
        page = await list_rows(door.scope(principal), reach, plan)
        items = list(map(shown_by(door.resources, resource, plan), page.items))
        return dialect.page(request, plan, page, items).with_headers(told(headers)).response()

    return endpoint(answer, door)


def get_endpoint(door: Door, resource: Resource) -> Endpoint:
    """One row."""
    reach: Reach = door.reach(resource)
    headers = Lazy(lambda: caching_headers(door, resource))

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = parse_row(reach, asked_of(request))
        row = await get_row(door.scope(principal), reach, key_asked(resource, request), plan.include)
        shown = shown_by(door.resources, resource, plan)(row)
        reply = door.dialect_of(resource).row(shown).with_headers(told(headers))
        whole = not plan.include and plan.fields is None and not resource.computes
        return unless_known(request, reply, tag_of(resource, row, None if whole else shown)).response()

    return endpoint(answer, door)
