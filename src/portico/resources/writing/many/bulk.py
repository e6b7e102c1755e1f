"""Create, change and delete many rows with few statements.

    outcomes = await create_rows(scope, posts, bodies)                         # one INSERT
    outcomes = await change_rows(scope, posts, [((1,), {"title": "New"})])     # one SELECT, one UPDATE
    outcomes = await delete_rows(scope, posts, [(1,), (2,)], lenient=True)     # each for itself

An item that is an error already counts as refused. Raises what the operations on one row raise, with ``item``
set; `batch` tells how all of it or nothing is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, cast

from pydantic import BaseModel

from portico.access import Operation
from portico.db.models import bulk_delete, bulk_insert, bulk_update, key_of
from portico.errors import InvalidParameterError, NotFoundError, RequestError
from portico.resources.description import Resource
from portico.resources.keys import absent, write_key
from portico.resources.scope import Scope
from portico.resources.writing.checks import all_still_within_reach
from portico.resources.writing.directly import keeps_rules
from portico.resources.writing.passwords import hashed
from portico.resources.writing.references import Held, check_references_of_all
from portico.resources.writing.rows import change_one, make_one, remove_one
from portico.resources.writing.values import changes_of, fill, made, sent_values

from .batch import Batch, Key, Outcome, Work, refuse_fields, without_twins

Values: TypeAlias = Mapping[str, Any]
Change: TypeAlias = tuple[Key, Values]


async def create_rows(
    scope: Scope, resource: Resource, bodies: Sequence[BaseModel | RequestError], *, lenient: bool = False
) -> list[Outcome]:
    """Add rows."""
    sent = [body if isinstance(body, RequestError) else sent_values(resource, body) for body in bodies]
    many = await hashed(scope, resource, sent, "create")
    works = [one if isinstance(one, RequestError) else partial(_made, scope, resource, one) for one in many]
    accepted = [one for one in many if not isinstance(one, RequestError)]
    together = partial(insert_all, scope, resource, accepted)
    able = can_insert_together(scope, resource, accepted)
    return await Batch(scope, resource, works, together if able else None).run(lenient=lenient)


async def change_rows(
    scope: Scope, resource: Resource, changes: Sequence[Change | RequestError], *, lenient: bool = False
) -> list[Outcome]:
    """Change what is sent of each row, which its key names."""
    sent = [one if isinstance(one, RequestError) else one[0] for one in changes]
    keys = without_twins(sent, refuse_fields(resource.key))
    given = [one if isinstance(one, RequestError) else one[1] for one in changes]
    accepted: list[Change] = []
    works: list[Work | RequestError] = []
    for key, values in zip(keys, await hashed(scope, resource, given, "update"), strict=True):
        if isinstance(key, RequestError) or isinstance(values, RequestError):
            works.append(key if isinstance(key, RequestError) else cast("RequestError", values))
        else:
            accepted.append((key, values))
            works.append(partial(_changed, scope, resource, key, values))
    together = None if resource.has_hooks("update") else partial(_change_all, scope, resource, accepted)
    return await Batch(scope, resource, works, together).run(lenient=lenient)


async def delete_rows(
    scope: Scope, resource: Resource, keys: Sequence[Key | RequestError], *, lenient: bool = False
) -> list[Outcome]:
    """Remove rows."""
    found = without_twins(keys, lambda said: InvalidParameterError(said, parameter="key"))
    accepted = [key for key in found if not isinstance(key, RequestError)]
    works = [
        key if isinstance(key, RequestError) else partial(_removed, scope, resource, key) for key in found
    ]
    together = None if resource.has_hooks("delete") else partial(_delete_all, scope, resource, accepted)
    return await Batch(scope, resource, works, together).run(lenient=lenient)


def can_insert_together(scope: Scope, resource: Resource, values: Sequence[Values]) -> bool:
    """Whether one statement adds the rows and tells what the database made for each."""
    told = scope.home(resource).capabilities.insert_returning
    return told and bool(values) and not resource.has_hooks("create")


async def insert_all(scope: Scope, resource: Resource, many: Sequence[Values]) -> list[Outcome]:
    """Add rows in one go, inside an open unit."""
    scope.rule(resource, "create")  # Denied altogether: nothing is asked of the database.
    instances = [made(resource, dict(values)) for values in many]
    held = [
        Held(cast("dict[str, Any]", vars(one)), values, {})
        for one, values in zip(instances, many, strict=True)
    ]
    await check_references_of_all(scope, resource, held)
    await bulk_insert(scope.home(resource), instances, sent=many, reload=True)
    await all_still_within_reach(scope, resource, [key_of(one) for one in instances], "create")
    return [Outcome(one, made=True) for one in instances]


async def update_all(scope: Scope, resource: Resource, rows: Sequence[tuple[Any, Values]]) -> list[Outcome]:
    """Change rows that are loaded and within reach: one statement for each set of fields."""
    held: list[Held] = []
    groups: dict[tuple[str, ...], list[tuple[Any, Values]]] = {}
    for row, sent in rows:
        values = changes_of(resource, row, dict(sent))
        before = dict(cast("dict[str, Any]", vars(row)))
        held.append(Held(before | values, values, before))
        groups.setdefault(tuple(sorted(values)), []).append((row, values))
    # Before the rows are touched: a question inside a unit writes what was changed so far.
    await check_references_of_all(scope, resource, held)
    for names, members in groups.items():
        if names:
            await _write(scope, resource, names, members)
    if not keeps_rules(scope, resource, {name for names in groups for name in names}):
        await all_still_within_reach(scope, resource, [key_of(row) for row, _ in rows], "update")
    return [Outcome(row) for row, _ in rows]


async def _write(
    scope: Scope, resource: Resource, names: Sequence[str], members: Sequence[tuple[Any, Values]]
) -> None:
    for row, values in members:
        fill(row, dict(values))
    found = await bulk_update(scope.home(resource), [row for row, _ in members], names, reload=True)
    if found < len(members):
        raise NotFoundError(f"A {resource.title} is no longer in the database.")


async def _change_all(scope: Scope, resource: Resource, changes: Sequence[Change]) -> list[Outcome]:
    rows = await _rows(scope, resource, [key for key, _ in changes], "update")
    return await update_all(
        scope, resource, [(row, values) for row, (_, values) in zip(rows, changes, strict=True)]
    )


async def _delete_all(scope: Scope, resource: Resource, keys: Sequence[Key]) -> list[Outcome]:
    rows = await _rows(scope, resource, keys, "delete")
    if await bulk_delete(scope.home(resource), resource.model, rows) < len(rows):
        raise NotFoundError(f"A {resource.title} is no longer in the database.")
    return [Outcome() for _ in rows]


async def _rows(scope: Scope, resource: Resource, keys: Sequence[Key], operation: Operation) -> list[Any]:
    """The rows of these keys, in their order, locked."""
    found = await scope.rows(resource, operation).lock().in_bulk(keys)
    by_key = {key_of(row): row for row in found.values()}
    missing = next((key for key in keys if key not in by_key), None)
    if missing is not None:
        raise absent(resource, write_key(missing))
    return [by_key[key] for key in keys]


async def _made(scope: Scope, resource: Resource, values: Values) -> Outcome:
    return Outcome(await make_one(scope, resource, dict(values)), made=True)


async def _changed(scope: Scope, resource: Resource, key: Key, values: Values) -> Outcome:
    return Outcome(await change_one(scope, resource, key, values))


async def _removed(scope: Scope, resource: Resource, key: Key) -> Outcome:
    await remove_one(scope, resource, key)
    return Outcome()
