"""The routes that write along relations: create what belongs to a row, link, unlink and replace.

linking_operations(door, users)     # createPostOfUser
linking_operations(door, posts)     # createTagOfPost, linkTagOfPost, unlinkTagOfPost, replaceTagsOfPost

Links need the right to update the owner and to read the target. Where the junction is exposed as well, links
are its rows, and need its own rights; what it holds besides the two keys is the body of a link.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import Request, Response
from pydantic import BaseModel, Field

from portico._kernel.doors import register_doors
from portico._kernel.naming import with_article
from portico.resources import (
    Resource,
    create_related,
    junction_body,
    key_in_body,
    key_type,
    link_row,
    owned_create,
    refuse_all,
    replace_links,
    required_of_link,
    sent_values,
    unlink_row,
)
from portico.rest.documentation import pascal
from portico.rest.door import Door
from portico.rest.idempotency import KEY_PARAMETER, performed
from portico.rest.preconditions import ETAG_HEADER
from portico.rest.preferences import MINIMAL, ROLLBACK, prefer_parameter
from portico.rest.reply import root_of
from portico.web import Lazy, asked_of, strict

from .operation import BODIES, Endpoint, Operation, endpoint
from .ways import Way, ways_of
from .writing import written

_LINKS: Final = (400, 401, 403, 404, 409, 422, 503)


def linking_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations that write along the relations of a resource."""
    for way in ways_of(door, resource):
        if not way.relation.many or not way.shape.writable or way.name in resource.rules.sealed("update"):
            continue
        if way.shape.junction is None:
            if way.allows("create", "create"):
                yield _create(way)
        elif "update" in resource.operations and way.target.key:
            yield from _links(way)


def _links(way: Way) -> Iterator[Operation]:
    junction = way.door.resources.of(way.shape.through) if way.shape.through else None
    rights = {"create", "delete"} & (junction.operations if junction is not None else {"create", "delete"})
    if way.shape.needs_rows if junction is None else not junction.key:
        return  # There are no rows to write, or they cannot be told apart.
    required = required_of_link(way.shape)
    if "create" in rights and not required and way.allows("create", "create"):
        yield _create(way)
    if "create" in rights and not (required and way.shape.through is None):
        yield _link(way, junction, needed=bool(required))
    if "delete" in rights:
        yield _unlink(way)
    if rights == {"create", "delete"} and not required:
        yield _replace(way)


def _create(way: Way) -> Operation:
    target, dialect = way.target, way.door.dialect_of(way.target)
    return Operation(
        verb=f"create{way.one}Of{way.owner}",
        method="POST",
        path=way.path,
        needs="read" if way.shape.junction is None else "update",
        endpoint=create_endpoint(way),
        summary=f"Create one of the {way.name} of {with_article(way.title)}",
        description=target.description,
        answers=Lazy(lambda: dialect.written_schema(target)),
        status=dialect.created_status,
        statuses=(404, *BODIES),
        parameters=[way.key, KEY_PARAMETER, prefer_parameter(MINIMAL, ROLLBACK)],
        headers={
            "Location": {"schema": {"type": "string"}, "description": f"Where it is among {target.name}."},
            **(ETAG_HEADER if target.key else {}),
        },
        tags=way.tags,
        dependencies=way.dependencies("create"),
    )


def _link(way: Way, junction: Resource | None, *, needed: bool) -> Operation:
    body = Lazy(lambda: junction_body(way.resource, way.name, way.shape, junction))
    takes_body = way.shape.through is not None
    return Operation(
        verb=f"link{way.one}Of{way.owner}",
        method="PUT",
        path=way.member_path,
        needs="update",
        endpoint=link_endpoint(way, body if takes_body and body.get() is not None else None, needed=needed),
        summary=f"Link one of the {way.name} to {with_article(way.title)}",
        description="It is no matter whether it is linked already.",
        status=204,
        statuses=(*_LINKS, 413, 415) if takes_body else _LINKS,
        parameters=Lazy(lambda: [way.key, way.member_key, prefer_parameter(ROLLBACK)]),
        tags=way.tags,
        dependencies=way.dependencies("get"),
    )


