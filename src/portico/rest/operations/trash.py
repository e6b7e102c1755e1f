"""The trash of a resource that keeps its deleted rows: look into it, restore a row, remove one for good.

trash_operations(door, posts)     # listDeletedPosts, getDeletedPost, restorePost, purgePost
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fastapi import Request, Response

from portico._kernel.doors import register_doors
from portico.resources import (
    Resource,
    closed_paths,
    get_row,
    list_rows,
    purge_row,
    refuse_all,
    restore_row,
    shown_by,
)
from portico.rest.caching import trash_headers
from portico.rest.documentation import include_parameter, key_parameter, pascal, singular
from portico.rest.door import Door
from portico.rest.idempotency import KEY_PARAMETER, performed
from portico.rest.preconditions import ETAG_HEADER, match_of, tag_of
from portico.rest.preferences import MINIMAL, ROLLBACK, prefer_parameter
from portico.web import Lazy, asked_of, told

from .operation import READS, Endpoint, Operation, endpoint, key_asked, key_name, key_path
from .plans import list_plans, row_plans
from .writing import MINIMAL_REPLY, conditional, on_one_parameters, written

TRASH: Final = "/trash"


def trash_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations on deleted rows, where somebody may see them."""
    if not resource.key or "trash" not in resource.operations:
        return
    title, dialect = singular(door.resources, resource), door.dialect_of(resource)
    yield Operation(
        verb=f"listDeleted{pascal(resource.name)}",
        method="GET",
        path=TRASH,
        needs="trash",
        endpoint=_list_endpoint(door, resource),
        summary=f"List deleted {resource.name}",
        answers=Lazy(lambda: door.page_schema(resource)),
        statuses=(400, *READS),
        parameters=Lazy(lambda: dialect.list_parameters(door.reach(resource))),
        headers=dialect.page_headers,
    )
    yield Operation(
        verb=f"getDeleted{pascal(title)}",
        method="GET",
        path=f"{TRASH}{key_path(resource)}",
        needs="trash",
        endpoint=_get_endpoint(door, resource),
        summary=f"Get a deleted {title}",
        answers=Lazy(lambda: resource.schemas.read),
        statuses=(400, 404, *READS),
        parameters=Lazy(
            lambda: [
                key_parameter(resource, key_name(resource)),
                *include_parameter(door.resources, resource),
            ]
        ),
        headers=ETAG_HEADER,
    )
    yield from _changing(door, resource, title)


def _changing(door: Door, resource: Resource, title: str) -> Iterator[Operation]:
    dialect = door.dialect_of(resource)
    if "update" in resource.operations:
        yield Operation(
            verb=f"restore{pascal(title)}",
            method="POST",
            path=f"{key_path(resource)}/restore",
            needs="trash",
            endpoint=_restore_endpoint(door, resource),
            summary=f"Restore a deleted {title}",
            answers=dialect.written_schema(resource),
            statuses=(400, 401, 403, 404, 409, *conditional(resource), 422, 503),
            parameters=[*on_one_parameters(resource), KEY_PARAMETER, prefer_parameter(MINIMAL, ROLLBACK)],
            headers=ETAG_HEADER,
            replies=MINIMAL_REPLY,
        )
    yield Operation(
        verb=f"purge{pascal(title)}",
        method="DELETE",
        path=f"{TRASH}{key_path(resource)}",
        needs="purge",
        endpoint=_purge_endpoint(door, resource),
        summary=f"Remove a deleted {title} for good",
        answers=dialect.deleted_schema(resource),
        status=dialect.deleted_status,
        statuses=(400, 401, 403, 404, 409, *conditional(resource), 422, 503),
        parameters=[*on_one_parameters(resource), prefer_parameter(ROLLBACK)],
    )


def _list_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A page of deleted rows, asked for as a page of the others."""
    reach, dialect = door.reach(resource), door.dialect_of(resource)
    headers = Lazy(lambda: trash_headers(door, resource))
    plans = list_plans(dialect, reach)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan, scope = plans.of(request), door.scope(principal)
        page = await list_rows(scope, reach, plan, "trash")
        closed = closed_paths(scope, reach, plan.include)
        items = list(map(shown_by(scope.resources, resource, plan, closed), page.items))
        return dialect.page(request, plan, page, items).with_headers(told(headers)).response()

    return endpoint(answer, door)


def _get_endpoint(door: Door, resource: Resource) -> Endpoint:
    """One deleted row."""
    reach = door.reach(resource)
    headers = Lazy(lambda: trash_headers(door, resource))
    plans = row_plans(reach)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan, scope = plans.of(request), door.scope(principal)
        row = await get_row(scope, reach, key_asked(resource, request), plan.include, "trash")
        closed = closed_paths(scope, reach, plan.include)
        shown = shown_by(scope.resources, resource, plan, closed)(row)
        whole = not plan.include and plan.fields is None and not resource.computes
        reply = door.dialect_of(resource).row(shown)
        tag = tag_of(resource, row, None if whole else shown)
        return reply.with_headers({**told(headers), "ETag": tag}).response()

    return endpoint(answer, door)


def _restore_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A deleted row that is there again."""

    async def answer(request: Request, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, key, match = door.scope(principal), key_asked(resource, request), match_of(request, resource)

        async def work() -> Response:
            return written(door, resource, request, await restore_row(scope, resource, key, match))

        return await performed(request, scope, resource, work)

    return endpoint(answer, door)


def _purge_endpoint(door: Door, resource: Resource) -> Endpoint:
    """The end of a deleted row."""

    async def answer(request: Request, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, key, match = door.scope(principal), key_asked(resource, request), match_of(request, resource)

        async def work() -> Response:
            await purge_row(scope, resource, key, match)
            return door.dialect_of(resource).deleted(resource, key).response()

        return await performed(request, scope, resource, work)

    return endpoint(answer, door)


register_doors(
    "rest",
    reads=["GET /{r}/trash", "GET /{r}/trash/{key}"],
    writes=["POST /{r}/{key}/restore", "DELETE /{r}/trash/{key}"],
    passes=["deleted"],
)
