"""A new row like another one.

    copy = await clone(post, {"slug": "b"}, ["comments", "tags"])

Columns are copied, but for the key, secrets, automatic times and the version. Of the relations that are
named, rows that belong to the original alone (one-to-many) are copied for the new one, and links
(many-to-many) are made to the same rows. Raises `UsageError` for a unique value that was not given anew,
before anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy.orm import RelationshipDirection

from portico._kernel.suggest import unknown_name
from portico.db.fields import FieldSpec
from portico.db.models import column_specs, insert, key_attributes, mapper_of, unique_keys
from portico.db.models.construction import check_names
from portico.db.models.keys import class_of
from portico.db.models.model import database_of
from portico.db.query import Query
from portico.db.session import atomic
from portico.errors import UsageError

M = TypeVar("M")


async def clone(instance: M, overrides: Mapping[str, Any], relations: Sequence[str]) -> M:
    """A new row with the values of this one."""
    cls = class_of(instance)
    database = database_of(cls)
    check_names(cls, overrides)
    for name in relations:
        _check_relation(cls, name)
    values = _values(instance, overrides)
    async with atomic(database):
        made: M = cls(**values)
        await insert(database, made)
        for name in relations:
            await _copied(instance, made, name)
    return made


def _values(instance: Any, overrides: Mapping[str, Any]) -> dict[str, Any]:
    cls = class_of(instance)
    said = {**overrides, **_foreign_keys(cls, overrides)}
    held = {
        name: instance.__dict__[name]
        for name, spec in column_specs(cls).items()
        if name in instance.__dict__ and name not in said and _is_copied(cls, spec)
    }
    values = {**held, **overrides}
    missing = [
        name for name, spec in column_specs(cls).items() if spec.required and name not in {**held, **said}
    ]
    if missing:
        raise UsageError(
            f"A copy of this {cls.__name__} needs {', '.join(missing)} of its own.",
            hint=f"Give it: clone({missing[0]}=…).",
        )
    for names in unique_keys(cls)[1:]:
        if not (set(names) & said.keys() or any(values.get(name) is None for name in names)):
            raise UsageError(
                f"{', '.join(names)} of {cls.__name__} is unique, so a copy cannot have the same.",
                hint=f"Give it anew: clone({names[0]}=…).",
            )
    return values


def _is_copied(cls: type[Any], spec: FieldSpec) -> bool:
    by_itself = spec.auto_now or spec.auto_now_add or spec.read_only or spec.version
    secret = spec.secret or spec.write_only
    column = mapper_of(cls).polymorphic_on
    kind = column is not None and spec.column_name == column.key
    return not (by_itself or secret or kind or spec.name in key_attributes(cls))


def _foreign_keys(cls: type[Any], overrides: Mapping[str, Any]) -> dict[str, None]:
    """The columns that follow a relation that was given anew."""
    mapper = mapper_of(cls)
    return {
        mapper.get_property_by_column(column).key: None
        for name in overrides
        if name in mapper.relationships
        for column in mapper.columns
        if column in mapper.relationships[name].local_columns and not column.primary_key
    }


def _check_relation(cls: type[Any], name: str) -> None:
    relations = mapper_of(cls).relationships
    if name not in relations:
        raise unknown_name(f"{cls.__name__} has no relation {name!r}.", name, relations.keys())
    if relations[name].direction is RelationshipDirection.MANYTOONE:
        raise UsageError(
            f"{cls.__name__}.{name} is held by a column, which is copied.", hint=f"Leave {name!r} out."
        )


async def _copied(instance: Any, made: Any, name: str) -> None:
    """The rows at the other end as they are now, whatever the object has in memory."""
    relation = mapper_of(class_of(instance)).relationships[name]
    if relation.direction is RelationshipDirection.MANYTOMANY:
        targets = await getattr(instance, name).load(refresh=True)
        if targets:
            await getattr(made, name).add(*targets)
        return
    ends = {
        relation.mapper.get_property_by_column(remote).key: relation.parent.get_property_by_column(local).key
        for local, remote in relation.local_remote_pairs or ()
    }
    query: Query[Any] = Query(relation.mapper.class_, database_of(class_of(instance)))
    theirs = query.filter(**{far: getattr(instance, near) for far, near in ends.items()})
    for one in await theirs.order_by(*key_attributes(relation.mapper.class_)):
        await clone(one, {far: getattr(made, near) for far, near in ends.items()}, ())
