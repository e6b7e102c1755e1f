"""What objects say once their row is written: its values and key, also in a unit's other object of the row.

    with set_aside(instance, sent) as old:
        await run(database, statement)
    row_changed(database, instance, values, old)
    row_gone(database, cls, key, instance)

A unit of work remembers each step and takes it back in memory when it rolls back.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstanceState, make_transient
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.orm.base import LoaderCallableStatus

from portico.db.engine.walls import settle_down
from portico.db.models.keys import class_of, key_attributes, mapper_of
from portico.db.session import Database, Unit, current_unit

from .shapes import facts_of

UNKNOWN = LoaderCallableStatus.NO_VALUE


def settle(instance: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
    """The columns now say what the database says; those that are not known must not read as None.

    ``before`` is what the object held when its values were taken: what was assigned since then stays pending.
    """
    state: Any = instance_state(instance)
    facts, held = facts_of(class_of(instance)), state.dict
    later = {name: held[name] for name in before or () if held.get(name) is not (before or {})[name]}
    held.update(values)
    state._commit(held, values)  # noqa: SLF001 -- `set_committed_value` for all of them at once
    if state.key is None or (state.session is None and not values.keys().isdisjoint(facts.key)):
        state.key = _identity(state, [held.get(name) for name in facts.key])
    if state.session_id is None and not state.committed_state:
        state.modified = False
    state.expired_attributes.update(facts.specs.keys() - held.keys())
    for name, value in later.items():
        setattr(instance, name, value)
    settle_down(instance)


def _identity(state: InstanceState[Any], key: list[Any]) -> Any:
    if None in key:
        return state.mapper.identity_key_from_instance(state.obj())
    return state.mapper.identity_key_from_primary_key(tuple(key))


@contextmanager
def set_aside(instance: Any, sent: Mapping[str, Any]) -> Generator[dict[str, Any]]:
    """Keep a session from writing the same change again when it flushes before our statement.

    Gives the values before, which come back as they were, with the change pending, when the statement fails.
    """
    state: InstanceState[Any] = sa.inspect(instance)
    committed, held = dict(state.committed_state), state.dict
    old = {name: committed.get(name, held.get(name, UNKNOWN)) for name in sent}
    pending = {name: held[name] for name in sent if name in committed}
    for name, value in sent.items():
        set_committed_value(instance, name, value)
    try:
        yield old
    except BaseException:
        for name, value in old.items():
            _put(instance, name, value)
        for name, value in pending.items():
            setattr(instance, name, value)
        raise


def row_changed(database: Database, instance: Any, values: Mapping[str, Any], old: Mapping[str, Any]) -> None:
    """An update went through: the object is settled, and so is another one of the row that the unit holds."""
    unit = current_unit(database)
    if unit is not None:
        unit.changed(instance, old)
        other = _other(unit, class_of(instance), sa.inspect(instance).key[1], instance)
        if _in_key(instance, values):
            unit.deleted(instance)  # there is no row under the old key now; the unit keeps that key
        if other is not None:
            _follow(unit, other, values)
    state: Any = instance_state(instance)
    # What was set aside is no change; what is one was assigned while the statement was under way.
    # A value that was assigned to itself is none either.
    later = [
        n for n in values if n in state.committed_state and state.committed_state[n] != state.dict.get(n)
    ]
    settle(instance, values, dict.fromkeys(later, UNKNOWN))


def row_gone(database: Database, cls: type[Any], key: tuple[Any, ...], instance: Any = None) -> None:
    """A row was deleted: the objects of it are new ones again."""
    unit = current_unit(database)
    other = _other(unit, cls, key, instance) if unit is not None else None
    for one in (instance, other):
        if one is not None and sa.inspect(one).key is not None:
            _let_go(unit, one)


def key_taken(unit: Unit, instance: Any) -> None:
    """A new row has the key of another object in the unit: the row of that one is gone, whoever deleted it.

    SQLite gives keys again, and rows that a foreign key takes along are deleted behind the session's back.
    """
    state: Any = instance_state(instance)
    old = None if state.key is None else _other(unit, class_of(instance), state.key[1], instance)
    if old is not None:
        _let_go(unit, old)


def _let_go(unit: Unit | None, instance: Any) -> None:
    if unit is not None:
        unit.deleted(instance)
        if instance in unit.session:
            unit.session.expunge(instance)
    make_transient(instance)


def _follow(unit: Unit, other: Any, values: Mapping[str, Any]) -> None:
    if _in_key(other, values):
        _let_go(unit, other)
        return
    held, version = sa.inspect(other).dict, facts_of(class_of(other)).version
    if version is not None and version in values and held.get(version) != values[version] - 1:
        # It lacks what others wrote before, so it stays stale.
        values = {name: value for name, value in values.items() if name != version}
    unit.changed(other, {name: held.get(name, UNKNOWN) for name in values})
    for name, value in values.items():
        _put(other, name, value)


def _other(unit: Unit, cls: type[Any], key: tuple[Any, ...], instance: Any) -> Any:
    """The object of this row in the unit's session, unless it is the one at hand."""
    found = unit.session.identity_map.get(mapper_of(cls).identity_key_from_primary_key(key))
    return None if found is instance else found


def _in_key(instance: Any, values: Mapping[str, Any]) -> bool:
    return any(name in values for name in key_attributes(class_of(instance)))


def _put(instance: Any, name: str, value: Any) -> None:
    if value is UNKNOWN:
        state: Any = sa.inspect(instance)
        state._expire_attributes(state.dict, [name])  # noqa: SLF001 -- Session.expire wants a session
    else:
        set_committed_value(instance, name, value)
