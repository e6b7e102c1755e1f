"""Run the operations that write one row, each in one unit of work that policies have the last word in.

    post = await create_row(scope, posts, body)
    post = await change_row(scope, posts, (1,), body)

The pieces `make_one`, `change_one` and `remove_one` run inside whatever unit is open, and the operations open
one, or do with a single statement where that is enough. A row is checked before and after: one may neither
change a row that is out of reach nor push it there. A unit that the database gave up (deadlock,
serialization) is run again.
Raises `NotFoundError`, `ForbiddenError`, `PreconditionFailedError`, and what the data layer raises for values
and constraints.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel

from portico.db.compiled import on_general_path
from portico.db.models import delete, insert, key_of, update
from portico.db.session import atomic
from portico.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from portico.resources.description import Resource
from portico.resources.etags import Match
from portico.resources.grammar import Include, Reach
from portico.resources.hooks import Change
from portico.resources.reading import get_row, one_of
from portico.resources.scope import Scope

from .checks import still_within_reach
from .directly import change_directly, creates_directly, keeps_rules, remove_directly
from .discretion import guarded
from .passwords import hashed_one
from .references import check_references
from .values import changes_of, fill, made, replacing_values, sent_values

T = TypeVar("T")
RETRIES: Final = 3


async def make_one(
    scope: Scope, resource: Resource, values: dict[str, Any], *, validated: bool = False
) -> Any:
    """Add a row with these values; the create rule is asked of the row as it was stored.

    ``validated`` values have been through the validators of the application already.
    """
    values = values if validated else await resource.hooks.values(values)
    instance = made(resource, values)
    await check_references(scope, resource, cast("dict[str, Any]", vars(instance)), values, before={})
    change = Change(instance, "create", scope.principal, values)
    await resource.hooks.before(change)
    with on_general_path():
        await insert(scope.home(resource), instance, sent=values, reload=True)
    await resource.hooks.after(change)
    await still_within_reach(scope, resource, key_of(instance), "create")
    return instance


async def change_one(  # noqa: PLR0913 -- as change_row, and whether validators have run
    scope: Scope,
    resource: Resource,
    key: tuple[Any, ...],
    values: Mapping[str, Any],
    match: Match | None = None,
    *,
    validated: bool = False,
) -> Any:
    """Set values in one row, which is locked until the unit ends; ``validated`` as of `make_one`."""
    instance = await one_of(scope.rows(resource, "update").lock(), resource, key)
    if match is not None:
        match.check(resource, instance)
    before = dict(cast("dict[str, Any]", vars(instance)))
    values = changes_of(resource, instance, values if validated else await resource.hooks.values(values))
    # Before the row is touched: a question inside a unit writes what was changed so far, and a key of no row
    # would be refused by that statement, while a key out of reach would pass it.
    await check_references(scope, resource, {**before, **values}, values, before)
    fill(instance, values)
    held = {name: before[name] for name in resource.columns if name in before}
    change = Change(instance, "update", scope.principal, values, held)
    await resource.hooks.before(change)
    await update(scope.home(resource), instance, sent=values, reload=True)
    await resource.hooks.after(change)
    if resource.has_hooks("update") or not keeps_rules(scope, resource, values):
        await still_within_reach(scope, resource, key_of(instance), "update")
    return instance


async def remove_one(
    scope: Scope, resource: Resource, key: tuple[Any, ...], match: Match | None = None
) -> Any:
    """Remove one row; gives what it was."""
    instance = await one_of(scope.rows(resource, "delete").lock(), resource, key)
    if match is not None:
        match.check(resource, instance)
    change = Change(instance, "delete", scope.principal)
    await resource.hooks.before(change)
    await delete(scope.home(resource), instance)
    await resource.hooks.after(change)
    return instance


async def create_row(scope: Scope, resource: Resource, body: BaseModel) -> Any:
    """Add a row."""
    values = await hashed_one(scope, resource, sent_values(resource, body), "create")

    async def work() -> Any:
        return await make_one(scope, resource, values)

    with guarded(resource):
        alone = creates_directly(scope, resource, values)
        row = await (work() if alone else in_unit(scope, resource, work))
        return await complete(scope, resource, row)


async def change_row(
    scope: Scope, resource: Resource, key: tuple[Any, ...], body: BaseModel, match: Match | None = None
) -> Any:
    """Change what was sent, and nothing else."""
    return await change_values(scope, resource, key, sent_values(resource, body), match)


async def replace_row(
    scope: Scope, resource: Resource, key: tuple[Any, ...], body: BaseModel, match: Match | None = None
) -> Any:
    """Change what was sent and set everything else back to its default."""
    values = replacing_values(resource, sent_values(resource, body), key)
    return await change_values(scope, resource, key, values, match)


async def change_values(
    scope: Scope,
    resource: Resource,
    key: tuple[Any, ...],
    values: Mapping[str, Any],
    match: Match | None = None,
) -> Any:
    """Set values in one row: by one statement where nothing has to be known before and asked after it."""
    values = await hashed_one(scope, resource, values, "update")

    async def work() -> Any:
        return await change_one(scope, resource, key, values, match)

    with guarded(resource):
        row = None if match is not None else await change_directly(scope, resource, key, values)
        return await complete(scope, resource, row or await in_unit(scope, resource, work))


async def delete_row(
    scope: Scope, resource: Resource, key: tuple[Any, ...], match: Match | None = None
) -> None:
    """Remove a row."""

    async def work() -> Any:
        return await remove_one(scope, resource, key, match)

    with guarded(resource):
        if match is not None or not await remove_directly(scope, resource, key):
            await in_unit(scope, resource, work)


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
        reach = Reach(scope.resources, resource)
        return await get_row(scope, reach, key_of(row), own_includes(resource))
    except (ForbiddenError, NotFoundError, UnauthenticatedError):
        return row


def own_includes(resource: Resource) -> tuple[Include, ...]:
    """The relations that the Read schema of a resource shows by itself."""
    return tuple(Include(path=path) for path in resource.embedded)
