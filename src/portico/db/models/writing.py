"""Write one instance of any mapped class with one statement.

    user = User(username="ann")
    await insert(db, user)       # INSERT … RETURNING
    user.username = "bea"
    await update(db, user)       # UPDATE of what changed, by key
    await delete(db, user)       # DELETE by key

Outside a unit of work nothing is attached to a session; inside one, a new row joins the unit's session and
every change is undone in memory when the unit rolls back. Raises `InvalidError` for values that do not fit,
`DuplicateError` and `ForeignKeyError` for what the database refuses, `NotFoundError` for a row that is gone,
`VersionConflictError` for one that somebody else has changed, where the class has a version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, cast
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from portico._kernel.doors import register_doors
from portico.db.changes import writes_one
from portico.db.fields import hash_pending, validate
from portico.db.models.keys import as_key, class_of, key_attributes, key_here, mapper_of, table_of, where_key
from portico.db.models.schemas import column_specs
from portico.db.query import is_computed, next_version, resolved
from portico.db.relations import foreign_key_values, link_pending, pending_links, relations_written
from portico.db.scoping import keeper_of
from portico.db.session import Database, atomic, current_unit, run
from portico.errors import UsageError

from .inheritance import deletions, has_several_tables, write_through_session
from .objects import key_taken, row_changed, row_gone, set_aside, settle
from .shapes import (
    at_version,
    expected_version,
    facts_of,
    gone,
    kept_nothing,
    may_be_sql,
    not_found,
    numbered,
    overrides,
    send_delete,
    send_insert,
    send_update,
    values_of,
    without_version,
)

_moving: WeakKeyDictionary[type[Any], frozenset[str] | None] = WeakKeyDictionary()


@writes_one("create")
async def insert(
    database: Database, instance: Any, *, sent: Collection[str] = (), reload: bool = False
) -> None:
    """Insert a new instance; keys and defaults made by the database are set on it.

    A None in one of the columns named as ``sent`` is null and no wish for a default of the database. With
    ``reload`` every column is afterwards as it was stored, and not as it was given.
    """
    values = await prepared(instance, said=sent)
    if has_several_tables(class_of(instance)):
        await write_through_session(database, instance, values)
        if reload:
            await refresh(database, instance)
        return
    if not facts_of(class_of(instance)).relations.isdisjoint(instance.__dict__) and pending_links(instance):
        async with atomic(database):
            await _insert_row(database, instance, values, reload=reload)
            await link_pending(database, instance)
    else:
        await _insert_row(database, instance, values, reload=reload)
    written(database, instance)


def written(database: Database, instance: Any) -> None:
    """A new row is there: its relations are what was written, and a unit of work keeps track of it."""
    if facts_of(class_of(instance)).relations:
        relations_written(instance, new=True)
    if unit := current_unit(database):
        key_taken(unit, instance)
        unit.session.add(instance)


def _held(instance: Any, names: Iterable[str]) -> dict[str, Any]:
    """What an object holds of these names at this moment."""
    held = instance.__dict__
    return {name: held[name] for name in names if name in held}


async def _insert_row(database: Database, instance: Any, values: dict[str, Any], *, reload: bool) -> None:
    cls, before = class_of(instance), _held(instance, values)
    more = await send_insert(database, cls, values, reload=reload)
    if more is not None:
        settle(instance, values | more, before)
        return
    mapper = mapper_of(cls)
    columns = {mapper.columns[name]: value for name, value in values.items()}
    computed = {c.key: value for c, value in columns.items() if may_be_sql(value) and is_computed(value)}
    missing = [c for c in mapper.columns if reload or c not in columns or c.key in computed]
    names = [mapper.get_property_by_column(column).key for column in missing]
    capable = database.capabilities.insert_returning
    statement = sa.insert(table_of(cls)).values(computed) if computed else sa.insert(table_of(cls))
    sent = statement.returning(*missing) if missing and capable else statement
    # Beside the statement and not in it, so that SQLAlchemy need not look through it to know it again.
    given = {c.key: value for c, value in columns.items() if c.key not in computed}
    result = cast("sa.CursorResult[Any]", await run(database, sent, given))
    if missing and capable:
        row = result.one_or_none()
        if row is None:
            raise kept_nothing(cls)
        values |= dict(zip(names, row, strict=True))
    elif missing:
        values |= dict(zip(key_attributes(cls), result.inserted_primary_key or (), strict=False))
    settle(instance, values, before)
    if unit := current_unit(database):
        unit.created(instance)
    if missing and not capable:
        await refresh(database, instance, *names)


@writes_one("update")
async def update(
    database: Database, instance: Any, *, sent: Iterable[str] = (), reload: bool = False
) -> None:
    """Write what changed since the instance was loaded; no statement when nothing did.

    Columns named as ``sent`` are written even when they hold the same; with ``reload`` every column is
    afterwards as it is stored.
    """
    if instance_state(instance).key is None:
        raise UsageError(
            f"This {type(instance).__name__} is not in the database yet.",
            hint="Insert it with await obj.save().",
        )
    facts, held = facts_of(class_of(instance)), instance.__dict__
    changed = changed_values(instance)
    changed |= {
        name: held[name] for name in sent if name in facts.specs and name in held and name not in changed
    }
    if facts.relations.isdisjoint(held):
        await update_columns(database, instance, changed, reload=reload)
        return
    if pending_links(instance):
        async with atomic(database):
            await update_columns(database, instance, changed, reload=reload)
            await link_pending(database, instance)
    else:
        await update_columns(database, instance, changed, reload=reload)
    relations_written(instance)


async def update_columns(
    database: Database,
    instance: Any,
    changed: dict[str, Any],
    *,
    reload: bool = False,
    checked: bool = False,
) -> None:
    """Write these values of a row that is there, ``checked`` or not, and what moves with every update."""
    cls = class_of(instance)
    facts, before = facts_of(cls), _held(instance, changed)
    changed = without_version(instance, facts.version, changed)
    if not changed:
        return
    computed = {n: v for n, v in changed.items() if may_be_sql(v) and is_computed(v)}
    plain = {n: v for n, v in changed.items() if n not in computed} if computed else changed
    specs = {n: facts.specs[n] for n in plain}
    values = plain if checked else validate(specs, plain, partial=True, where=cls.__name__)
    if facts.keeps_secrets:
        values = await hash_pending(values, facts.specs)
    values |= {name: fresh for name, fresh in facts.moved().items() if name not in changed}
    expected = expected_version(instance, facts.version)
    if not computed and instance_state(instance).session is None:
        sent = numbered(expected, facts.version, values)
        more = await send_update(database, cls, key_here(instance), sent, reload=reload, expected=expected)
        if more is not None:
            settle(instance, sent | more, before)
            return
    expressions = {name: resolved(cls, value) for name, value in computed.items()}
    if has_several_tables(cls) or _moves_in_session(instance, values | expressions):
        await write_through_session(database, instance, values | expressions)
        if reload:
            await refresh(database, instance)
        return
    values = numbered(expected, facts.version, values)
    expressions |= next_version(cls, values)
    read_back = tuple(facts.specs) if reload else tuple(expressions)
    await _update_row(database, instance, values, expressions, read_back)
    row_changed(database, instance, {name: instance.__dict__[name] for name in expressions}, {})


async def _update_row(
    database: Database,
    instance: Any,
    values: dict[str, Any],
    expressions: dict[str, Any],
    read_back: Sequence[str],
) -> None:
    """One row by its key; ``read_back`` are the columns that only the database knows afterwards."""
    cls, mapper, sent = class_of(instance), mapper_of(class_of(instance)), values | expressions
    returning = database.capabilities.update_returning and bool(read_back)
    expected = expected_version(instance, facts_of(cls).version)
    statement, given = facts_of(cls).update_of(key_here(instance), expected)
    given |= {mapper.columns[name].key: value for name, value in values.items()}
    if expressions:
        statement = statement.values({mapper.columns[name].key: v for name, v in expressions.items()})
    if returning:
        statement = statement.returning(*(mapper.columns[name] for name in read_back))
    with set_aside(instance, sent) as old:
        result = cast("sa.CursorResult[Any]", await run(database, statement, given))
        row = result.first() if returning else None
        if row is None if returning else result.rowcount == 0:
            raise await not_found(database, cls, key_here(instance))
    row_changed(database, instance, values, old)
    if row is not None:
        for name, value in zip(read_back, row, strict=True):
            set_committed_value(instance, name, value)
    elif read_back:
        await refresh(database, instance, *read_back)


def _moves_in_session(instance: Any, sent: Mapping[str, Any]) -> bool:
    """Whether a session has to learn that its object has another key."""
    in_session = sa.inspect(instance).session is not None
    return in_session and any(name in sent for name in key_attributes(class_of(instance)))


@writes_one("delete")
async def delete(database: Database, instance: Any) -> None:
    """Delete the row of an instance, as its class has it: for good, or marked as deleted."""
    if (keeper := keeper_of(mapper_of(class_of(instance)).local_table)) is not None:
        await keeper.delete_object(database, instance)
    else:
        await delete_for_good(database, instance)


async def delete_for_good(database: Database, instance: Any) -> None:
    """Delete the row of an instance; what depends on it follows the foreign keys' ``on_delete``."""
    cls, state = class_of(instance), instance_state(instance)
    if state.key is None:
        raise UsageError(f"This {cls.__name__} is not in the database.", hint="There is nothing to delete.")
    key, expected = key_here(instance), expected_version(instance, facts_of(cls).version)
    if state.session is None and await send_delete(database, cls, key, expected=expected):
        row_gone(database, cls, key, instance)
        return
    *parts, whole = deletions(cls, [key])
    async with atomic(database) if parts else nullcontext():
        for part in parts:
            await run(database, part)
        checked = whole.where(*at_version(cls, expected))
        result = cast("sa.CursorResult[Any]", await run(database, checked))
        if result.rowcount == 0:
            raise await not_found(database, cls, key)
        row_gone(database, cls, key, instance)


