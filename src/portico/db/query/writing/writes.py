"""Update and delete every row of a query in one statement.

    await update(state, {"likes": F("likes") + 1}, None)      # the number of rows
    await update(state, {"likes": 0}, ["id", "likes"])        # the rows, as values("id", "likes") gives them
    await delete(state, True)                                 # the objects that were deleted

Values are validated as in create; columns that change by themselves (``updated_at``, a version) change here
too. Conditions on relations choose the rows by key. What a database cannot return is read inside a unit of
work, from rows that are locked. Raises `UsageError` for a query without a filter that did not say ``all()``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy import CursorResult, Table
from sqlalchemy.orm.attributes import flag_modified

from portico.db.changes import is_recorded, looks_before, watched_write
from portico.db.query import execution
from portico.db.query.keys import with_keys
from portico.db.query.output import columns_of
from portico.db.query.rows import shape_of
from portico.db.query.state import State, key_columns
from portico.db.query.statements import compile_keys, key_in, own_conditions
from portico.db.scoping import keeper_of
from portico.db.session import Database, Unit, atomic, current_unit, fetch_written, run
from portico.errors import PlanRefusedError, UsageError

from .assigning import assigned
from .inhand import follow_delete, follow_update

Write = sa.Update | sa.Delete
Reach: TypeAlias = Callable[[], AbstractContextManager[None]]
CHUNK: Final = 500


async def update(state: State, values: Mapping[str, Any], returning: Any) -> Any:
    """Set values in every row."""
    _table(state, "update")
    return await assign(state, await assigned(state, values), returning)


async def assign(
    state: State, assignments: Mapping[Any, Any], returning: Any, *, afterwards: Reach | None = None
) -> Any:
    """Set columns to values that were checked; ``afterwards`` is open while rows are read again."""
    table, database, mapper = _table(state, "update"), state.chosen_database, state.mapper
    statement = sa.update(table).values({**assignments})
    afterwards = afterwards or state.reach
    moving = {
        column
        for column in table.columns
        if column.onupdate is not None and column in mapper.columns.values()
    }
    names = [mapper.get_property_by_column(column).key for column in {**assignments, **dict.fromkeys(moving)}]
    if looks_before(state.model, "update"):
        async with atomic(database) as unit:
            keys = await _update_each(unit, state, assignments)
            with afterwards():
                await follow_update(database, state.model, names)
                return len(keys) if returning is None else await _read(state, keys, returning)
    if returning is None or _is_direct(state, returning, able=database.capabilities.update_returning):
        result = await _at_once(database, state, statement, returning)
        with afterwards():
            await follow_update(database, state.model, names)
        return result
    if returning is True and _returns_objects(state, database):
        return await _objects_at_once(database, state, statement)
    async with atomic(database):
        keys = await locked_keys(database, state)
        await _by_keys(database, state, statement, keys)
        with afterwards():
            await follow_update(database, state.model, names)
            return await _read(state, keys, returning)


async def delete(state: State, returning: Any) -> Any:
    """Delete every row, as its class has it: for good, or marked as deleted."""
    table = _table(state, "delete")
    if (keeper := keeper_of(table)) is not None:
        return await keeper.delete_rows(state, returning)
    return await delete_for_good(state, returning)


async def delete_for_good(state: State, returning: Any) -> Any:
    """Delete every row, of which nothing is left."""
    statement = sa.delete(_table(state, "delete"))
    database = state.chosen_database
    if looks_before(state.model, "delete"):
        return await _delete_each(database, state, statement, returning)
    if returning is None or _is_direct(state, returning, able=database.capabilities.delete_returning):
        result = await _at_once(database, state, statement, returning)
        with state.reach():
            await follow_delete(database, state.model)
        return result
    async with atomic(database):
        keys = await locked_keys(database, state)
        found = await _read(state, keys, returning)
        await _by_keys(database, state, statement, keys)
        with state.reach():
            await follow_delete(database, state.model)
        return found


async def _update_each(unit: Unit, state: State, assignments: Mapping[Any, Any]) -> list[Any]:
    """The same object by object, for those who look at each before it is written; gives the keys."""
    keys, mapper = await locked_keys(state.chosen_database, state), state.mapper
    for instance in await _read(state, keys, True):  # noqa: FBT003 -- as in returning=True
        for column, value in assignments.items():
            if column is not mapper.version_id_col:
                name = mapper.get_property_by_column(column).key
                setattr(instance, name, value)
                flag_modified(instance, name)
    with state.reach():
        await unit.flush()
    return keys


async def _delete_each(database: Database, state: State, statement: Write, returning: Any) -> Any:
    """The same, with the objects told of before they go."""
    async with atomic(database):
        keys = await locked_keys(database, state)
        objects = await _read(state, keys, True)  # noqa: FBT003 -- as in returning=True
        async with watched_write(database, state.model, "delete", objects):
            found = objects if returning is True or returning is None else await _read(state, keys, returning)
            await _by_keys(database, state, statement, keys)
            with state.reach():
                await follow_delete(database, state.model)
        return len(keys) if returning is None else found


async def limited(state: State, at_most: int | None, write: Callable[[], Awaitable[Any]]) -> Any:
    """A write that is undone when it reaches more rows than it may."""
    if at_most is None:
        return await write()
    async with atomic(state.chosen_database):
        result = await write()
        number = result if isinstance(result, int) else len(result)
        if number > at_most:
            raise PlanRefusedError(
                f"{number} rows of {state.model.__name__} would change, and {at_most} are the most.",
                hint="Filter further, or allow more with at_most=.",
            )
        return result


def _table(state: State, verb: str) -> Table:
    if not (state.where or state.seek or state.everything or state.is_sliced):
        raise UsageError(
            f"{verb}() without a filter would reach every {state.model.__name__}.",
            hint=f"Filter first, or say so: .all().{verb}(...).",
        )
    mapper = state.mapper
    if len(mapper.tables) > 1:
        raise UsageError(
            f"{state.model.__name__} lies in several tables.", hint=f"Load the objects and {verb} each."
        )
    return cast("Table", mapper.local_table)


def _is_direct(state: State, returning: Any, *, able: bool) -> bool:
    if returning is True or not able:
        return False
    return not any(column.paths for column in columns_of(state, _listed(returning)))


def _listed(returning: Any) -> Sequence[Any]:
    if isinstance(returning, str) or not isinstance(returning, list | tuple) or not returning:
        raise UsageError("returning= takes True or a list of columns.")
    return cast("Sequence[Any]", returning)


async def _at_once(database: Database, state: State, statement: Write, returning: Any) -> Any:
    for condition in _conditions(state):
        statement = statement.where(condition)
    with state.reach():
        if returning is None:
            return cast("CursorResult[Any]", await run(database, statement)).rowcount
        given = _listed(returning)
        columns = [column.labelled for column in columns_of(state, given)]
        return [shape_of(given)(row) for row in (await run(database, statement.returning(*columns))).all()]


def _returns_objects(state: State, database: Database) -> bool:
    """Whether one statement gives the objects: no unit holds others of the same rows."""
    if is_recorded(state.model, "update"):
        return False
    if not database.capabilities.update_returning or state.is_sliced or state.joins or state.mapper.single:
        return False
    return current_unit(database) is None and own_conditions(state) is not None


async def _objects_at_once(database: Database, state: State, statement: sa.Update) -> list[Any]:
    returned = statement.where(*_conditions(state)).returning(*state.mapper.local_table.columns)
    with state.reach():
        found = await fetch_written(database, sa.select(state.model).from_statement(returned))
    await execution.finished(State(model=state.model, database=state.database), database, found)
    return found


def _conditions(state: State) -> list[Any]:
    """The conditions of the query where they are about the row alone; else its key among those chosen."""
    own = None if state.is_sliced or state.joins or state.mapper.single else own_conditions(state)
    return [key_in(state, compile_keys(state))] if own is None else own


async def locked_keys(database: Database, state: State) -> list[Any]:
    """The keys of the rows, which are held until the unit of work ends."""
    statement = compile_keys(state)
    if not state.multiplies:
        statement = statement.with_for_update(of=state.model)
    with state.reach():
        return [tuple(row) for row in (await run(database, statement)).all()]


async def _by_keys(database: Database, state: State, statement: Write, keys: Sequence[Any]) -> None:
    for start in range(0, len(keys), CHUNK):
        with state.reach():
            await run(database, statement.where(*_among(state, keys[start : start + CHUNK])))


def _among(state: State, keys: Sequence[Any]) -> list[Any]:
    parts = key_columns(state.model)
    return [parts[0].in_([key[0] for key in keys]) if len(parts) == 1 else sa.tuple_(*parts).in_(keys)]


async def _read(state: State, keys: Sequence[Any], returning: Any) -> list[Any]:
    """Objects or rows of these keys."""
    found: list[Any] = []
    for start in range(0, len(keys), CHUNK):
        whole = State(model=state.model, database=state.database, deleted=state.deleted)
        chosen = with_keys(whole, keys[start : start + CHUNK])
        if returning is True:
            found += await execution.objects(chosen)
            continue
        given = _listed(returning)
        rows = await execution.rows(chosen.but(columns=columns_of(state, given)))
        found += map(shape_of(given), rows)
    return found
