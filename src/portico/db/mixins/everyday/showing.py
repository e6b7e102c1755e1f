"""What an object holds: as a dictionary, as JSON, and against another state of it.

    to_dict(post, include=["title"], exclude=None, relations=[])
    changed_fields(post)          # ("title",)
    diff(post, other)             # {"title": ("Old", "New")}

Passwords and secrets are in none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm.attributes import instance_state

from portico._kernel.suggest import unknown_name
from portico.db.models import column_specs
from portico.db.models.keys import class_of
from portico.db.models.schemas import read_schema, shown
from portico.db.models.writing import changed_values
from portico.errors import UsageError


def to_dict(
    instance: Any, include: Iterable[str] | None, exclude: Iterable[str] | None, relations: Collection[str]
) -> dict[str, Any]:
    """The values that the Read schema shows."""
    read = _read(instance, relations)
    chosen, left = _names(read, include, "include"), _names(read, exclude, "exclude")
    return read.model_dump(by_alias=True, include=chosen, exclude=left)


def to_json(
    instance: Any, include: Iterable[str] | None, exclude: Iterable[str] | None, relations: Collection[str]
) -> str:
    """The same as JSON."""
    read = _read(instance, relations)
    chosen, left = _names(read, include, "include"), _names(read, exclude, "exclude")
    return read.model_dump_json(by_alias=True, include=chosen, exclude=left)


def changed_fields(instance: Any) -> tuple[str, ...]:
    """The fields that were assigned another value than the database has."""
    committed = instance_state(instance).committed_state
    # What was done inside a list or a dictionary cannot be seen: only one that was assigned counts.
    return tuple(
        name
        for name, value in changed_values(instance).items()
        if not isinstance(value, (dict, list)) or (name in committed and committed[name] != value)
    )


def diff(instance: Any, other: Any) -> dict[str, tuple[Any, Any]]:
    """The fields in which two objects differ, each with both values."""
    cls = class_of(instance)
    if not isinstance(other, cls):
        raise UsageError(f"A {cls.__name__} is compared with another one, not with {type(other).__name__}.")
    found: dict[str, tuple[Any, Any]] = {}
    for name, spec in column_specs(cls).items():
        if spec.secret or spec.write_only:
            continue
        mine, theirs = getattr(instance, name), getattr(other, name)
        if mine != theirs:
            found[name] = (mine, theirs)
    return found


def _read(instance: Any, relations: Collection[str]) -> BaseModel:
    return shown(instance, read_schema(class_of(instance), *relations))


def _names(read: BaseModel, given: Iterable[str] | None, option: str) -> set[str] | None:
    """Fields are named as they are shown, and Pydantic wants its own names."""
    if given is None:
        return None
    names = {info.alias or name: name for name, info in type(read).model_fields.items()}
    names |= {name: name for name in type(read).model_computed_fields}
    chosen = list(given)
    for name in chosen:
        if name not in names:
            raise unknown_name(f"There is no field {name!r} to {option}.", name, names)
    return {names[name] for name in chosen}
