"""Create a row, or change the one that has the same unique key: which of both it was is told truly.

    outcome = await upsert_row(scope, users, body, ("username",))
    outcome.made                    # True: there was none
    outcomes = await upsert_rows(scope, users, bodies, ("username",))

The key is named by whoever asks and never guessed. A row that is there is changed as by a PATCH: what is not
sent stays. A row out of reach is not there: the insert runs into the unique constraint and is a conflict, as
any create of such a row would be.

Of several who create one row at once a single one is told so. Who loses the race begins again in a new unit,
since a refused INSERT leaves a lock on MariaDB over which losers would deadlock.
Raises what create and change raise; `InvalidError` for a body without a value for the key, or with another
value for what cannot be changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, cast

from pydantic import BaseModel

from portico.db.models import key_of
from portico.db.query import Query
from portico.db.session import atomic
from portico.errors import (
    DuplicateError,
    ForbiddenError,
    InvalidError,
    RequestError,
    SerializationError,
    UnauthenticatedError,
)
from portico.resources.description import Resource
from portico.resources.grammar import single, unknown
from portico.resources.scope import Scope
from portico.resources.writing.passwords import hashed
from portico.resources.writing.references import among, chunks
from portico.resources.writing.rows import change_one, make_one
from portico.resources.writing.values import sent_values

from .batch import Batch, Key, Outcome, Together, Work, refuse_fields, without_twins
from .bulk import can_insert_together, insert_all, update_all

Values: TypeAlias = Mapping[str, Any]
On: TypeAlias = tuple[str, ...]


def chosen_key(resource: Resource, texts: Sequence[str] | None) -> On:
    """The unique key that ``on`` names, in any order; without it the primary key, if a body can hold it."""
    choices = resource.unique_keys
    own = choices.get(",".join(resource.identity))
    if texts is None and own is not None:
        return own
    text = "" if texts is None else single("on", list(texts))
    asked = sorted(name.strip() for name in text.split(","))
    found = next((names for names in choices.values() if sorted(names) == asked), None)
    if found is None:
        said = f"{text!r} is no unique key of {resource.name}." if text else "Say by which unique key."
        raise unknown(f"{said} Choose from: {'; '.join(choices)}.", text, choices, parameter="on")
    return found


async def upsert_row(scope: Scope, resource: Resource, body: BaseModel, on: On) -> Outcome:
    """Create a row or change the one with this key."""
    try:
        (outcome,) = await upsert_rows(scope, resource, [body], on)
    except RequestError as error:
        error.item = None  # It is no batch to whoever asks.
        raise
    return outcome


async def upsert_rows(
    scope: Scope,
    resource: Resource,
    bodies: Sequence[BaseModel | RequestError],
    on: On,
    *,
    lenient: bool = False,
) -> list[Outcome]:
    """The same for many."""
    given = await hashed(scope, resource, [_sent(resource, body, on) for body in bodies], "create", "update")
    sent = [one if isinstance(one, RequestError) else _key(one, on) for one in given]
    keys = without_twins(sent, refuse_fields(on))
    accepted: list[Values] = []
    works: list[Work | RequestError] = []
    for key, values in zip(keys, given, strict=True):
        if isinstance(key, RequestError) or isinstance(values, RequestError):
            works.append(key if isinstance(key, RequestError) else cast("RequestError", values))
        else:
            accepted.append(values)
            works.append(partial(_upsert, scope, resource, on, values))
    hooked = resource.has_hooks("update") or not can_insert_together(scope, resource, accepted)
    together: Together | None = None if hooked else partial(_upsert_all, scope, resource, on, accepted)
    return await Batch(scope, resource, works, together).run(lenient=lenient)


def _sent(resource: Resource, body: BaseModel | RequestError, on: On) -> Values | RequestError:
    if isinstance(body, RequestError):
        return body
    values = sent_values(resource, body)
    missing = [name for name in on if values.get(name) is None]
    if not missing:
        return values
    return InvalidError(
        f"The key of an upsert is needed: {', '.join(missing)}.",
        fields={name: ["A value is needed to find the row by."] for name in missing},
    )


def _key(values: Values, on: On) -> Key:
    return tuple(values[name] for name in on)


async def _upsert(scope: Scope, resource: Resource, on: On, sent: Values) -> Outcome:
    # Validators come first: the row that is looked for is the one that would be stored.
    values = await resource.hooks.values(sent)
    row = await _found(scope, resource, on, values)
    if row is not None:
        changes = _changes(resource, row, values, on)
        return Outcome(await change_one(scope, resource, key_of(row), changes, validated=True))
    scope.rule(resource, "create")  # Denied altogether: that there is such a row is not told either.
    try:
        async with atomic(scope.home(resource)):
            return Outcome(await make_one(scope, resource, dict(values), validated=True), made=True)
    except DuplicateError:
        if await _found(scope, resource, on, values) is None:
            raise
        # The unit is given up and run again, as after a deadlock.
        raise SerializationError(f"Somebody else created this {resource.title} meanwhile.") from None


async def _found(scope: Scope, resource: Resource, on: On, values: Values) -> Any | None:
    query = _within_reach(scope, resource)
    if query is None:
        return None
    found = await query.filter(**dict(zip(on, _key(values, on), strict=True))).limit(1)
    return found[0] if found else None


def _within_reach(scope: Scope, resource: Resource) -> Query[Any] | None:
    """The rows that may be changed, locked; None when there are none for whoever asks."""
    try:
        return scope.rows(resource, "update").lock()
    except (ForbiddenError, UnauthenticatedError):
        return None


def _changes(resource: Resource, row: Any, values: Values, on: On) -> dict[str, Any]:
    """What an upsert changes of a row that is there; what is only written once may only be said again."""
    writable, held = resource.writable("update"), cast("dict[str, Any]", vars(row))
    others = {name: value for name, value in values.items() if name not in on}
    fixed = [name for name, value in others.items() if name not in writable and held.get(name) != value]
    if fixed:
        raise InvalidError(
            f"The {resource.title} is there, and cannot be changed so: {', '.join(fixed)}.",
            fields={name: ["Cannot be changed."] for name in fixed},
        )
    return {name: value for name, value in others.items() if name in writable}


async def _upsert_all(scope: Scope, resource: Resource, on: On, many: Sequence[Values]) -> list[Outcome]:
    there = await _all_found(scope, resource, on, many)
    changed = [
        (there[_key(one, on)], _changes(resource, there[_key(one, on)], one, on))
        for one in many
        if _key(one, on) in there
    ]
    new = [one for one in many if _key(one, on) not in there]
    made = iter(await insert_all(scope, resource, new) if new else [])
    kept = iter(await update_all(scope, resource, changed) if changed else [])
    return [next(kept) if _key(one, on) in there else next(made) for one in many]


async def _all_found(scope: Scope, resource: Resource, on: On, many: Sequence[Values]) -> dict[Key, Any]:
    query = _within_reach(scope, resource)
    found: dict[Key, Any] = {}
    if query is None:
        return found
    for chunk in chunks(on, [_key(one, on) for one in many]):
        for row in await query.filter(among(on, chunk)):
            found[tuple(getattr(row, name) for name in on)] = row
    return found
