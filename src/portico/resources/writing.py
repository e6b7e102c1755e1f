"""Run the operations that write one row, each in one unit of work that policies have the last word in.

    post = await create_row(scope, posts, body)
    post = await change_row(scope, posts, (1,), body)

A row is checked before and after: one may neither change a row that is out of reach nor push it there.
Raises `NotFoundError`, `ForbiddenError`, and what the data layer raises for values and constraints.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from portico.access import Operation
from portico.db.fields import FieldSpec
from portico.db.models import delete, insert, key_of, update
from portico.db.query import Query
from portico.db.session import atomic
from portico.errors import ForbiddenError, InvalidError

from .reading import one_of
from .resource import Resource
from .scope import Scope


async def create_row(scope: Scope, resource: Resource, body: BaseModel) -> Any:
    """Add a row; the create rule is asked of the row as it was stored."""
    rule = scope.rule(resource, "create")
    instance = resource.model(**sent_values(resource, body))
    if rule is None:
        await insert(scope.database, instance)
        return instance
    async with atomic(scope.database):
        await insert(scope.database, instance)
        await _still_within_reach(scope, resource, key_of(instance), "create")
    return instance


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
    async with atomic(scope.database):
        await delete(scope.database, await one_of(query, resource, key))


async def _write(scope: Scope, resource: Resource, key: tuple[Any, ...], values: dict[str, Any]) -> Any:
    query = scope.rows(resource, "update")
    async with atomic(scope.database):
        instance = await one_of(query, resource, key)
        for name, value in values.items():
            setattr(instance, name, value)
        await update(scope.database, instance)
        if scope.rule(resource, "update") is not None:
            await _still_within_reach(scope, resource, key, "update")
    return instance


async def _still_within_reach(
    scope: Scope, resource: Resource, key: tuple[Any, ...], operation: Operation
) -> None:
    rule = scope.rule(resource, operation)
    query: Query[Any] = Query(resource.model, scope.database)
    query = query if rule is None else query.filter(rule)
    if not await query.filter(**dict(zip(resource.key, key, strict=True))).exists():
        raise ForbiddenError(f"You may not {operation} such a row in {resource.name}.")


def sent_values(resource: Resource, body: BaseModel) -> dict[str, Any]:
    """The values of a body by column; what was not sent is not there, nor what is no column."""
    fields = type(body).model_fields
    sent = {
        fields[name].alias or name: getattr(body, name) for name in body.model_fields_set if name in fields
    }
    return {name: value for name, value in sent.items() if name in resource.columns}


def default_of(spec: FieldSpec) -> Any:
    """What a field holds when nobody says anything."""
    return spec.default() if callable(spec.default) else spec.default


def _has_known_default(spec: FieldSpec) -> bool:
    """Defaults that only the database can make stay as they are when a row is replaced."""
    return spec.has_default or (spec.nullable and not spec.server_default)


def _writable(resource: Resource) -> frozenset[str]:
    fields = resource.schemas.update.model_fields
    return frozenset(info.alias or name for name, info in fields.items())
