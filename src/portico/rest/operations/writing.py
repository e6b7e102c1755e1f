"""Create, change, replace and delete one row: parse, run, render.

writing_operations(door, posts)     # createPost, updatePost, replacePost, deletePost
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from fastapi import Request, Response
from pydantic import BaseModel

from portico._kernel.doors import register_doors
from portico._kernel.naming import with_article
from portico.db.models import key_of
from portico.resources import (
    Resource,
    WrittenRow,
    compiled_change,
    compiled_create,
    compiled_remove,
    delete_row,
    document,
    own_includes,
    refuse_all,
    replace_row,
    replacing_values,
    sent_values,
    tree_of,
    write_key,
)
from portico.rest.documentation import key_parameter, pascal, singular
from portico.rest.door import Door
from portico.rest.idempotency import KEY_PARAMETER, performed
from portico.rest.nested import changing, create_reading, creating, nested_dependencies, update_reading
from portico.rest.preconditions import ETAG_HEADER, if_match_parameter, match_of, tag_of
from portico.rest.preferences import MINIMAL, ROLLBACK, mark_applied, prefer_parameter, preferences_of
from portico.rest.reply import Reply, path_of, written_json
from portico.web import Lazy, asked_of

from .operation import BODIES, Endpoint, Operation, endpoint, key_asked, key_name, key_path

Change: TypeAlias = Callable[..., Awaitable[Any]]
Said: TypeAlias = Callable[[BaseModel, tuple[Any, ...]], dict[str, Any]]
"""The values that a body gives a row, whose key the path names."""
MINIMAL_REPLY: Final[dict[int | str, dict[str, Any]]] = {
    204: {"description": "Done; the body was not wanted (`Prefer: return=minimal`)."}
}


def writing_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations that write one row of a resource."""
    title, dialect = singular(door.resources, resource), door.dialect_of(resource)
    yield Operation(
        verb=f"create{pascal(title)}",
        method="POST",
        needs="create",
        endpoint=create_endpoint(door, resource),
        dependencies=nested_dependencies(door, resource),
        summary=f"Create {with_article(title)}",
        answers=dialect.written_schema(resource),
        status=dialect.created_status,
        statuses=BODIES,
        parameters=[KEY_PARAMETER, prefer_parameter(MINIMAL, ROLLBACK)],
        headers={
            "Location": {"schema": {"type": "string"}, "description": "Where the new row is."},
            **(ETAG_HEADER if resource.key else {}),
        },
    )
    if resource.key:
        yield from _on_one(door, resource)


def _on_one(door: Door, resource: Resource) -> Iterator[Operation]:
    title, dialect = singular(door.resources, resource), door.dialect_of(resource)
    put = update_endpoint if dialect.partial_put else replace_endpoint
    for verb, method, made, summary in (
        ("update", "PATCH", update_endpoint(door, resource), f"Change what is sent of {with_article(title)}"),
        ("replace", "PUT", put(door, resource), f"Replace {with_article(title)}"),
    ):
        yield Operation(
            verb=f"{verb}{pascal(title)}",
            method=method,
            path=key_path(resource),
            needs="update",
            endpoint=made,
            dependencies=nested_dependencies(door, resource),
            summary=summary,
            answers=dialect.written_schema(resource),
            statuses=(404, *conditional(resource), *BODIES),
            parameters=[*on_one_parameters(resource), prefer_parameter(MINIMAL, ROLLBACK)],
            headers=ETAG_HEADER,
            replies=MINIMAL_REPLY,
        )
    yield Operation(
        verb=f"delete{pascal(title)}",
        method="DELETE",
        path=key_path(resource),
        needs="delete",
        endpoint=delete_endpoint(door, resource),
        summary=f"Delete {with_article(title)}",
        answers=dialect.deleted_schema(resource),
        status=dialect.deleted_status,
        statuses=(400, 401, 403, 404, 409, *conditional(resource), 422, 503),
        parameters=[*on_one_parameters(resource), prefer_parameter(ROLLBACK)],
    )


def conditional(resource: Resource) -> tuple[int, ...]:
    """The statuses of a write that may be meant for one state of a row only."""
    return (412, 428) if resource.require_if_match else (412,)


def on_one_parameters(resource: Resource) -> list[dict[str, Any]]:
    """The key, and the state that the write is meant for."""
    return [key_parameter(resource, key_name(resource)), if_match_parameter(resource)]


