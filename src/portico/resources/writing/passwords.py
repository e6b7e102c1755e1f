"""Passwords on their way into rows: hashed before a unit of work opens, so that it holds no lock meanwhile.

    values = await hashed_one(scope, users, {"username": "ann", "password": "secret word"}, "create")
    many = await hashed(scope, users, items, "create", "update")

A hash takes tens of milliseconds of a processor, on purpose. What is refused anyway is not hashed here:
values that do not fit, and writes that whoever asks may do to no row. Where code of the application sees the
values of a write (hooks, ``@validates``), it sees what was sent, and passwords are hashed when the row is
written.
Raises nothing of its own; what is wrong with a value is said when the row is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from portico.access import Write
from portico.db.fields import FieldSpec, HashedPassword, hash_passwords, validate
from portico.db.fields.passwords import MAX_LENGTH
from portico.db.models import watches_assignment
from portico.errors import ForbiddenError, InvalidError, RequestError, UnauthenticatedError
from portico.resources.description import Resource
from portico.resources.scope import Scope

Values = Mapping[str, Any]
E = TypeVar("E", bound=RequestError)


async def hashed_one(scope: Scope, resource: Resource, values: Values, *writes: Write) -> dict[str, Any]:
    """The values of one row."""
    (ready,) = await hashed(scope, resource, [values], *writes)
    return ready


async def hashed(
    scope: Scope, resource: Resource, items: Sequence[Values | E], *writes: Write
) -> list[dict[str, Any] | E]:
    """The values of many rows, hashed side by side; items that are refused already stay as they are."""
    ready = [one if isinstance(one, RequestError) else dict(one) for one in items]
    specs = {name: spec for name, spec in resource.columns.items() if spec.write_only}
    if not specs or not _is_unseen(scope, resource, specs, writes):
        return ready
    places = [
        (one, name, plain)
        for one in ready
        if not isinstance(one, RequestError)
        for name in specs.keys() & one.keys()
        if (plain := _plain(specs[name], name, one[name])) is not None
    ]
    hashes = await hash_passwords([plain for _, _, plain in places])
    for (one, name, _), made in zip(places, hashes, strict=True):
        one[name] = made
    return ready


def _is_unseen(scope: Scope, resource: Resource, names: Mapping[str, Any], writes: Sequence[Write]) -> bool:
    """Whether nobody but the database gets to see these values, if anything may be written at all."""
    if any(resource.has_hooks(write) for write in writes) or watches_assignment(resource.model, names):
        return False
    return any(_may(scope, resource, write) for write in writes)


def _may(scope: Scope, resource: Resource, write: Write) -> bool:
    try:
        scope.rule(resource, write)
    except (ForbiddenError, UnauthenticatedError):
        return False
    return True


def _plain(spec: FieldSpec, name: str, value: Any) -> str | None:
    """The password to hash; None for what is none, or will be refused."""
    try:
        checked = validate({name: spec}, {name: value}, partial=True, where="")[name]
    except InvalidError:
        return None
    is_plain = isinstance(checked, str) and not isinstance(checked, HashedPassword)
    return checked if is_plain and len(checked) <= MAX_LENGTH else None
