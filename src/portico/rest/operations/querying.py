"""Queries too long or too deep for an address: what a list takes, as a JSON body.

querying_operations(door, posts)     # queryPosts on POST /posts/query
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Body, Request, Response
from pydantic import BaseModel, Field, create_model

from portico._kernel.doors import register_doors
from portico.resources import Resource, parse_query, refuse_all
from portico.rest.documentation import pascal
from portico.rest.door import Door
from portico.rest.where_schema import query_components, query_name
from portico.web import Lazy, asked_of

from .operation import Declared, Endpoint, Operation
from .reading import shown_page


def querying_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The list of a resource once more, asked for by a body."""
    dialect = door.dialect_of(resource)
    yield Operation(
        verb=f"query{pascal(resource.name)}",
        method="POST",
        path="/query",
        needs="read",
        endpoint=query_endpoint(door, resource),
        summary=f"Query {resource.name}",
        answers=Lazy(lambda: _page_of_parts(door, resource)),
        statuses=(400, 401, 403, 413, 415, 422, 503),
        headers={name: said for name, said in dialect.page_headers.items() if name != "Link"},
        components=Lazy(lambda: query_components(door.reach(resource))),
    )


def _page_of_parts(door: Door, resource: Resource) -> Any:
    """A page whose rows may have no more than the fields that were asked for."""
    page, read = door.page_schema(resource), resource.schemas.read
    shape: Any = page
    shown: dict[str, Any] = {
        info.alias or name: (info.annotation, Field(default_factory=lambda: None))
        for name, info in read.model_fields.items()
        if not info.exclude
    }
    part = create_model(f"{read.__name__.removesuffix('Read')}Part", __module__=read.__module__, **shown)
    rows: Any = list[read]  # type: ignore[valid-type]  # made at run time
    some: Any = list[read | part]  # type: ignore[valid-type]  # made at run time
    if page == rows:
        return some
    if not (isinstance(page, type) and issubclass(page, BaseModel)):
        return shape
    changed: dict[str, Any] = {
        name: (some, ...) for name, info in page.model_fields.items() if info.annotation == rows
    }
    name = f"{page.__name__.removesuffix('Page')}QueryPage"
    return create_model(name, __base__=page, __module__=page.__module__, **changed)


def query_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A page of rows."""
    reach, dialect = door.reach(resource), door.dialect_of(resource)

    async def answer(request: Request, body: Any, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        plan = parse_query(reach, body)
        if dialect.exact_totals:
            plan = replace(plan, count="exact")
        page, items = await shown_page(door.scope(principal), reach, plan)
        reply = dialect.page(request, plan, page, items)
        # Links are addresses, which a body has none of.
        return replace(reply, headers={k: v for k, v in reply.headers.items() if k != "Link"}).response()

    return _Asked(answer, door, query_name(reach.resources, resource))


class _Asked(Declared):
    """An endpoint whose body is described by a component of its own and read as plain JSON."""

    def __init__(self, answer: Endpoint, door: Door, component: str) -> None:
        super().__init__(answer, door, None, reading=Annotated[Any, Body()], optional=False)
        self._component = component

    @property
    def body(self) -> dict[str, str]:
        """The schema itself."""
        return {"$ref": f"#/components/schemas/{self._component}"}


register_doors("rest", reads=["POST /{r}/query"])