async def refresh(database: Database, instance: Any, *names: str) -> None:
    """Read columns again from the database, all of them unless some are named."""
    cls = class_of(instance)
    mapper = mapper_of(cls)
    wanted = names or tuple(column_specs(cls))
    statement = sa.select(*(mapper.columns[name].label(f"c{i}") for i, name in enumerate(wanted)))
    statement = statement.select_from(mapper.persist_selectable)
    row = (await run(database, statement.where(where_key(cls, key_here(instance))))).first()
    if row is None:
        raise gone(cls)
    if unit := current_unit(database):
        # What was read may be undone, and an object must not be ahead of its row then.
        stored = _held(instance, wanted) | dict(instance_state(instance).committed_state)
        unit.changed(instance, {name: stored[name] for name in wanted if name in stored})
    for name, value in zip(wanted, row, strict=True):
        set_committed_value(instance, name, value)


async def prepared(instance: Any, *, said: Collection[str] = ()) -> dict[str, Any]:
    """The values of a new instance as they are stored: checked, foreign keys filled in, passwords hashed."""
    cls = class_of(instance)
    facts, held = facts_of(cls), instance.__dict__
    values = {name: held[name] for name in facts.specs if name in held}
    if not facts.relations.isdisjoint(held):
        values |= foreign_key_values(instance)
    stored = values_of(cls).stored(values, said=said)
    return await hash_pending(stored, facts.specs) if facts.keeps_secrets else stored


