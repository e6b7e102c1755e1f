"""Run what the compiler made, and finish the objects: closed columns, siblings known, relations loaded.

    posts = await objects(state)

One statement for the objects, one for each relation asked for. Database errors come as Portico's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from portico.db.relations import close_deferred, remember_peers
from portico.db.session import Database, fetch, run, stream

from .constructs import Explain
from .loading import load_all
from .state import State
from .statements import compile_count, compile_exists, select_objects, select_rows

CHUNK: Final = 500


async def objects(state: State) -> list[Any]:
    """All objects of a query."""
    database = state.chosen_database
    found = await fetch(database, select_objects(state))
    await finished(state, database, found)
    return found


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
    database = state.chosen_database
    chunk: list[Any] = []
    async for each in stream(database, select_objects(state), CHUNK):
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
    return list((await run(database, select_rows(state.suited(database)))).all())


def streamed_rows(state: State) -> AsyncIterator[Any]:
    """The rows one after the other."""
    database = state.chosen_database
    return stream(database, select_rows(state.suited(database)), CHUNK)


async def count(state: State) -> int:
    """How many objects or rows there are."""
    database = state.chosen_database
    return int((await run(database, compile_count(state.suited(database)))).scalar_one())


async def exists(state: State) -> bool:
    """Whether there are any."""
    database = state.chosen_database
    return bool((await run(database, compile_exists(state.suited(database)))).scalar_one())


async def explained(state: State, *, analyze: bool) -> str:
    """What the database says it will do, a line for each row of its answer."""
    database = state.chosen_database
    suited = state.suited(database)
    statement = select_rows(suited) if suited.columns else select_objects(suited)
    found = await run(database, Explain(statement, analyze=analyze))
    return "\n".join(_line(row) for row in found.all())


def _line(row: Iterable[Any]) -> str:
    return " | ".join("" if cell is None else str(cell) for cell in row)
