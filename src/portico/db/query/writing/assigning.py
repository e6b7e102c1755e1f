"""The values of a bulk update: fields named, values checked, expressions turned into SQL.

    await assigned(state, {"title": "New", "likes": F("likes") + 1, "author": ann})

A to-one relation sets its foreign key; a path (``F("author__username")``) is read by a subselect. Raises
`UnknownNameError` and `InvalidError` as create does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ColumnElement
from sqlalchemy.orm import Mapper, RelationshipDirection, RelationshipProperty
from sqlalchemy.orm import join as orm_join

from portico._kernel.suggest import unknown_name
from portico.db.fields import FieldSpec, hash_pending, spec_of, validate
from portico.db.query.conditions import Scope, is_computed, paths_in, portable, resolved
from portico.db.query.state import State
from portico.db.query.statements import check_element
from portico.db.relations import Path
from portico.errors import UsageError

Assignments = dict[Column[Any], Any]


async def assigned(state: State, values: Mapping[str, Any]) -> Assignments:
    """What each column is set to."""
    if not values:
        raise UsageError("update() was given nothing to set.", hint='Write update(title="New").')
    mapper = state.mapper
    _refuse_version(state, values)
    plain: dict[str, Any] = {}
    computed: dict[str, Any] = {}
    for name, value in _by_column(mapper, values).items():
        (computed if is_computed(value) else plain)[name] = value
    specs = {name: spec_of(mapper.column_attrs[name]) for name in (*plain, *computed)}
    _refuse_read_only(state, specs, computed)
    checked = await hash_pending(validate(specs, plain, partial=True, where=state.model.__name__), specs)
    expressions = {name: _expression(state, value) for name, value in computed.items()}
    return {
        mapper.columns[name]: value
        for name, value in (checked | expressions | next_version(state.model, values)).items()
    }


def _by_column(mapper: Mapper[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for name, value in values.items():
        if name in mapper.columns:
            named[name] = value
        elif name in mapper.relationships:
            named.update(_foreign_key(mapper, mapper.relationships[name], value))
        else:
            raise unknown_name(
                f"{mapper.class_.__name__} has no field {name!r} to set.", name, list(mapper.columns.keys())
            )
    return named


def _foreign_key(mapper: Mapper[Any], relation: RelationshipProperty[Any], value: Any) -> dict[str, Any]:
    if relation.direction is not RelationshipDirection.MANYTOONE:
        raise UsageError(
            f"{relation.key} is not held by {mapper.class_.__name__}.", hint="Change the other side."
        )
    target = relation.mapper
    if value is not None and not isinstance(value, target.class_):
        raise UsageError(
            f"{relation.key} is set to a {target.class_.__name__} or None, not {type(value).__name__}."
        )
    return {
        mapper.get_property_by_column(local).key: None
        if value is None
        else getattr(value, target.get_property_by_column(remote).key)
        for local, remote in relation.local_remote_pairs or ()
    }


def _refuse_read_only(state: State, specs: Mapping[str, FieldSpec], computed: Mapping[str, Any]) -> None:
    for name in computed:
        if specs[name].read_only or specs[name].write_only:
            raise UsageError(f"{state.model.__name__}.{name} cannot be computed by an update.")


def _refuse_version(state: State, values: Mapping[str, Any]) -> None:
    for name in next_version(state.model, {}):
        if name in values:
            raise UsageError(
                f"{state.model.__name__}.{name} moves by itself with every write.",
                hint=f"To write only rows that are at a version, filter by it: filter({name}=3).update(…).",
            )


def next_version(model: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The version of a class that has one, moved on: whoever loaded the row must notice the change."""
    mapper: Mapper[Any] = sa.inspect(model)
    column = mapper.version_id_col
    if column is None:
        return {}
    name = mapper.get_property_by_column(column).key
    return {} if name in values or not isinstance(column.type, sa.Integer) else {name: column + 1}


def _expression(state: State, value: Any) -> ColumnElement[Any]:
    element = portable(resolved(state.model, value))
    check_element(state, element)
    paths = paths_in(element)
    return _read_through(state, element, paths) if paths else element


def _read_through(state: State, element: ColumnElement[Any], paths: tuple[Path, ...]) -> ColumnElement[Any]:
    """A value at the end of a to-one path, by a subselect for each row."""
    scope = Scope(state.model)
    for path in paths:
        if scope.first_many(path) is not None:
            raise UsageError(f"A value through {path.name} may be many.", hint="Compute one first.")
        scope.reach(path)
    first, *more = scope.joins
    source: Any = first.alias
    for path in more:
        if path.parent is None:
            raise UsageError(
                "A value in update() goes through one relation of the row.", hint="Split the update."
            )
        source = orm_join(source, path.alias, path.join_target, isouter=True)
    chosen = sa.select(element).select_from(source).where(first.onclause()).correlate(state.model)
    return chosen.scalar_subquery()