def _unlink(way: Way) -> Operation:
    return Operation(
        verb=f"unlink{way.one}Of{way.owner}",
        method="DELETE",
        path=way.member_path,
        needs="update",
        endpoint=unlink_endpoint(way),
        summary=f"Unlink one of the {way.name} from {with_article(way.title)}",
        description="Both rows stay. Answers 404 when they are not linked.",
        status=204,
        statuses=_LINKS,
        parameters=Lazy(lambda: [way.key, way.member_key, prefer_parameter(ROLLBACK)]),
        tags=way.tags,
        dependencies=way.dependencies("get"),
    )


def _replace(way: Way) -> Operation:
    return Operation(
        verb=f"replace{pascal(way.name)}Of{way.owner}",
        method="PUT",
        path=way.path,
        needs="update",
        endpoint=replace_endpoint(way),
        summary=f"Replace the {way.name} of {with_article(way.title)}",
        description="Takes the keys of what is to be linked; what is out of reach stays as it is. "
        f"Answers 409 when more than {way.door.limits.max_affected} would be unlinked.",
        status=204,
        statuses=(404, *BODIES),
        parameters=[way.key, prefer_parameter(ROLLBACK)],
        tags=way.tags,
        dependencies=way.dependencies("get"),
    )


def create_endpoint(way: Way) -> Endpoint:
    """A new row that belongs to another."""
    door, target = way.door, way.target

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, owned = door.scope(principal), way.asked(request)

        async def work() -> Response:
            row = await create_related(scope, owned, sent_values(target, body))
            made_at = f"{root_of(request)}{door.prefix}/{target.name}"
            return written(door, target, request, row, made_at=made_at)

        return await performed(request, scope, target, work)

    return endpoint(answer, door, Lazy(lambda: owned_create(way.resource, way.name, target, way.shape)))


def link_endpoint(way: Way, body_type: Lazy | None, *, needed: bool) -> Endpoint:
    """A link that is there afterwards."""

    async def answer(request: Request, body: BaseModel | None = None, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, owned, key = way.door.scope(principal), way.asked(request), way.member_asked(request)
        values = _sent(body)

        async def work() -> Response:
            await link_row(scope, owned, key, values)
            return Response(status_code=204)

        return await performed(request, scope, way.resource, work)

    if body_type is None or needed:
        return endpoint(answer, way.door, body_type)
    return endpoint(answer, way.door, reading=Lazy(lambda: _maybe(body_type.get())), optional=True)


def unlink_endpoint(way: Way) -> Endpoint:
    """The end of a link."""

    async def answer(request: Request, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, owned, key = way.door.scope(principal), way.asked(request), way.member_asked(request)

        async def work() -> Response:
            await unlink_row(scope, owned, key)
            return Response(status_code=204)

        return await performed(request, scope, way.resource, work)

    return endpoint(answer, way.door)


def replace_endpoint(way: Way) -> Endpoint:
    """Links to these rows and to no others."""

    async def answer(request: Request, body: list[Any], principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, owned = way.door.scope(principal), way.asked(request)
        keys = [key_in_body(way.target, one) for one in body]

        async def work() -> Response:
            await replace_links(scope, owned, keys, way.door.limits.max_affected)
            return Response(status_code=204)

        return await performed(request, scope, way.resource, work)

    return endpoint(answer, way.door, reading=Lazy(lambda: _keys(way)))


def _sent(body: BaseModel | None) -> dict[str, Any]:
    if body is None:
        return {}
    fields = type(body).model_fields
    return {fields[name].alias or name: getattr(body, name) for name in body.model_fields_set}


def _keys(way: Way) -> Any:
    one: Any = key_type(way.target)
    return Annotated[list[one], Field(max_length=way.door.limits.nested)]


def _maybe(body: type[BaseModel]) -> Any:
    return Annotated[body | None, strict(body)]


register_doors(
    "rest",
    writes=[
        "POST /{r}/{key}/{way}",
        "PUT /{r}/{key}/{way}",
        "PUT /{r}/{key}/{way}/{key}",
        "DELETE /{r}/{key}/{way}/{key}",
    ],
)
