"""Values on their way into a row: what a body says of which column, and what stands where it says nothing.

    sent_values(posts, body)         # {"title": "New"}: only what was sent, only columns

Absent, null and default are three things: what is absent is not in the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from portico._kernel.naming import with_article
from portico.db.fields import FieldSpec
from portico.errors import InvalidError, RequestError
from portico.resources.description import Resource


def sent_values(resource: Resource, body: BaseModel) -> dict[str, Any]:
    """The values of a body by column; what was not sent is not there, nor what is no column."""
    fields, never = type(body).model_fields, resource.rules.sealed("create")
    sent = {
        fields[name].alias or name: getattr(body, name) for name in body.model_fields_set if name in fields
    }
    return {name: value for name, value in sent.items() if name in resource.columns and name not in never}


def replacing_values(resource: Resource, sent: dict[str, Any], key: tuple[Any, ...]) -> dict[str, Any]:
    """What replaces a row: what was sent, and the default of everything else."""
    for name, part in zip(resource.key, key, strict=True):
        if sent.pop(name, part) != part:
            raise InvalidError(
                f"The key of {with_article(resource.title)} cannot be changed.",
                fields={name: ["Differs from the path."]},
            )
    writable = resource.writable("update")
    defaults = {
        name: default_of(spec)
        for name, spec in resource.columns.items()
        if name in writable and name not in (*resource.key, resource.version) and _has_known_default(spec)
    }
    return {**defaults, **sent}


def default_of(spec: FieldSpec) -> Any:
    """What a field holds when nobody says anything."""
    return spec.default() if callable(spec.default) else spec.default


def made(resource: Resource, values: dict[str, Any]) -> Any:
    """A new instance, not stored yet."""
    try:
        return resource.model(**values)
    except ValueError as error:
        raise RequestError(f"The {resource.title} was refused: {error}") from error


def fill(instance: Any, values: dict[str, Any]) -> None:
    """Set values on an instance."""
    for name, value in values.items():
        try:
            setattr(instance, name, value)
        except ValueError as error:
            raise InvalidError(f"{name} was refused: {error}", fields={name: [str(error)]}) from error


def changes_of(resource: Resource, instance: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without those that are written once, which may only be said again as they are."""
    once = {name: values[name] for name in resource.rules.write_once if name in values}
    differing = [name for name, value in once.items() if getattr(instance, name) != value]
    if differing:
        raise InvalidError(
            f"The {resource.title} was refused: {', '.join(sorted(differing))}.",
            fields={name: ["Cannot be changed once it is written."] for name in differing},
        )
    return {name: value for name, value in values.items() if name not in once}


def _has_known_default(spec: FieldSpec) -> bool:
    """Defaults that only the database can make stay as they are when a row is replaced."""
    return spec.has_default or (spec.nullable and not spec.server_default)
