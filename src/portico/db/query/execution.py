"""Run what the compiler made, and finish the objects: closed columns, siblings known, relations loaded.

    posts = await objects(state)

One statement for the objects, one for each relation asked for. Database errors come as Portico's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa

from portico.db.relations import close_deferred, remember_peers
from portico.db.session import Database, fetch, fetch_rows, run, stream
from portico.errors import UsageError

from .compiled import compiled_by_key, compiled_count, compiled_exists, compiled_objects, compiled_rows
from .constructs import Explain
from .loading import load_all
from .state import State
from .statements import behind, compile_count, compile_exists, select_objects, select_placed, select_rows

CHUNK: Final = 500
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Placed(Generic[M]):
    """Objects, where each of them stands, and whether there are rows on the side that `seek` left out."""

    rows: list[M]
    positions: list[tuple[Any, ...]]
    behind: bool


async def objects(state: State) -> list[Any]:
    """All objects of a query."""
    database = state.chosen_database
    made = await compiled_objects(database, state)
    if made is not None:
        return await _with_relations(state, database, made)
    with state.reach():
        found = await fetch(database, select_objects(state))
    await finished(state, database, found)
    return found[::-1] if state.backwards else found


async def by_key(state: State, key: Any) -> list[Any] | None:
    """The object with a key, or none; None where that has to be asked as a condition."""
    database = state.chosen_database
    made = await compiled_by_key(database, state, key)
    return None if made is None else await _with_relations(state, database, made)


async def _with_relations(state: State, database: Database, made: list[Any]) -> list[Any]:
    """Objects made without a session lack nothing else."""
    if made:
        await load_all(state, database, made)
    return made


async def placed(state: State) -> Placed[Any]:
    """All objects of a query with their positions, by one statement."""
    database = state.chosen_database
    with state.reach():
        found = await fetch_rows(database, select_placed(state))
    await finished(state, database, [row[0] for row in found])
    found = found[::-1] if state.backwards else found
    if state.seek is None:
        return Placed([row[0] for row in found], [tuple(row[1:]) for row in found], behind=False)
    there = bool(found[0][-1]) if found else await _anything_behind(state, database)
    return Placed([row[0] for row in found], [tuple(row[1:-1]) for row in found], behind=there)


async def _anything_behind(state: State, database: Database) -> bool:
    with state.reach():
        return bool((await run(database, sa.select(behind(state)))).scalar_one())


async def finished(state: State, database: Database, found: list[Any]) -> None:
    """Make fresh objects whole: no column reads as None by mistake, relations are there as asked."""
    if not found:
        return
    if state.only is not None or state.mapper.polymorphic_on is not None or _has_deferred(state):
        close_deferred(found)
    remember_peers(found)
    await load_all(state, database, found)


def _has_deferred(state: State) -> bool:
    return any(attribute.deferred for attribute in state.mapper.column_attrs)


async def streamed(state: State) -> AsyncIterator[Any]:
    """The objects one after the other; never more than a chunk of them in memory."""
    if state.backwards:
        raise UsageError("A query that reads backwards cannot be streamed.", hint="Await it.")
    database = state.chosen_database
    chunk: list[Any] = []
    async for each in state.drawn(stream(database, select_objects(state), CHUNK)):
        chunk.append(each)
        if len(chunk) == CHUNK:
            await finished(state, database, chunk)
            for one in chunk:
                yield one
            chunk = []
    await finished(state, database, chunk)
    for one in chunk:
        yield one


async def rows(state: State) -> list[Any]:
    """All rows of a query with columns."""
    database = state.chosen_database
    with state.reach():
        found = list((await run(database, select_rows(state.suited(database)))).all())
    return found[::-1] if state.backwards else found


async def plain_rows(state: State) -> Sequence[Sequence[Any]] | None:
    """The same as sequences of values and nothing else; None where they are to be had as rows only."""
    return await compiled_rows(state.chosen_database, state)


def streamed_rows(state: State) -> AsyncIterator[Any]:
    """The rows one after the other."""
    database = state.chosen_database
    return state.drawn(stream(database, select_rows(state.suited(database)), CHUNK))


async def count(state: State) -> int:
    """How many objects or rows there are."""
    database = state.chosen_database
    if (counted := await compiled_count(database, state)) is not None:
        return counted
    with state.reach():
        return int((await run(database, compile_count(state.suited(database)))).scalar_one())


async def exists(state: State) -> bool:
    """Whether there are any."""
    database = state.chosen_database
    if (found := await compiled_exists(database, state)) is not None:
        return found
    with state.reach():
        return bool((await run(database, compile_exists(state.suited(database)))).scalar_one())


async def explained(state: State, *, analyze: bool) -> str:
    """What the database says it will do, a line for each row of its answer."""
    database = state.chosen_database
    suited = state.suited(database)
    statement = select_rows(suited) if suited.columns else select_objects(suited)
    with state.reach():
        found = await run(database, Explain(statement, analyze=analyze))
    return "\n".join(_line(row) for row in found.all())


def _line(row: Iterable[Any]) -> str:
    return " | ".join("" if cell is None else str(cell) for cell in row)
