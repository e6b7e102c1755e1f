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

from portico.db.models import delete, insert, key_of, update
from portico.db.session import atomic
from portico.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from portico.resources.description import Resource
from portico.resources.grammar import Include
from portico.resources.reading import get_row, one_of
from portico.resources.scope import Scope

from .checks import still_within_reach
from .discretion import guarded
from .references import check_references, guards_references
from .values import fill, made, replacing_values, sent_values

T = TypeVar("T")
RETRIES: Final = 3


async def create_row(scope: Scope, resource: Resource, body: BaseModel) -> Any:
    """Add a row; the create rule is asked of the row as it was stored."""
    values = sent_values(resource, body)

    async def insert_one() -> Any:
        instance = made(resource, values)
        await check_references(scope, resource, instance, values, before={})
        await insert(scope.home(resource), instance)
        await still_within_reach(scope, resource, key_of(instance), "create")
        return instance

    with guarded(resource):
        rule = scope.rule(resource, "create")
        alone = rule is None and not guards_references(scope, resource, values)
        row = await (insert_one() if alone else in_unit(scope, resource, insert_one))
        return await complete(scope, resource, row)


async def change_row(scope: Scope, resource: Resource, key: tuple[Any, ...], body: BaseModel) -> Any:
    """Change what was sent, and nothing else."""
    return await _write(scope, resource, key, sent_values(resource, body))


async def replace_row(scope: Scope, resource: Resource, key: tuple[Any, ...], body: BaseModel) -> Any:
    """Change what was sent and set everything else back to its default."""
    return await _write(scope, resource, key, replacing_values(resource, sent_values(resource, body), key))


async def delete_row(scope: Scope, resource: Resource, key: tuple[Any, ...]) -> None:
    """Remove a row."""
    query = scope.rows(resource, "delete")

    async def delete_one() -> None:
        await delete(scope.home(resource), await one_of(query, resource, key))

    with guarded(resource):
        await in_unit(scope, resource, delete_one)


async def in_unit(scope: Scope, resource: Resource, work: Callable[[], Awaitable[T]]) -> T:
    """Run work in one unit, again where the database gave it up."""
    return await atomic.run(work, database=scope.home(resource), retries=RETRIES)


async def complete(scope: Scope, resource: Resource, row: Any) -> Any:
    """The row with the relations that its Read schema shows.

    It is written by now: one that may be added and not read is shown as it was written, without relations.
    """
    if not (resource.embedded and resource.key):
        return row
    try:
        return await get_row(scope, resource, key_of(row), own_includes(resource))
    except (ForbiddenError, NotFoundError, UnauthenticatedError):
        return row


def own_includes(resource: Resource) -> tuple[Include, ...]:
    """The relations that the Read schema of a resource shows by itself."""
    return tuple(Include(path=path) for path in resource.embedded)


async def _write(scope: Scope, resource: Resource, key: tuple[Any, ...], values: dict[str, Any]) -> Any:
    query = scope.rows(resource, "update")

    async def update_one() -> Any:
        instance = await one_of(query, resource, key)
        before = dict(cast("dict[str, Any]", vars(instance)))
        fill(instance, values)
        await check_references(scope, resource, instance, values, before)
        await update(scope.home(resource), instance)
        await still_within_reach(scope, resource, key, "update")
        return instance

    with guarded(resource):
        return await complete(scope, resource, await in_unit(scope, resource, update_one))