def create_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A new row: 201, where it is, and what it is."""
    create = creating(door, resource)

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope = door.scope(principal)

        async def work() -> Response:
            made_at = path_of(request)
            compiled = None if resource.nested else await compiled_create(scope, resource, body)
            if compiled is not None:
                return _compiled(door, resource, request, compiled, made_at)
            row = await create(scope, resource, body)
            return written(door, resource, request, row, made_at=made_at)

        return await performed(request, scope, resource, work)

    if resource.nested:
        return endpoint(answer, door, reading=Lazy(lambda: create_reading(door, resource)))
    return endpoint(answer, door, Lazy(lambda: resource.schemas.create))


def update_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A change of what is sent."""
    body = Lazy(lambda: resource.schemas.update)
    change = changing(door, resource)
    if resource.nested:
        reading = Lazy(lambda: update_reading(door, resource))
        return _changing(door, resource, change, body, reading=reading)
    return _changing(door, resource, change, body)


def replace_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A change of everything: what is not sent goes back to its default."""

    def said(sent: BaseModel, key: tuple[Any, ...]) -> dict[str, Any]:
        return replacing_values(resource, sent_values(resource, sent), key)

    return _changing(door, resource, replace_row, Lazy(lambda: resource.schemas.create), said)


def _changing(  # noqa: PLR0913 -- two ways to read a body, and two to write the row
    door: Door,
    resource: Resource,
    change: Change,
    body_type: Lazy,
    said: Said | None = None,
    *,
    reading: Lazy | None = None,
) -> Endpoint:
    """``said`` is what a body means where that is more than its fields; ``reading`` one about more rows."""

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, key, match = door.scope(principal), key_asked(resource, request), match_of(request, resource)

        async def work() -> Response:
            if reading is None and match is None:
                compiled = await compiled_change(scope, resource, key, body, said)
                if compiled is not None:
                    return _compiled(door, resource, request, compiled)
            return written(door, resource, request, await change(scope, resource, key, body, match))

        return await performed(request, scope, resource, work)

    return endpoint(answer, door, body_type, reading=reading)


def delete_endpoint(door: Door, resource: Resource) -> Endpoint:
    """The end of a row."""

    async def answer(request: Request, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, key, match = door.scope(principal), key_asked(resource, request), match_of(request, resource)

        async def work() -> Response:
            if match is not None or not await compiled_remove(scope, resource, key):
                await delete_row(scope, resource, key, match)
            return door.dialect_of(resource).deleted(resource, key).response()

        return await performed(request, scope, resource, work)

    return endpoint(answer, door)


def written(
    door: Door, resource: Resource, request: Request, row: Any, *, made_at: str | None = None
) -> Response:
    """The answer to a write of one row: the row with its tag, and where it is when it is new."""
    shown = document(door.resources, resource, row, tree_of(one.path for one in own_includes(resource)))
    key = key_of(row) if resource.key else ()
    tag = tag_of(resource, row, shown if resource.embedded or resource.computes else None) if key else None
    reply = door.dialect_of(resource).written(resource, shown, key, made=made_at is not None)
    return _answered(request, reply, key, tag, made_at)


def _compiled(
    door: Door, resource: Resource, request: Request, row: WrittenRow, made_at: str | None = None
) -> Response:
    """The same answer, of a row that is JSON already."""
    shown = written_json(row.content)
    reply = door.dialect_of(resource).written(resource, shown, row.key, made=made_at is not None)
    return _answered(request, reply, row.key, f'"{row.tag}"', made_at)


def _answered(
    request: Request, reply: Reply, key: tuple[Any, ...], tag: str | None, made_at: str | None
) -> Response:
    headers: dict[str, str] = {}
    if key and tag is not None:
        headers["ETag"] = tag
    if made_at is not None and key:
        headers["Location"] = f"{made_at}/{_segment(key)}"
    if not preferences_of(request).minimal:
        return reply.response(headers)
    bare = Reply(status=reply.status if made_at is not None else 204, headers=reply.headers)
    return mark_applied(bare.response(headers), MINIMAL)


def _segment(key: tuple[Any, ...]) -> str:
    """A key in an address."""
    if len(key) == 1 and type(key[0]) is int:
        return str(key[0])
    return quote(write_key(key), safe=",~")


register_doors("rest", writes=["POST /{r}", "PATCH /{r}/{key}", "PUT /{r}/{key}", "DELETE /{r}/{key}"])
