"""Add to the numbers of a row where they stand.

incrementing_operations(door, posts)     # incrementPost: POST /posts/{id}/increment {"likes": 1}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from portico._kernel.doors import register_doors
from portico._kernel.naming import with_article
from portico.resources import (
    Resource,
    has_counters,
    increment_row,
    increment_schema,
    refuse_all,
    sent_values,
)
from portico.rest.documentation import pascal, singular
from portico.rest.door import Door
from portico.rest.idempotency import KEY_PARAMETER, performed
from portico.rest.preconditions import ETAG_HEADER, match_of
from portico.rest.preferences import MINIMAL, ROLLBACK, prefer_parameter
from portico.web import Lazy, asked_of

from .operation import BODIES, Endpoint, Operation, endpoint, key_asked, key_path
from .writing import MINIMAL_REPLY, conditional, on_one_parameters, written


def incrementing_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operation that adds, where a resource has numbers that may be changed."""
    if not (resource.key and "update" in resource.operations and has_counters(resource)):
        return
    title, dialect = singular(door.resources, resource), door.dialect_of(resource)
    yield Operation(
        verb=f"increment{pascal(title)}",
        method="POST",
        path=f"{key_path(resource)}/increment",
        needs="update",
        endpoint=increment_endpoint(door, resource),
        summary=f"Add to the numbers of {with_article(title)}",
        answers=Lazy(lambda: dialect.written_schema(resource)),
        body_rules={"minProperties": 1},
        statuses=(404, *conditional(resource), *BODIES),
        parameters=[
            *on_one_parameters(resource),
            KEY_PARAMETER,
            prefer_parameter(MINIMAL, ROLLBACK),
        ],
        headers=ETAG_HEADER,
        replies=MINIMAL_REPLY,
    )


def increment_endpoint(door: Door, resource: Resource) -> Endpoint:
    """The row with the amounts added."""

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, key, match = door.scope(principal), key_asked(resource, request), match_of(request, resource)
        amounts = sent_values(resource, body)

        async def work() -> Response:
            row = await increment_row(scope, resource, key, amounts, match)
            return written(door, resource, request, row)

        return await performed(request, scope, resource, work)

    return endpoint(answer, door, Lazy(lambda: increment_schema(resource)))


register_doors("rest", writes=["POST /{r}/{key}/increment"])
