"""Write one row by one statement, where nothing has to be known before it and asked after it.

    await change_directly(scope, posts, (1,), {"title": "New"})      # the row; None: it takes a unit of work

The policy stands in the WHERE of the statement, so a row out of reach is not there. That is enough unless a
rule has to be asked of the row as it became: one that reads a column which the write changes, or of which
that is not known. Code of the application, references to rows with policies and what watches assignments
need the row itself; all of these take the longer way. When in doubt, the longer way.
Raises `NotFoundError` when no row within reach has the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from portico.access import Operation
from portico.db.models import mapper_of, moving_columns, watches_assignment
from portico.db.query import Query, fields_read
from portico.db.scoping import keeper_of
from portico.db.session import current_unit, is_retryable
from portico.errors import UnavailableError
from portico.resources.description import Resource
from portico.resources.keys import absent, write_key
from portico.resources.scope import Scope

from .references import guards_references

_OPTIONS = frozenset({"returning", "at_most"})
"""What update() takes besides columns."""


def creates_directly(scope: Scope, resource: Resource, values: Mapping[str, Any]) -> bool:
    """Whether a new row is one statement: there is no rule that it could break."""
    if resource.has_hooks("create") or guards_references(scope, resource, values):
        return False
    return scope.rule(resource, "create") is None and not scope.rules_after(resource, "create")


async def change_directly(
    scope: Scope, resource: Resource, key: tuple[Any, ...], values: Mapping[str, Any]
) -> Any | None:
    """Set values in one row; None where that takes a unit of work."""
    if not (is_alone(scope, resource) and changes_directly(scope, resource, values)):
        return None
    query = scope.rows(resource, "update").filter(**dict(zip(resource.key, key, strict=True)))
    try:
        return await update_one(scope, resource, query, key, values)
    except UnavailableError as error:
        if not is_retryable(error):
            raise
        return None  # The database has undone it; the unit is run again as often as others.


def changes_directly(scope: Scope, resource: Resource, values: Mapping[str, Any]) -> bool:
    """Whether setting these values cannot change what the rules say, and nothing else has to see the row."""
    if not values or resource.version in values:
        return False  # A version that was sent is compared with that of the row.
    if resource.has_hooks("update") or guards_references(scope, resource, values):
        return False
    if resource.loaded_by_name:
        return False  # The row that comes back with the statement would lack what the class leaves out.
    if _OPTIONS.union(resource.rules.write_once) & values.keys() or watches_assignment(
        resource.model, values
    ):
        return False
    moving = moving_columns(resource.model, values)
    return moving is not None and not moving & set(resource.identity) and keeps_rules(scope, resource, values)


def keeps_rules(scope: Scope, resource: Resource, names: Iterable[str]) -> bool:
    """Whether the rules say the same of a row before and after these columns of it are written."""
    moving = moving_columns(resource.model, names)
    if moving is None:
        return False
    if resource.policy.has_check:
        return not scope.rules_after(resource, "update")
    return all(_is_untouched(scope, resource, one, moving) for one in ("update", "read"))


async def update_one(
    scope: Scope, resource: Resource, query: Query[Any], key: tuple[Any, ...], values: Mapping[str, Any]
) -> Any:
    """Set values in the one row of a query, and give it as it is stored now."""
    database = scope.home(resource)
    if database.capabilities.update_returning:
        found: list[Any] = await query.update(returning=True, **values)
    else:
        whole: Query[Any] = Query(resource.model, database)
        changed = cast("int", await query.update(**values))
        # Whoever may write the row may see it as it became: the rules say the same of it as before.
        found = list(await whole.filter(**dict(zip(resource.key, key, strict=True)))) if changed else []
    if not found:
        raise absent(resource, write_key(key))
    return found[0]


async def remove_directly(scope: Scope, resource: Resource, key: tuple[Any, ...]) -> bool:
    """Remove one row; False where that takes a unit of work."""
    if not removes_directly(scope, resource):
        return False
    query = scope.rows(resource, "delete").filter(**dict(zip(resource.key, key, strict=True)))
    try:
        if not await query.delete():
            raise absent(resource, write_key(key))
    except UnavailableError as error:
        if not is_retryable(error):
            raise
        return False
    return True


def removes_directly(scope: Scope, resource: Resource) -> bool:
    """Whether nothing has to see a row before it goes, and no other goes with it."""
    keeper = keeper_of(mapper_of(resource.model).local_table)
    alone = keeper is None or keeper.is_alone
    return alone and not resource.has_hooks("delete") and is_alone(scope, resource)


def is_alone(scope: Scope, resource: Resource) -> bool:
    """Whether the rows are in one table, and no unit around holds objects of them."""
    return current_unit(scope.home(resource)) is None and moving_columns(resource.model, ()) is not None


def _is_untouched(scope: Scope, resource: Resource, operation: Operation, moving: frozenset[str]) -> bool:
    rule = scope.rule(resource, operation)
    if rule is None:
        return True
    query: Query[Any] = Query(resource.model, scope.home(resource))
    read = fields_read(query.filter(rule).state)
    return read is not None and not read & moving
