"""Change or delete all rows that a filter chooses.

mass_operations(door, posts)     # massUpdatePosts and massDeletePosts: PATCH and DELETE /posts?status=draft
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, Field

from portico._kernel.doors import register_doors
from portico.resources import Resource
from portico.resources.writing.many import change_matching, delete_matching, parse_mass
from portico.rest.documentation import choosing_parameters, pascal
from portico.rest.door import Door
from portico.rest.idempotency import performed
from portico.rest.operations.operation import BODIES, Endpoint, Operation, endpoint
from portico.rest.preferences import ROLLBACK, prefer_parameter
from portico.rest.reply import Reply
from portico.web import Lazy, asked_of


class Affected(BaseModel):
    """How many rows were written."""

    affected: int = Field(description="Rows that the filter chose, and that are within reach.")


def mass_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations on all rows of a filter."""
    # Rows without a key cannot be named again; those that ask for If-Match are changed one by one.
    if not resource.identity or resource.require_if_match:
        return
    parameters = Lazy(lambda: _parameters(door, resource))
    if resource.schemas.update.model_fields:
        yield Operation(
            verb=f"massUpdate{pascal(resource.name)}",
            method="PATCH",
            needs="update",
            endpoint=update_endpoint(door, resource),
            summary=f"Change all {resource.name} that a filter chooses",
            answers=Affected,
            body_rules={"minProperties": 1},
            statuses=BODIES,
            parameters=parameters,
        )
    yield Operation(
        verb=f"massDelete{pascal(resource.name)}",
        method="DELETE",
        needs="delete",
        endpoint=delete_endpoint(door, resource),
        summary=f"Delete all {resource.name} that a filter chooses",
        answers=Affected,
        statuses=(401, 403, 409, 422, 503),
        parameters=parameters,
    )


def update_endpoint(door: Door, resource: Resource) -> Endpoint:
    """The same change of every row."""
    reach = door.reach(resource)

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        scope, plan = door.scope(principal), parse_mass(reach, asked_of(request))

        async def work() -> Response:
            return Reply({"affected": await change_matching(scope, reach, plan, body)}).response()

        return await performed(request, scope, resource, work)

    return endpoint(answer, door, Lazy(lambda: resource.schemas.update))


def delete_endpoint(door: Door, resource: Resource) -> Endpoint:
    """The end of every row."""
    reach = door.reach(resource)

    async def answer(request: Request, principal: Any = None) -> Response:
        scope, plan = door.scope(principal), parse_mass(reach, asked_of(request))

        async def work() -> Response:
            return Reply({"affected": await delete_matching(scope, reach, plan)}).response()

        return await performed(request, scope, resource, work)

    return endpoint(answer, door)


def _parameters(door: Door, resource: Resource) -> list[dict[str, Any]]:
    most = door.limits.max_affected
    bound = {"type": "integer", "minimum": 0, "maximum": most, "default": most}
    return [
        *choosing_parameters(resource, door.limits),
        {
            "name": "max_affected",
            "in": "query",
            "required": False,
            "schema": bound,
            "description": "If there are more rows than this, the answer is 409, and none is written.",
        },
        prefer_parameter(ROLLBACK),
    ]


register_doors("rest", writes=["PATCH /{r}", "DELETE /{r}"])
