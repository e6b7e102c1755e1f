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
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy import CursorResult, Table

from portico.db.query import execution
from portico.db.query.keys import with_keys
from portico.db.query.output import columns_of
from portico.db.query.rows import shape_of
from portico.db.query.state import State, key_columns
from portico.db.query.statements import compile_keys, key_in, own_conditions
from portico.db.session import Database, atomic, current_unit, fetch_written, run
from portico.errors import PlanRefusedError, UsageError

from .assigning import assigned
from .inhand import follow_delete, follow_update

Write = sa.Update | sa.Delete
CHUNK: Final = 500


async def update(state: State, values: Mapping[str, Any], returning: Any) -> Any:
    """Set values in every row."""
    table = _table(state, "update")
    assignments = await assigned(state, values)
    database = state.chosen_database
    statement = sa.update(table).values(assignments)
    mapper = state.mapper
    moving = {
        column
        for column in table.columns
        if column.onupdate is not None and column in mapper.columns.values()
    }
    names = [mapper.get_property_by_column(column).key for column in {**assignments, **dict.fromkeys(moving)}]
    if returning is None or _is_direct(state, returning, able=database.capabilities.update_returning):
        result = await _at_once(database, state, statement, returning)
        await follow_update(database, state.model, names)
        return result
    if returning is True and _returns_objects(state, database):
        return await _objects_at_once(database, state, statement)
    async with atomic(database):
        keys = await _locked_keys(database, state)
        await _by_keys(database, state, statement, keys)
        await follow_update(database, state.model, names)
        return await _read(state, keys, returning)


async def delete(state: State, returning: Any) -> Any:
    """Delete every row."""
    statement = sa.delete(_table(state, "delete"))
    database = state.chosen_database
    if returning is None or _is_direct(state, returning, able=database.capabilities.delete_returning):
        result = await _at_once(database, state, statement, returning)
        await follow_delete(database, state.model)
        return result
    async with atomic(database):
        keys = await _locked_keys(database, state)
        found = await _read(state, keys, returning)
        await _by_keys(database, state, statement, keys)
        await follow_delete(database, state.model)
        return found


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
    if returning is None:
        return cast("CursorResult[Any]", await run(database, statement)).rowcount
    given = _listed(returning)
    columns = [column.labelled for column in columns_of(state, given)]
    return [shape_of(given)(row) for row in (await run(database, statement.returning(*columns))).all()]


def _returns_objects(state: State, database: Database) -> bool:
    """Whether one statement gives the objects: no unit holds others of the same rows."""
    if not database.capabilities.update_returning or state.is_sliced or state.joins or state.mapper.single:
        return False
    return current_unit(database) is None and own_conditions(state) is not None


async def _objects_at_once(database: Database, state: State, statement: sa.Update) -> list[Any]:
    returned = statement.where(*_conditions(state)).returning(*state.mapper.local_table.columns)
    found = await fetch_written(database, sa.select(state.model).from_statement(returned))
    await execution.finished(State(model=state.model, database=state.database), database, found)
    return found


def _conditions(state: State) -> list[Any]:
    """The conditions of the query where they are about the row alone; else its key among those chosen."""
    own = None if state.is_sliced or state.joins or state.mapper.single else own_conditions(state)
    return [key_in(state, compile_keys(state))] if own is None else own


async def _locked_keys(database: Database, state: State) -> list[Any]:
    statement = compile_keys(state)
    if not state.multiplies:
        statement = statement.with_for_update(of=state.model)
    return [tuple(row) for row in (await run(database, statement)).all()]


async def _by_keys(database: Database, state: State, statement: Write, keys: Sequence[Any]) -> None:
    for start in range(0, len(keys), CHUNK):
        await run(database, statement.where(*_among(state, keys[start : start + CHUNK])))


def _among(state: State, keys: Sequence[Any]) -> list[Any]:
    parts = key_columns(state.model)
    return [parts[0].in_([key[0] for key in keys]) if len(parts) == 1 else sa.tuple_(*parts).in_(keys)]


async def _read(state: State, keys: Sequence[Any], returning: Any) -> list[Any]:
    """Objects or rows of these keys."""
    found: list[Any] = []
    for start in range(0, len(keys), CHUNK):
        chosen = with_keys(State(model=state.model, database=state.database), keys[start : start + CHUNK])
        if returning is True:
            found += await execution.objects(chosen)
            continue
        given = _listed(returning)
        rows = await execution.rows(chosen.but(columns=columns_of(state, given)))
        found += map(shape_of(given), rows)
    return found
