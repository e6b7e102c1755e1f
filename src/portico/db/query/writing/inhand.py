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
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, make_transient
from sqlalchemy.orm.attributes import set_committed_value

from portico.db.query.state import key_columns
from portico.db.session import Database, Unit, current_unit, run

CHUNK: Final = 500


async def follow_update(database: Database, model: type[Any], names: Iterable[str]) -> None:
    """Read these columns again for every object in hand."""
    unit = current_unit(database)
    if unit is None:
        return
    wanted = list(names)
    held = _held(unit, model)
    mapper: Mapper[Any] = sa.inspect(model)
    columns = [mapper.class_manager[name] for name in wanted]
    for keys in _chunks(list(held)):
        for row in await _rows(database, model, keys, columns):
            instance = held[tuple(row[: -len(wanted)])]
            _set(unit, instance, dict(zip(wanted, row[-len(wanted) :], strict=True)))


async def follow_delete(database: Database, model: type[Any]) -> None:
    """Let go of every object in hand whose row is no longer there."""
    unit = current_unit(database)
    if unit is None:
        return
    held = _held(unit, model)
    for keys in _chunks(list(held)):
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


def _set(unit: Unit, instance: Any, values: dict[str, Any]) -> None:
    old = {name: instance.__dict__[name] for name in values if name in instance.__dict__}
    changed = {name: value for name, value in values.items() if name not in old or old[name] != value}
    if not changed:
        return
    unit.changed(instance, {name: old[name] for name in changed if name in old})
    for name, value in changed.items():
        set_committed_value(instance, name, value)
    _drop_relations(instance, changed)


def _drop_relations(instance: Any, changed: Iterable[str]) -> None:
    """A relation that was loaded for another foreign key is no longer the right one."""
    mapper: Mapper[Any] = sa.inspect(instance).mapper
    columns = {mapper.columns[name] for name in changed}
    for relation in mapper.relationships:
        if columns.intersection(relation.local_columns):
            instance.__dict__.pop(relation.key, None)
