"""Create, change and delete many rows in one request: all or nothing, or each for itself.

bulk_operations(door, posts)     # bulkCreatePosts, bulkUpdatePosts, bulkDeletePosts on /posts/bulk
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from fastapi import Request, Response
from pydantic import BaseModel, Field, create_model

from portico._kernel.doors import register_doors
from portico.errors import ConflictError, InvalidParameterError, RequestError
from portico.resources import Resource, document, own_includes, read_key, refuse_all, tree_of
from portico.resources.grammar import grouped
from portico.resources.writing import sent_values
from portico.resources.writing.many import Change, Key, Outcome, change_rows, create_rows, delete_rows
from portico.rest.documentation import key_parameter, pascal, singular
from portico.rest.door import Door
from portico.rest.idempotency import KEY_PARAMETER, performed
from portico.rest.operations.operation import BODIES, Endpoint, Operation, endpoint
from portico.rest.preferences import (
    LENIENT,
    MINIMAL,
    ROLLBACK,
    mark_applied,
    prefer_parameter,
    preferences_of,
)
from portico.rest.reply import Reply
from portico.web import Lazy, Problem, asked_of, request_id_of

from .items import Items, refuse_wrong

PATH: Final = "/bulk"
Run: TypeAlias = Callable[[bool], Awaitable[list[Outcome]]]
"""Carries a batch out, lenient or not."""


def bulk_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations that write many rows of a resource, each named by itself."""
    name, prefer = pascal(resource.name), prefer_parameter(LENIENT, MINIMAL, ROLLBACK)
    yield Operation(
        verb=f"bulkCreate{name}",
        method="POST",
        path=PATH,
        needs="create",
        endpoint=create_endpoint(door, resource),
        summary=f"Create many {resource.name}",
        answers=rows_schema(door, resource),
        status=201,
        statuses=BODIES,
        parameters=[KEY_PARAMETER, prefer],
        replies=reports(door, resource),
    )
    # Where every change has to name the state that it is meant for, a batch has no place to do so.
    if resource.key and not resource.require_if_match:
        yield from _by_key(door, resource)


def _by_key(door: Door, resource: Resource) -> Iterator[Operation]:
    name, prefer = pascal(resource.name), prefer_parameter(LENIENT, MINIMAL, ROLLBACK)
    yield Operation(
        verb=f"bulkUpdate{name}",
        method="PATCH",
        path=PATH,
        needs="update",
        endpoint=update_endpoint(door, resource),
        summary=f"Change what is sent of many {resource.name}",
        answers=rows_schema(door, resource),
        statuses=(404, *BODIES),
        parameters=[prefer],
        replies=reports(door, resource),
    )
    yield Operation(
        verb=f"bulkDelete{name}",
        method="DELETE",
        path=PATH,
        needs="delete",
        endpoint=delete_endpoint(door, resource),
        summary=f"Delete many {resource.name}",
        status=204,
        statuses=(401, 403, 404, 409, 422, 503),
        parameters=[_keys_parameter(door, resource), prefer_parameter(LENIENT, ROLLBACK)],
        replies=reports(door, resource),
    )


