"""Create or change by a unique key, one row or many.

upsert_operations(door, users)     # upsertUser on /users/upsert, bulkUpsertUsers on PUT /users/bulk
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fastapi import Request, Response
from pydantic import BaseModel

from portico._kernel.doors import register_doors
from portico._kernel.naming import with_article
from portico.resources import Resource, refuse_all
from portico.resources.grammar import grouped
from portico.resources.writing.many import Outcome, chosen_key, upsert_row, upsert_rows
from portico.rest.documentation import pascal, singular
from portico.rest.door import Door
from portico.rest.idempotency import KEY_PARAMETER, performed
from portico.rest.operations.operation import BODIES, Endpoint, Operation, endpoint
from portico.rest.operations.writing import MINIMAL_REPLY, written
from portico.rest.preconditions import ETAG_HEADER
from portico.rest.preferences import LENIENT, MINIMAL, ROLLBACK, prefer_parameter
from portico.rest.reply import path_of
from portico.web import Lazy, asked_of, told

from .bulk import PATH, answered, report_schema, reports
from .items import Items

UPSERT: Final = "/upsert"
_SAID: Final = (
    "A row with the same value of the unique key `on` is changed: what is not sent stays as it is. "
    "Where there is none, a row is created."
)


def upsert_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations that create or change; none where rows have no key that a client can give."""
    if not (resource.key and resource.unique_keys and "update" in resource.operations):
        return
    if resource.require_if_match:
        return
    title, dialect = singular(door.resources, resource), door.dialect_of(resource)
    on = _on_parameter(resource)
    yield Operation(
        verb=f"upsert{pascal(title)}",
        method="POST",
        path=UPSERT,
        needs="create",
        endpoint=upsert_endpoint(door, resource),
        summary=f"Create {with_article(title)}, or change the one with the same key",
        description=_SAID,
        answers=dialect.written_schema(resource),
        status=200,
        statuses=BODIES,
        parameters=[on, KEY_PARAMETER, prefer_parameter(MINIMAL, ROLLBACK)],
        headers=ETAG_HEADER,
        replies=Lazy(lambda: _created(dialect.written_schema(resource))),
    )
    yield Operation(
        verb=f"bulkUpsert{pascal(resource.name)}",
        method="PUT",
        path=PATH,
        needs="create",
        endpoint=bulk_endpoint(door, resource),
        summary=f"Create or change many {resource.name} by a unique key",
        description=_SAID,
        answers=report_schema(door, resource),
        statuses=BODIES,
        parameters=[on, prefer_parameter(LENIENT, MINIMAL, ROLLBACK)],
        replies=reports(door, resource),
    )


def _created(row: Any) -> dict[int | str, dict[str, Any]]:
    where = {"Location": {"schema": {"type": "string"}, "description": "Where the new row is."}}
    made = {"model": told(row), "description": "There was none: it is created."}
    return {201: {**made, "headers": {**where, **ETAG_HEADER}}, **MINIMAL_REPLY}


def upsert_endpoint(door: Door, resource: Resource) -> Endpoint:
    """201 where the row is new, 200 where it was there."""

    async def answer(request: Request, body: BaseModel, principal: Any = None) -> Response:
        scope, on = door.scope(principal), _on(resource, request)

        async def work() -> Response:
            outcome = await upsert_row(scope, resource, body, on)
            made_at = path_of(request).removesuffix(UPSERT) if outcome.made else None
            return written(door, resource, request, outcome.row, made_at=made_at)

        return await performed(request, scope, resource, work)

    return endpoint(answer, door, Lazy(lambda: resource.schemas.create))


def bulk_endpoint(door: Door, resource: Resource) -> Endpoint:
    """What became of each item, 201 or 200."""
    items = Items(Lazy(lambda: resource.schemas.create), most=door.limits.bulk)

    async def answer(request: Request, body: Any, principal: Any = None) -> Response:
        scope, on, bodies = door.scope(principal), _on(resource, request), items.read(body)

        async def run(lenient: bool) -> list[Outcome]:  # noqa: FBT001 -- a callback
            return await upsert_rows(scope, resource, bodies, on, lenient=lenient)

        async def work() -> Response:
            return await answered(door, resource, request, bodies, run)

        return await performed(request, scope, resource, work)

    return endpoint(answer, door, reading=items.annotation)


def _on(resource: Resource, request: Request) -> tuple[str, ...]:
    given = grouped(asked_of(request))
    on = given.pop("on", None)
    refuse_all(given, choices=("on",))
    return chosen_key(resource, on)


def _on_parameter(resource: Resource) -> dict[str, Any]:
    keys = resource.unique_keys
    own = ",".join(resource.identity)
    schema: dict[str, Any] = {"type": "string", "enum": list(keys)}
    if own in keys:
        schema["default"] = own
    return {
        "name": "on",
        "in": "query",
        "required": own not in keys,
        "schema": schema,
        "description": "The unique key by which a row is found.",
    }


register_doors("rest", writes=["POST /{r}/upsert", "PUT /{r}/bulk"])
