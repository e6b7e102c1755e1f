"""The routes along relations: what belongs to one row, and what one row leads to.

relation_operations(door, users)     # listPostsOfUser, getPostOfUser
relation_operations(door, posts)     # getAuthorOfPost, listTagsOfPost …

There is a route for every relation whose target is exposed and may be read by somebody. The list takes the
whole grammar of the target's own list; OpenAPI names only what does not depend on fields, for its own size.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeAlias

from fastapi import Request, Response

from portico._kernel.doors import register_doors
from portico._kernel.naming import with_article
from portico.resources import Resource, RowPlan, Scope, check_owner, within
from portico.rest.documentation import include_parameter, pascal
from portico.rest.door import Door
from portico.rest.preconditions import ETAG_HEADER, if_none_match_parameter, unless_known
from portico.web import Lazy, told

from .operation import READS, Endpoint, Operation, endpoint
from .plans import list_plans, row_plans
from .reading import shown_page, shown_row
from .ways import Way, ways_of

Read: TypeAlias = Callable[[Request, Scope, RowPlan], Awaitable[tuple[Any, str]]]


def relation_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations that read along the relations of a resource."""
    for way in ways_of(door, resource):
        if way.relation.many and way.allows("read", "list"):
            yield _list(way)
        if way.relation.many and way.target.key and way.allows("read", "get"):
            yield _member(way)
        if not way.relation.many and way.allows("read", "get"):
            yield _only(way)


def _list(way: Way) -> Operation:
    door, target = way.door, way.target
    return Operation(
        verb=f"list{pascal(way.name)}Of{way.owner}",
        method="GET",
        path=way.path,
        needs="read",
        endpoint=list_endpoint(way),
        summary=f"List {way.name} of {with_article(way.title)}",
        description=f"Takes the filters of the list of {target.name} as well.",
        answers=Lazy(lambda: door.page_schema(target)),
        statuses=(400, 404, *READS),
        parameters=Lazy(lambda: [way.key, *way.list_parameters()]),
        headers=door.dialect_of(target).page_headers,
        tags=way.tags,
        dependencies=way.dependencies("list"),
    )


def _member(way: Way) -> Operation:
    return Operation(
        verb=f"get{way.one}Of{way.owner}",
        path=way.member_path,
        endpoint=member_endpoint(way),
        summary=f"Get one of the {way.name} of {with_article(way.title)}",
        parameters=Lazy(lambda: [way.key, way.member_key, *_row_parameters(way)]),
        **_of_a_row(way),
    )


def _only(way: Way) -> Operation:
    return Operation(
        verb=f"get{pascal(way.name)}Of{way.owner}",
        path=way.path,
        endpoint=only_endpoint(way),
        summary=f"Get the {way.name} of {with_article(way.title)}",
        parameters=Lazy(lambda: [way.key, *_row_parameters(way)]),
        **_of_a_row(way),
    )


def _of_a_row(way: Way) -> dict[str, Any]:
    target = way.target
    return {
        "method": "GET",
        "needs": "read",
        "description": target.description,
        "answers": Lazy(lambda: target.schemas.read),
        "statuses": (400, 404, *READS),
        "headers": ETAG_HEADER,
        "replies": {304: {"description": "What the client has is still what it would get."}},
        "tags": way.tags,
        "dependencies": way.dependencies("get"),
    }


def _row_parameters(way: Way) -> list[dict[str, Any]]:
    return [*include_parameter(way.door.resources, way.target), if_none_match_parameter()]


def list_endpoint(way: Way) -> Endpoint:
    """A page of what belongs to a row."""
    door, target = way.door, way.target
    reach, dialect = door.reach(target), door.dialect_of(target)
    headers = Lazy(way.caching_headers)
    plans = list_plans(dialect, reach)

    async def answer(request: Request, principal: Any = None) -> Response:
        owned, scope = way.asked(request), door.scope(principal)
        plan = within(plans.of(request), owned)
        page, items = await shown_page(scope, reach, plan)
        if not page.items:
            await check_owner(scope, owned)
        return dialect.page(request, plan, page, items).with_headers(told(headers)).response()

    return endpoint(answer, door)


def member_endpoint(way: Way) -> Endpoint:
    """One of the rows that belong to a row."""
    reach = way.door.reach(way.target)

    async def read(request: Request, scope: Scope, plan: RowPlan) -> tuple[Any, str]:
        owned, key = way.asked(request), way.member_asked(request)
        return await shown_row(scope, reach, key, plan, owned)

    return _row_endpoint(way, read)


def only_endpoint(way: Way) -> Endpoint:
    """What a to-one relation leads to."""
    reach = way.door.reach(way.target)

    async def read(request: Request, scope: Scope, plan: RowPlan) -> tuple[Any, str]:
        return await shown_row(scope, reach, None, plan, way.asked(request))

    return _row_endpoint(way, read)


def _row_endpoint(way: Way, read: Read) -> Endpoint:
    door, target = way.door, way.target
    reach = door.reach(target)
    headers = Lazy(way.caching_headers)
    plans = row_plans(reach)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = plans.of(request)
        shown, tag = await read(request, door.scope(principal), plan)
        reply = door.dialect_of(target).row(shown)
        return unless_known(request, reply, tag, told(headers)).response()

    return endpoint(answer, door)


register_doors("rest", reads=["GET /{r}/{key}/{way}", "GET /{r}/{key}/{way}/{key}"])
