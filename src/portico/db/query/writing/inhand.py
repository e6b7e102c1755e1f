"""Objects that a unit of work holds when rows change behind them: their values follow, or they are let go.

    async with atomic():
        post = await Post.get(1)
        await Post.filter(id=1).update(likes=Post.likes + 1)
        post.likes       # the new number

One statement for all of them, and none when there are none. Outside a unit nothing holds objects, so nothing
is done. What is set is undone in memory when the unit rolls back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, make_transient
from sqlalchemy.orm.attributes import set_committed_value

from portico.db.changes.sources import unhindered
from portico.db.query.state import key_columns
from portico.db.scoping import get_current_tenant, owner_column
from portico.db.session import Database, Unit, current_unit, run

CHUNK: Final = 500


async def follow_update(database: Database, model: type[Any], names: Iterable[str]) -> None:
    """Read these columns again for every object in hand."""
    unit = current_unit(database)
    if unit is None:
        return
    wanted = frozenset(names)
    held = _held(unit, model)
    mapper: Mapper[Any] = sa.inspect(model)
    # Where there is a version, the other columns tell whether the object has missed something.
    said = [column.key for column in mapper.column_attrs if mapper.version_id_col is not None]
    read = list(dict.fromkeys([*wanted, *said]))
    columns = [mapper.class_manager[name] for name in read]
    for keys in _chunks(list(held)):
        for row in await _rows(database, model, keys, columns):
            instance = held[tuple(row[: -len(read)])]
            _set(unit, instance, dict(zip(read, row[-len(read) :], strict=True)), wanted)


async def follow_delete(database: Database, model: type[Any]) -> None:
    """Let go of every object in hand whose row is no longer there."""
    unit = current_unit(database)
    if unit is None:
        return
    mapper = cast("Mapper[Any]", sa.inspect(model))
    held = {key: one for key, one in _held(unit, model).items() if not _is_of_another(one)}
    for keys in _chunks(list(held)):
        with unhindered(*cast("list[sa.Table]", mapper.tables)):
            there = {tuple(row) for row in await _rows(database, model, keys, [])}
        for key in keys:
            if key not in there:
                unit.deleted(held[key])
                unit.session.expunge(held[key])
                make_transient(held[key])


def _held(unit: Unit, model: type[Any]) -> dict[tuple[Any, ...], Any]:
    found: dict[tuple[Any, ...], Any] = {}
    for instance in unit.session.identity_map.values():
        if isinstance(instance, model):
            found[tuple(sa.inspect(instance).identity or ())] = instance
    return found


def _chunks(keys: list[Any]) -> Iterable[list[Any]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


async def _rows(database: Database, model: type[Any], keys: list[Any], columns: list[Any]) -> Iterable[Any]:
    parts = key_columns(model)
    among = parts[0].in_([key[0] for key in keys]) if len(parts) == 1 else sa.tuple_(*parts).in_(keys)
    return (await run(database, sa.select(*parts, *columns).where(among))).all()


def _is_of_another(instance: Any) -> bool:
    """Whether the row belongs to another tenant than the one that is set, who cannot have written it."""
    tenant, mapper = get_current_tenant(), cast("Mapper[Any]", sa.inspect(instance).mapper)
    owner = owner_column(cast("list[sa.Table]", mapper.tables))
    if tenant is None or owner is None:
        return False
    return str(instance.__dict__.get(mapper.get_property_by_column(owner).key)) != str(tenant)


def _set(unit: Unit, instance: Any, found: dict[str, Any], wanted: frozenset[str]) -> None:
    values = {name: value for name, value in found.items() if name in wanted}
    _keep_version(instance, values, found)
    old = {name: instance.__dict__[name] for name in values if name in instance.__dict__}
    changed = {name: value for name, value in values.items() if name not in old or old[name] != value}
    if not changed:
        return
    unit.changed(instance, {name: old[name] for name in changed if name in old})
    for name, value in changed.items():
        set_committed_value(instance, name, value)
    _drop_relations(instance, changed)


def _keep_version(instance: Any, values: dict[str, Any], found: dict[str, Any]) -> None:
    """An object that was stale before stays so, and its save is refused: it lacks what others wrote.

    Its row may be one version ahead by our own statement, which wrote these values and no others, or by
    somebody else's.
    """
    mapper: Mapper[Any] = sa.inspect(instance).mapper
    column = mapper.version_id_col
    name = None if column is None else mapper.get_property_by_column(column).key
    known = instance.__dict__
    held = known.get(name)
    if name not in values or not isinstance(held, int) or values[name] == held:
        return
    missed = any(known.get(each, value) != value for each, value in found.items() if each not in values)
    if missed or values[name] != held + 1:
        del values[name]


def _drop_relations(instance: Any, changed: Iterable[str]) -> None:
    """A relation that was loaded for another foreign key is no longer the right one."""
    mapper: Mapper[Any] = sa.inspect(instance).mapper
    columns = {mapper.columns[name] for name in changed}
    for relation in mapper.relationships:
        if columns.intersection(relation.local_columns):
            instance.__dict__.pop(relation.key, None)
