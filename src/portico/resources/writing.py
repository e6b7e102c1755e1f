"""Run the operations that write one row, each in one unit of work that policies have the last word in.

    post = await create_row(scope, posts, body)
    post = await change_row(scope, posts, (1,), body)

A row is checked before and after: one may neither change a row that is out of reach nor push it there. A
unit that the database gave up (deadlock, serialization) is run again.
Raises `NotFoundError`, `ForbiddenError`, and what the data layer raises for values and constraints.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel

from portico.access import Operation
from portico.db.fields import FieldSpec
from portico.db.models import delete, insert, key_of, update
from portico.db.query import Query
from portico.db.session import atomic
from portico.errors import ForbiddenError, InvalidError, NotFoundError, RequestError, UnauthenticatedError

from .discretion import guarded
from .reading import get_row, one_of
from .references import check_references, guards_references
from .resource import Resource
from .scope import Scope

T = TypeVar("T")
RETRIES: Final = 3
_AFTERWARDS: Final[dict[Operation, tuple[Operation, ...]]] = {
    "create": ("create",),
    "update": ("update", "read"),
}
"""The rules asked of a row that was written: it must not be pushed where its writer cannot see it, while one
that is only handed in (a message to somebody) need not be readable."""


async def create_row(scope: Scope, resource: Resource, body: BaseModel) -> Any:
    """Add a row; the create rule is asked of the row as it was stored."""
    values = sent_values(resource, body)

    async def insert_one() -> Any:
        instance = _made(resource, values)
        await check_references(scope, resource, instance, values, before={})
        await insert(scope.home(resource), instance)
        await _still_within_reach(scope, resource, key_of(instance), "create")
        return instance

    with guarded(resource):
        rule = scope.rule(resource, "create")
        alone = rule is None and not guards_references(scope, resource, values)
        made = await (insert_one() if alone else _unit(scope, resource, insert_one))
        return await _complete(scope, resource, made)


async def change_row(scope: Scope, resource: Resource, key: tuple[Any, ...], body: BaseModel) -> Any:
    """Change what was sent, and nothing else."""
    return await _write(scope, resource, key, sent_values(resource, body))


async def replace_row(scope: Scope, resource: Resource, key: tuple[Any, ...], body: BaseModel) -> Any:
    """Change what was sent and set everything else back to its default."""
    sent = sent_values(resource, body)
    for name, part in zip(resource.key, key, strict=True):
        if sent.pop(name, part) != part:
            raise InvalidError(
                f"The key of a {resource.title} cannot be changed.", fields={name: ["Differs from the path."]}
            )
    defaults = {
        name: default_of(spec)
        for name, spec in resource.columns.items()
        if name in _writable(resource) and name not in resource.key and _has_known_default(spec)
    }
    return await _write(scope, resource, key, {**defaults, **sent})


async def delete_row(scope: Scope, resource: Resource, key: tuple[Any, ...]) -> None:
    """Remove a row."""
    query = scope.rows(resource, "delete")

    async def delete_one() -> None:
        await delete(scope.home(resource), await one_of(query, resource, key))

    with guarded(resource):
        await _unit(scope, resource, delete_one)


async def _write(scope: Scope, resource: Resource, key: tuple[Any, ...], values: dict[str, Any]) -> Any:
    query = scope.rows(resource, "update")

    async def update_one() -> Any:
        instance = await one_of(query, resource, key)
        before = dict(cast("dict[str, Any]", vars(instance)))
        _fill(instance, values)
        await check_references(scope, resource, instance, values, before)
        await update(scope.home(resource), instance)
        await _still_within_reach(scope, resource, key, "update")
        return instance

    with guarded(resource):
        return await _complete(scope, resource, await _unit(scope, resource, update_one))


async def _unit(scope: Scope, resource: Resource, work: Callable[[], Awaitable[T]]) -> T:
    return await atomic.run(work, database=scope.home(resource), retries=RETRIES)


async def _complete(scope: Scope, resource: Resource, row: Any) -> Any:
    """The row with the relations that its Read schema shows.

    It is written by now: one that may be added and not read is shown as it was written, without relations.
    """
    if not (resource.embedded and resource.key):
        return row
    try:
        return await get_row(scope, resource, key_of(row), resource.embedded)
    except (ForbiddenError, NotFoundError, UnauthenticatedError):
        return row


async def _still_within_reach(
    scope: Scope, resource: Resource, key: tuple[Any, ...], operation: Operation
) -> None:
    rules = [scope.rule(resource, one) for one in _AFTERWARDS[operation]]
    asked = [rule for rule in rules if rule is not None]
    if not asked:
        return
    query: Query[Any] = Query(resource.model, scope.home(resource)).filter(*asked)
    if not await query.filter(**dict(zip(resource.identity, key, strict=True))).exists():
        raise ForbiddenError(f"You may not {operation} such a row in {resource.name}.")


def _made(resource: Resource, values: dict[str, Any]) -> Any:
    try:
        return resource.model(**values)
    except ValueError as error:
        raise RequestError(f"The {resource.title} was refused: {error}") from error


def _fill(instance: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        try:
            setattr(instance, name, value)
        except ValueError as error:
            raise InvalidError(f"{name} was refused: {error}", fields={name: [str(error)]}) from error


def sent_values(resource: Resource, body: BaseModel) -> dict[str, Any]:
    """The values of a body by column; what was not sent is not there, nor what is no column."""
    fields = type(body).model_fields
    sent = {
        fields[name].alias or name: getattr(body, name) for name in body.model_fields_set if name in fields
    }
    return {
        name: value
        for name, value in sent.items()
        if name in resource.columns and name not in resource.hidden
    }


def default_of(spec: FieldSpec) -> Any:
    """What a field holds when nobody says anything."""
    return spec.default() if callable(spec.default) else spec.default


def _has_known_default(spec: FieldSpec) -> bool:
    """Defaults that only the database can make stay as they are when a row is replaced."""
    return spec.has_default or (spec.nullable and not spec.server_default)


def _writable(resource: Resource) -> frozenset[str]:
    fields = resource.schemas.update.model_fields
    return frozenset(info.alias or name for name, info in fields.items()) - resource.hidden