def create_endpoint(door: Door, resource: Resource) -> Endpoint:
    """New rows: 201 and what they are."""
    items = Items(Lazy(lambda: resource.schemas.create), most=door.limits.bulk)

    async def answer(request: Request, body: Any, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope, bodies = door.scope(principal), items.read(body)

        async def run(lenient: bool) -> list[Outcome]:  # noqa: FBT001 -- a callback
            return await create_rows(scope, resource, bodies, lenient=lenient)

        async def work() -> Response:
            return await answered(door, resource, request, bodies, run)

        return await performed(request, scope, resource, work)

    return endpoint(answer, door, reading=items.annotation)


def update_endpoint(door: Door, resource: Resource) -> Endpoint:
    """Changes of rows that the items name by key."""
    items = Items(Lazy(lambda: _update_schema(door, resource)), most=door.limits.bulk)

    async def answer(request: Request, body: Any, principal: Any = None) -> Response:
        refuse_all(name for name, _ in asked_of(request))
        scope = door.scope(principal)
        changes = [
            one if isinstance(one, RequestError) else _change(resource, one) for one in items.read(body)
        ]

        async def run(lenient: bool) -> list[Outcome]:  # noqa: FBT001 -- a callback
            return await change_rows(scope, resource, changes, lenient=lenient)

        async def work() -> Response:
            return await answered(door, resource, request, changes, run)

        return await performed(request, scope, resource, work)

    return endpoint(answer, door, reading=items.annotation)


def delete_endpoint(door: Door, resource: Resource) -> Endpoint:
    """The end of rows."""

    async def answer(request: Request, principal: Any = None) -> Response:
        scope, segments = door.scope(principal), _segments(door, request)
        keys = [_key(resource, segment) for segment in segments]

        async def run(lenient: bool) -> list[Outcome]:  # noqa: FBT001 -- a callback
            try:
                return await delete_rows(scope, resource, keys, lenient=lenient)
            except RequestError as error:
                # There is no body to point into; a conflict does not say by itself which row it is about.
                if error.item is not None and isinstance(error, ConflictError):
                    error.hint = f"This is about the key {segments[error.item]!r}."
                error.item = None
                raise

        async def work() -> Response:
            return await answered(door, resource, request, (), run)

        return await performed(request, scope, resource, work)

    return endpoint(answer, door)


async def answered(
    door: Door, resource: Resource, request: Request, items: Sequence[Any], run: Run
) -> Response:
    """The answer to a batch: the rows, or with ``handling=lenient`` what became of each item."""
    wishes = preferences_of(request)
    if wishes.lenient:
        outcomes = await run(True)  # noqa: FBT003 -- a callback
        entries = [_entry(door, resource, request, one) for one in outcomes]
        report = mark_applied(Reply({"items": entries}, status=207).response(), LENIENT)
        return mark_applied(report, MINIMAL) if wishes.minimal else report
    refuse_wrong(items)
    outcomes = await run(False)  # noqa: FBT003 -- a callback
    status = 201 if request.method == "POST" else 200
    if request.method == "DELETE":
        return Reply(status=204).response()
    if wishes.minimal:
        bare = Reply(status=status if status == 201 else 204)  # noqa: PLR2004 -- created
        return mark_applied(bare.response(), MINIMAL)
    if request.method == "PUT":
        entries = [_entry(door, resource, request, one) for one in outcomes]
        return Reply({"items": entries}).response()
    return Reply({"items": [_shown(door, resource, one.row) for one in outcomes]}, status=status).response()


def rows_schema(door: Door, resource: Resource) -> Lazy:
    """The rows of a batch."""

    def make() -> Any:
        rows: Any = list[resource.schemas.read]  # type: ignore[name-defined] # pyright: ignore[reportInvalidTypeForm] -- made at run time
        return create_model(f"{_title(door, resource)}BulkRows", items=(rows, ...))

    return Lazy(make)


def report_schema(door: Door, resource: Resource) -> Lazy:
    """What became of each item of a batch."""

    def make() -> Any:
        title = _title(door, resource)
        row: Any = resource.schemas.read | None
        one = create_model(
            f"{title}BulkOutcome",
            status=(int, Field(description="What a request for this item alone would have been answered.")),
            item=(row, Field(default=None, description="The row, when there is one.")),
            problem=(Problem | None, Field(default=None, description="Why nothing was written.")),
        )
        many: Any = list[one]  # type: ignore[valid-type] # pyright: ignore[reportInvalidTypeForm] -- made at run time
        return create_model(f"{title}BulkReport", items=(many, ...))

    return Lazy(make)


def reports(door: Door, resource: Resource) -> Lazy:
    """The documented reply to a lenient batch."""
    said = "What became of each item, in their order (`Prefer: handling=lenient`)."
    return Lazy(lambda: {207: {"model": report_schema(door, resource).get(), "description": said}})


def _entry(door: Door, resource: Resource, request: Request, outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        problem = door.problem(outcome.error, request_id_of(request.scope))
        return {"status": problem.status, "problem": problem.model_dump(exclude_none=True)}
    if outcome.row is None:
        return {"status": 204}
    status = 201 if outcome.made else 200
    if preferences_of(request).minimal:
        return {"status": status}
    return {"status": status, "item": _shown(door, resource, outcome.row)}


def _shown(door: Door, resource: Resource, row: Any) -> dict[str, Any]:
    return document(door.resources, resource, row, tree_of(one.path for one in own_includes(resource)))


def _title(door: Door, resource: Resource) -> str:
    return pascal(singular(door.resources, resource))


def _update_schema(door: Door, resource: Resource) -> type[BaseModel]:
    """The Update schema with the key before it."""
    parts: dict[str, Any] = {}
    for number, name in enumerate(resource.key):
        # A name that a model cannot have as an attribute of its own stands as an alias.
        plain = name.isidentifier() and not name.startswith(("_", "model_")) and not hasattr(BaseModel, name)
        parts[name if plain else f"key_{number}"] = (
            resource.columns[name].read_annotation,
            Field(alias=None if plain else name, description="Which row is meant."),
        )
    made: type[BaseModel] = create_model(
        f"{_title(door, resource)}BulkUpdate",
        __base__=resource.schemas.update,
        __doc__=f"A change of one {resource.title}, which its key names.",
        **parts,
    )
    return made


def _change(resource: Resource, body: BaseModel) -> Change:
    fields = {info.alias or field: field for field, info in type(body).model_fields.items()}
    # Read from the body itself: a key that may not be written is no value, and names a row all the same.
    key = tuple(getattr(body, fields[name]) for name in resource.key)
    values = sent_values(resource, body)
    return key, {name: value for name, value in values.items() if name not in resource.key}


def _segments(door: Door, request: Request) -> list[str]:
    given = grouped(asked_of(request))
    segments, most = given.pop("key", []), door.limits.bulk
    refuse_all(given, choices=("key",))
    if not 1 <= len(segments) <= most:
        raise InvalidParameterError(f"From 1 to {most} keys are expected.", parameter="key")
    return segments


def _key(resource: Resource, segment: str) -> Key | RequestError:
    try:
        return read_key(resource, segment)
    except RequestError as error:
        return error


def _keys_parameter(door: Door, resource: Resource) -> dict[str, Any]:
    parts = ", ".join(resource.key)
    said = f"The key of a row ({parts}, joined by a comma)." if len(resource.key) > 1 else "The key of a row."
    return {
        "name": "key",
        "in": "query",
        "required": True,
        "schema": {
            "type": "array",
            "items": key_parameter(resource, "key")["schema"],
            "minItems": 1,
            "maxItems": door.limits.bulk,
            "uniqueItems": True,
        },
        "description": f"{said} Once for each row.",
    }


register_doors("rest", writes=["POST /{r}/bulk", "PATCH /{r}/bulk", "DELETE /{r}/bulk"])
