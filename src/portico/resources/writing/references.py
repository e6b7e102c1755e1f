"""References that a written row may hold: to rows within reach, and to no others.

    await check_references(scope, notes, note, before={"team_id": 1})

A row that whoever asks may not read must look like one that does not exist: otherwise a reference to it tells
that it is there, and the row that holds it may carry rights that its owner never gave. A reference that was
there before may stay. Targets that are not exposed have no policy; for them the database alone decides.
Raises `ForeignKeyError`, in the words of one that points nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from portico.errors import ForbiddenError, ForeignKeyError
from portico.resources.description import Reference, Resource
from portico.resources.scope import Scope


def guards_references(scope: Scope, resource: Resource, names: Mapping[str, Any]) -> bool:
    """Whether writing these fields has to ask for rows that they refer to."""
    return any(True for _ in _guarded(scope, resource, names))


async def check_references(
    scope: Scope, resource: Resource, instance: Any, names: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Refuse a reference among the named fields that leads out of reach."""
    held = cast("dict[str, Any]", vars(instance))
    for reference, targets in _guarded(scope, resource, names):
        value = tuple(held.get(name) for name in reference.fields)
        kept = before and value == tuple(before.get(name) for name in reference.fields)
        if None in value or kept or _is_itself(resource, targets, reference, held, value):
            continue
        wanted = dict(zip(reference.keys, value, strict=True))
        if not [one for one in targets if await _is_within_reach(scope, one, wanted)]:
            names_said, table = ", ".join(reference.fields), reference.table.name
            raise ForeignKeyError(
                f"{names_said} refers to a row of {table} that does not exist.", fields=reference.fields
            )


def _guarded(
    scope: Scope, resource: Resource, names: Mapping[str, Any]
) -> Iterator[tuple[Reference, tuple[Resource, ...]]]:
    for reference in resource.references:
        targets = scope.resources.over(reference.table)
        sent = not names.keys().isdisjoint(reference.fields)
        if sent and targets and all(_has_rule(scope, target) for target in targets):
            yield reference, targets


def _has_rule(scope: Scope, target: Resource) -> bool:
    try:
        return scope.rule(target, "read") is not None
    except ForbiddenError:
        return True


def _is_itself(
    resource: Resource, targets: tuple[Resource, ...], reference: Reference, held: Any, value: Any
) -> bool:
    return resource in targets and value == tuple(held.get(name) for name in reference.keys)


async def _is_within_reach(scope: Scope, target: Resource, wanted: Mapping[str, Any]) -> bool:
    try:
        return await scope.rows(target).filter(**wanted).exists()
    except ForbiddenError:
        return False
