"""References that a written row may hold: to rows within reach, and to no others.

    await check_references(scope, notes, {"team_id": 2}, {"team_id": 2}, before={"team_id": 1})

A row that whoever asks may not read must look like one that does not exist: otherwise a reference to it tells
that it is there, and the row that holds it may carry rights that its owner never gave. A reference that was
there before may stay. Targets that are not exposed have no policy; for them the database alone decides.
Raises `ForeignKeyError`, in the words of one that points nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from portico.db.query import Q
from portico.errors import ForbiddenError, ForeignKeyError
from portico.resources.description import Reference, Resource
from portico.resources.scope import Scope

CHUNK: Final = 100
LIST: Final = 500


def guards_references(scope: Scope, resource: Resource, names: Mapping[str, Any]) -> bool:
    """Whether writing these fields has to ask for rows that they refer to."""
    return any(True for _ in _guarded(scope, resource, names))


async def check_references(
    scope: Scope,
    resource: Resource,
    held: Mapping[str, Any],
    names: Mapping[str, Any],
    before: Mapping[str, Any],
) -> None:
    """Refuse a reference among the named fields that leads out of reach."""
    for reference, targets in _guarded(scope, resource, names):
        value = tuple(held.get(name) for name in reference.fields)
        kept = before and value == tuple(before.get(name) for name in reference.fields)
        if None in value or kept or _is_itself(resource, targets, reference, held, value):
            continue
        wanted = dict(zip(reference.keys, value, strict=True))
        if not [one for one in targets if await _is_within_reach(scope, one, wanted)]:
            raise _leads_nowhere(reference)


@dataclass(frozen=True, slots=True)
class Held:
    """A row to be written: what it will hold, the fields that were sent, and what it held before."""

    after: Mapping[str, Any]
    names: Mapping[str, Any]
    before: Mapping[str, Any]


async def check_references_of_all(scope: Scope, resource: Resource, rows: Sequence[Held]) -> None:
    """The same for many rows: one question for each way, not for each row."""
    wanted: dict[Reference, dict[tuple[Any, ...], None]] = {}
    for row in rows:
        for reference, targets in _guarded(scope, resource, row.names):
            value = tuple(row.after.get(name) for name in reference.fields)
            kept = row.before and value == tuple(row.before.get(name) for name in reference.fields)
            if not (None in value or kept or _is_itself(resource, targets, reference, row.after, value)):
                wanted.setdefault(reference, {})[value] = None
    for reference, values in wanted.items():
        if await _reached(scope, reference, list(values)) < len(values):
            raise _leads_nowhere(reference)


async def _reached(scope: Scope, reference: Reference, values: Sequence[tuple[Any, ...]]) -> int:
    found: set[tuple[Any, ...]] = set()
    for target in scope.resources.over(reference.table):
        try:
            query = scope.rows(target)
        except ForbiddenError:
            continue
        for chunk in chunks(reference.keys, values):
            chosen = among(reference.keys, chunk)
            found.update(map(tuple, await query.filter(chosen).values_list(*reference.keys)))
    return len(found)


def chunks(names: Sequence[str], values: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """As many values at a time as one question takes: lists are long, conditions that are joined are not."""
    size = LIST if len(names) == 1 else CHUNK
    return (values[start : start + size] for start in range(0, len(values), size))


def among(names: tuple[str, ...], values: Sequence[tuple[Any, ...]]) -> Q:
    """The condition for rows that hold one of these values in fields."""
    if len(names) == 1:
        return Q(**{f"{names[0]}__in": [value[0] for value in values]})
    return reduce(lambda a, b: a | b, (Q(**dict(zip(names, value, strict=True))) for value in values))


def _guarded(
    scope: Scope, resource: Resource, names: Mapping[str, Any]
) -> Iterator[tuple[Reference, tuple[Resource, ...]]]:
    for reference in resource.references:
        targets = scope.resources.over(reference.table)
        sent = not names.keys().isdisjoint(reference.fields)
        if sent and targets and all(_has_rule(scope, target) for target in targets):
            yield reference, targets


def _leads_nowhere(reference: Reference) -> ForeignKeyError:
    names, table = ", ".join(reference.fields), reference.table.name
    return ForeignKeyError(
        f"{names} refers to a row of {table} that does not exist.", fields=reference.fields
    )


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
