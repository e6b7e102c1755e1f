"""Create, change, replace and delete one row: parse, run, render.

writing_operations(door, posts)     # createPost, updatePost, replacePost, deletePost
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from pydantic import BaseModel

from portico.db.models import key_of
from portico.resources import (
    Resource,
    change_row,
    create_row,
    delete_row,
    document,
    own_includes,
    refuse_all,
    replace_row,
    tree_of,
    write_key,
)
from portico.rest.documentation import key_parameter, pascal, singular
from portico.rest.door import Door
from portico.rest.reply import path_of
from portico.web import asked_of

from .operation import BODIES, Endpoint, Operation, endpoint, key_asked, key_name, key_path


def writing_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations that write one row of a resource."""
    title, dialect = singular(door.resources, resource), door.dialect_of(resource)
    yield Operation(
        verb=f"create{pascal(title)}",
        method="POST",
        needs="create",
        endpoint=create_endpoint(door, resource),
        summary=f"Create a {title}",
        answers=dialect.written_schema(resource),
        status=dialect.created_status,
        statuses=BODIES,
        headers={"Location": {"schema": {"type": "string"}, "description": "Where the new row is."}},
    )
    if resource.key:
        yield from _on_one(door, resource)


def _on_one(door: Door, resource: Resource) -> Iterator[Operation]:
    title, dialect = singular(door.resources, resource), door.dialect_of(resource)
    key = key_parameter(resource, key_name(resource))
    put = update_endpoint if dialect.partial_put else replace_endpoint
    for verb, method, made, summary in (
        ("update", "PATCH", update_endpoint(door, resource), f"Change what is sent of a {title}"),
        ("replace", "PUT", put(door, resource), f"Replace a {title}"),
    ):
        yield Operation(
            verb=f"{verb}{pascal(title)}",
            method=method,
            path=key_path(resource),
            needs="update",
            endpoint=made,
            summary=summary,
            answers=dialect.written_schema(resource),
            statuses=(404, *BODIES),
            parameters=[key],
        )
    yield Operation(
        verb=f"delete{pascal(title)}",
        method="DELETE",
        path=key_path(resource),
        needs="delete",
        endpoint=delete_endpoint(door, resource),
        summary=f"Delete a {title}",
        answers=dialect.deleted_schema(resource),
        status=dialect.deleted_status,
        statuses=(401, 403, 404, 409, 422, 503),
        parameters=[key],
    )


def create_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A new row: 201, where it is, and what it is."""

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        row = await create_row(door.scope(principal), resource, body)
        return _written(door, resource, row, made_at=path_of(request))

    return endpoint(answer, door, resource.schemas.create)


def update_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A change of what is sent."""

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        row = await change_row(door.scope(principal), resource, key_asked(resource, request), body)
        return _written(door, resource, row)

    return endpoint(answer, door, resource.schemas.update)


def replace_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A change of everything: what is not sent goes back to its default."""

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        row = await replace_row(door.scope(principal), resource, key_asked(resource, request), body)
        return _written(door, resource, row)

    return endpoint(answer, door, resource.schemas.create)


def delete_endpoint(door: Door, resource: Resource) -> Endpoint:
    """The end of a row."""

    async def answer(request: Request, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        key = key_asked(resource, request)
        await delete_row(door.scope(principal), resource, key)
        return door.dialect_of(resource).deleted(resource, key).response()

    return endpoint(answer, door)


def _written(door: Door, resource: Resource, row: Any, *, made_at: str | None = None) -> Response:
    shown = document(door.resources, resource, row, tree_of(one.path for one in own_includes(resource)))
    key = key_of(row) if resource.key else ()
    reply = door.dialect_of(resource).written(resource, shown, key, made=made_at is not None)
    if made_at is not None and key:
        reply = reply.with_headers({"Location": f"{made_at}/{quote(write_key(key), safe=',~')}"})
    return reply.response()
