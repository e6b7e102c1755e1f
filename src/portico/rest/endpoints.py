"""The six operations on a resource as FastAPI endpoints: parse, run, render.

    endpoint = list_endpoint(door, posts)

Each is an ordinary coroutine function with an ordinary signature: the request, the body's schema where
there is one, and the principal as a dependency where the application has one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import Parameter, Signature
from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from portico.db.models import key_of
from portico.resources import (
    Reach,
    Resource,
    RowPlan,
    change_row,
    create_row,
    delete_row,
    document,
    get_row,
    list_rows,
    parse_list,
    parse_row,
    read_key,
    refuse_all,
    replace_row,
    tree_of,
    write_key,
)
from portico.web import asked_of, strict

from .door import Door
from .pages import page_body, page_headers, path_of

Endpoint: TypeAlias = Callable[..., Awaitable[Response]]


def list_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A page of rows."""
    reach = Reach(door.resources, resource, door.limits)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = parse_list(reach, asked_of(request))
        page = await list_rows(door.scope(principal), resource, plan, cap=door.limits.counted)
        tree = tree_of(plan.include)
        items = [document(door.resources, resource, row, tree) for row in page.items]
        return _json(page_body(items, page, plan), headers=page_headers(request, page, plan))

    return _typed(answer, door)


def get_endpoint(door: Door, resource: Resource) -> Endpoint:
    """One row."""
    reach = Reach(door.resources, resource, door.limits)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = parse_row(reach, asked_of(request))
        key = _key(resource, request)
        row = await get_row(door.scope(principal), resource, key, plan.include)
        return _shown(door, resource, row, plan)

    return _typed(answer, door)


def create_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A new row: 201, where it is, and what it is."""

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        row = await create_row(door.scope(principal), resource, body)
        response = _shown(door, resource, row, status=201)
        if resource.key:
            response.headers["Location"] = f"{path_of(request)}/{quote(write_key(key_of(row)), safe=',~')}"
        return response

    return _typed(answer, door, resource.schemas.create)


def update_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A change of what is sent."""

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        row = await change_row(door.scope(principal), resource, _key(resource, request), body)
        return _shown(door, resource, row)

    return _typed(answer, door, resource.schemas.update)


def replace_endpoint(door: Door, resource: Resource) -> Endpoint:
    """A change of everything: what is not sent goes back to its default."""

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        row = await replace_row(door.scope(principal), resource, _key(resource, request), body)
        return _shown(door, resource, row)

    return _typed(answer, door, resource.schemas.create)


def delete_endpoint(door: Door, resource: Resource) -> Endpoint:
    """The end of a row."""

    async def answer(request: Request, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        await delete_row(door.scope(principal), resource, _key(resource, request))
        return Response(status_code=204)

    return _typed(answer, door)


def _key(resource: Resource, request: Request) -> tuple[Any, ...]:
    return read_key(resource, next(iter(request.path_params.values())))


def _shown(
    door: Door, resource: Resource, row: Any, plan: RowPlan | None = None, *, status: int = 200
) -> Response:
    include = plan.include if plan else resource.embedded
    return _json(document(door.resources, resource, row, tree_of(include)), status=status)


def _json(content: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    raw = to_json(content, inf_nan_mode="null")
    return Response(raw, status_code=status, media_type="application/json", headers=headers)


def _typed(answer: Endpoint, door: Door, body: type[BaseModel] | None = None) -> Endpoint:
    """Give an endpoint the signature that FastAPI is to see."""
    parameters = [_parameter("request", Request)]
    if body is not None:
        parameters.append(_parameter("body", Annotated[body, strict(body)]))
    if door.principal is not None:
        parameters.append(_parameter("principal", Any, default=Depends(door.principal)))
    answer.__signature__ = Signature(parameters, return_annotation=Response)  # type: ignore[attr-defined] # pyright: ignore[reportFunctionMemberAccess] -- inspect.signature honours it, the stubs do not know it
    return answer


def _parameter(name: str, annotation: Any, *, default: Any = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