def changed_values(instance: Any) -> dict[str, Any]:
    """The columns whose value differs from the database's, with the new value."""
    facts, held = facts_of(class_of(instance)), instance.__dict__
    committed = instance_state(instance).committed_state
    changed = {
        name: held[name]
        for name in facts.specs
        if name in held and (name in committed or isinstance(held[name], (dict, list)))
    }
    if not facts.relations.isdisjoint(held):
        following = foreign_key_values(instance)
        changed |= {name: value for name, value in following.items() if held.get(name, ...) != value}
    return {n: v for n, v in changed.items() if _differs(committed.get(n, ...), v)}


def on_update_values(cls: type[Any]) -> dict[str, Any]:
    """Values that move with every update (``auto_now``), made in Python so that none has to be read back."""
    return dict(facts_of(cls).moved())


def moving_columns(cls: type[Any], names: Iterable[str]) -> frozenset[str] | None:
    """What an update of these columns changes: with them those that move by themselves, or are computed.

    None for a class whose rows lie in several tables, or share one with those of other classes.
    """
    if cls not in _moving:
        _moving[cls] = _moving_by_themselves(cls)
    moving = _moving[cls]
    return None if moving is None else moving.union(names)


def _moving_by_themselves(cls: type[Any]) -> frozenset[str] | None:
    mapper = mapper_of(cls)
    if has_several_tables(cls) or mapper.single or mapper.polymorphic_on is not None:
        return None
    return frozenset(
        mapper.get_property_by_column(column).key
        for column in mapper.columns
        if column.onupdate is not None
        or column.server_onupdate is not None
        or column.computed is not None
        or column is mapper.version_id_col
    )


def watches_assignment(cls: type[Any], names: Iterable[str]) -> bool:
    """Whether code runs when one of these columns is assigned, such as SQLAlchemy's ``@validates``."""
    mapper = mapper_of(cls)
    return overrides(cls, "__setattr__") or any(
        name in mapper.validators or len(mapper.class_manager[name].dispatch.set) > 0 for name in names
    )


def reachable(cls: type[Any], key: Any) -> sa.ColumnElement[bool]:
    """The condition for one row by a key as the caller wrote it."""
    return where_key(cls, as_key(cls, key))


def _differs(committed: Any, value: Any) -> bool:
    """Dictionaries and lists count as changed: what was done inside them cannot be seen."""
    return isinstance(value, (dict, list)) or (may_be_sql(value) and is_computed(value)) or committed != value


register_doors("db/models", reads=["refresh"], writes=["insert", "update", "delete"])
