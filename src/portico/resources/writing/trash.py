"""Restore a deleted row, or remove it for good, where a class keeps its deleted rows.

    post = await restore_row(scope, posts, (1,))
    await purge_row(scope, posts, (1,))

A row that is not deleted is not in the trash, and so it is not there for either. Restoring is a change: it
asks the rules and the hooks of one, before and after. Raises `DuplicateError` where another row has taken the
key, `ConflictError` where the row belongs to one that is deleted, and what a change raises.
"""

from __future__ import annotations

from typing import Any, cast

from portico.db.query import Query
from portico.resources.description import Resource
from portico.resources.etags import Match
from portico.resources.hooks import Change
from portico.resources.reading import one_of
from portico.resources.scope import Scope

from .checks import still_within_reach
from .discretion import guarded
from .rows import complete, in_unit


async def restore_row(
    scope: Scope, resource: Resource, key: tuple[Any, ...], match: Match | None = None
) -> Any:
    """Let a deleted row be there again, with what was deleted along with it; gives the row."""

    async def work() -> Any:
        found = await one_of(scope.restorable(resource).lock(), resource, key)
        if match is not None:
            match.check(resource, found)
        held = dict(cast("dict[str, Any]", vars(found)))
        before = {name: held[name] for name in resource.columns if name in held}
        change = Change(found, "update", scope.principal, {}, before)
        await resource.hooks.before(change)
        await _of(scope, resource, key).restore()
        row = await one_of(_of(scope, resource, key), resource, key)
        await resource.hooks.after(Change(row, "update", scope.principal, {}, before))
        await still_within_reach(scope, resource, key, "update")
        return row

    with guarded(resource):
        return await complete(scope, resource, await in_unit(scope, resource, work))


async def purge_row(
    scope: Scope, resource: Resource, key: tuple[Any, ...], match: Match | None = None
) -> None:
    """Remove a deleted row for good."""

    async def work() -> None:
        found = await one_of(scope.rows(resource, "purge").lock(), resource, key)
        if match is not None:
            match.check(resource, found)
        change = Change(found, "delete", scope.principal)
        await resource.hooks.before(change)
        await _of(scope, resource, key).only_deleted().hard_delete()
        await resource.hooks.after(change)

    with guarded(resource):
        await in_unit(scope, resource, work)


def _of(scope: Scope, resource: Resource, key: tuple[Any, ...]) -> Query[Any]:
    whole: Query[Any] = Query(resource.model, scope.home(resource))
    return whole.filter(**dict(zip(resource.key, key, strict=True)))
