"""List and get: parse, run, render.

reading_operations(door, posts)     # listPosts on /posts, getPost on /posts/{id}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request, Response

from portico._kernel.doors import register_doors
from portico._kernel.naming import with_article
from portico.resources import (
    Belongs,
    ListPlan,
    Page,
    Reach,
    Resource,
    RowPlan,
    Scope,
    closed_paths,
    compiled_page,
    compiled_row,
    get_only,
    get_related,
    get_row,
    list_rows,
    shown_by,
)
from portico.rest.caching import caching_headers
from portico.rest.documentation import include_parameter, key_parameter, pascal, singular
from portico.rest.door import Door
from portico.rest.preconditions import ETAG_HEADER, if_none_match_parameter, tag_of, unless_known
from portico.rest.reply import written_json
from portico.web import Lazy, told

from .operation import READS, Endpoint, Operation, endpoint, key_asked, key_name, key_path
from .plans import list_plans, row_plans


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
            summary=f"Get {with_article(title)}",
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
    plans = list_plans(dialect, reach)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan, scope = plans.of(request), door.scope(principal)
        page, items = await shown_page(scope, reach, plan)
        return dialect.page(request, plan, page, items).with_headers(told(headers)).response()

    return endpoint(answer, door)


def get_endpoint(door: Door, resource: Resource) -> Endpoint:
    """One row."""
    reach: Reach = door.reach(resource)
    headers = Lazy(lambda: caching_headers(door, resource))
    plans = row_plans(reach)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan, scope = plans.of(request), door.scope(principal)
        shown, tag = await shown_row(scope, reach, key_asked(resource, request), plan)
        reply = door.dialect_of(resource).row(shown)
        return unless_known(request, reply, tag, told(headers)).response()

    return endpoint(answer, door)


async def shown_page(scope: Scope, reach: Reach, plan: ListPlan) -> tuple[Page, Any]:
    """A page, and its rows as they are shown."""
    compiled = await compiled_page(scope, reach, plan)
    if compiled is not None:
        return compiled.page, written_json(compiled.items)
    page = await list_rows(scope, reach, plan)
    closed = closed_paths(scope, reach, plan.include)
    return page, list(map(shown_by(scope.resources, reach.resource, plan, closed), page.items))


async def shown_row(
    scope: Scope, reach: Reach, key: tuple[Any, ...] | None, plan: RowPlan, owned: Belongs | None = None
) -> tuple[Any, str]:
    """A row as it is shown, and its tag: by its key, or the only one that belongs to another row."""
    compiled = await compiled_row(scope, reach, key, plan, owned)
    if compiled is not None:
        return written_json(compiled.content), f'"{compiled.tag}"'
    resource = reach.resource
    row = await _row(scope, reach, key, plan, owned)
    closed = closed_paths(scope, reach, plan.include)
    shown = shown_by(scope.resources, resource, plan, closed)(row)
    whole = not plan.include and plan.fields is None and not resource.computes
    return shown, tag_of(resource, row, None if whole else shown)


async def _row(
    scope: Scope, reach: Reach, key: tuple[Any, ...] | None, plan: RowPlan, owned: Belongs | None
) -> Any:
    if owned is None:
        return await get_row(scope, reach, key or (), plan.include)
    if key is None:
        return await get_only(scope, reach, owned, plan.include)
    return await get_related(scope, reach, owned, key, plan.include)


register_doors("rest", reads=["GET /{r}", "GET /{r}/{key}"])
