"""Exports: all rows within reach as NDJSON or CSV, sent while they are read.

exporting_operations(door, posts)     # exportPosts on /posts/export
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from portico._kernel.doors import register_doors
from portico.resources import (
    FORMATS,
    ExportFormat,
    ExportPlan,
    Limits,
    LineWriter,
    Reach,
    Resource,
    RowPlan,
    closed_paths,
    exported,
    parse_export,
    path_name,
    shown_by,
)
from portico.rest.documentation import choosing_parameters, names_parameter, pascal, sort_parameter
from portico.rest.door import Door
from portico.web import Lazy, asked_by_head, asked_of

from .aggregating import FILTERS
from .operation import READS, Endpoint, Operation, endpoint

MEDIA_TYPES: Final[dict[ExportFormat, str]] = {"ndjson": "application/x-ndjson", "csv": "text/csv"}


def exporting_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operation that exports rows of a resource."""
    disposition = {"schema": {"type": "string"}, "description": "The name of a file to save."}
    text = {"schema": {"type": "string"}}
    yield Operation(
        verb=f"export{pascal(resource.name)}",
        method="GET",
        path="/export",
        needs="read",
        endpoint=export_endpoint(door, resource),
        summary=f"Export {resource.name}",
        description=f"{FILTERS} More than {door.limits.export_rows} rows are refused.",
        statuses=READS,
        parameters=Lazy(lambda: _parameters(resource, door.limits)),
        headers={"Content-Disposition": disposition},
        replies={200: {"description": "Rows.", "content": dict.fromkeys(MEDIA_TYPES.values(), text)}},
        response_class=StreamingResponse,
    )


def export_endpoint(door: Door, resource: Resource) -> Endpoint:
    """All rows, line by line."""
    reach = door.reach(resource)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = parse_export(reach, asked_of(request))
        scope = door.scope(principal)
        closed = closed_paths(scope, reach, plan.include)
        batches = exported(scope, reach, plan)
        # What can be refused is refused here, while there still is a status to say so.
        first = await anext(batches)
        if asked_by_head(request):
            await batches.aclose()
            return _response(resource, plan, _nothing())
        return _response(resource, plan, _lines(reach, plan, (first, batches), closed))

    return endpoint(answer, door)


async def _lines(
    reach: Reach,
    plan: ExportPlan,
    rows: tuple[list[Any], AsyncGenerator[list[Any]]],
    closed: Sequence[tuple[str, ...]],
) -> AsyncIterator[bytes]:
    first, batches = rows
    writer = LineWriter(reach, plan.fields, plan.format)
    wanted = RowPlan(fields=plan.fields, include=plan.include)
    shown = shown_by(reach.resources, reach.resource, wanted, closed)
    async with aclosing(batches):
        yield writer.head() + writer.lines(map(shown, first))
        async for batch in batches:
            yield writer.lines(map(shown, batch))


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


def _response(resource: Resource, plan: ExportPlan, content: AsyncIterator[bytes]) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{path_name(resource.name)}.{plan.format}"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(content, media_type=MEDIA_TYPES[plan.format], headers=headers)


def _parameters(resource: Resource, limits: Limits) -> list[dict[str, Any]]:
    kinds = {"type": "string", "enum": list(FORMATS), "default": "ndjson"}
    return [
        {"name": "format", "in": "query", "required": False, "schema": kinds},
        names_parameter("fields", list(resource.fields), limits.fields, "Left out: all."),
        sort_parameter(resource, limits),
        *choosing_parameters(resource, limits),
    ]


register_doors("rest", reads=["GET /{r}/export"])
