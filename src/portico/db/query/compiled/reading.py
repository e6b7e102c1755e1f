"""What a query asks, answered by a statement that is compiled once for all that differ in values alone.

    found = await compiled_objects(database, state)       # None: the general path reads them
    found = await compiled_by_key(database, state, 7)     # a list of one or none

None is decided before a statement is sent, or where the database has refused one, or where rows are not one
object each: the general path does it then, or says in its own words what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from portico.db.compiled import LaneError, converted, lane_of
from portico.db.query.state import State
from portico.db.session import Database

from .asking import is_special
from .kept import Kept, Ready, kept_for

T = TypeVar("T")
Rows = Sequence[Sequence[Any]]
_SESSIONS: Final[Any] = Session().dispatch
"""What is listened for in every session."""


async def compiled_objects(database: Database, state: State) -> list[Any] | None:
    """The objects of a query."""
    return await answered(database, state.model, lambda kept: kept.objects(state), _objects)


async def compiled_by_key(database: Database, state: State, key: Any) -> list[Any] | None:
    """The object with a key, or none, of a query without conditions."""
    if is_narrowed(state):
        return None
    return await answered(database, state.model, lambda kept: kept.by_key(key), _objects)


async def compiled_rows(database: Database, state: State) -> Rows | None:
    """The rows of a query with columns, as plain sequences of values."""
    return await answered(database, state.model, lambda kept: kept.rows(state), _rows)


async def compiled_count(database: Database, state: State) -> int | None:
    """How many rows a query has."""
    return await answered(database, state.model, lambda kept: kept.count(state), _scalar)


async def compiled_exists(database: Database, state: State) -> bool | None:
    """Whether a query has any rows."""
    found = await answered(database, state.model, lambda kept: kept.exists(state), _scalar)
    return None if found is None else bool(found)


def is_narrowed(state: State) -> bool:
    """Whether a key alone does not say which object is meant, or how it is to be read."""
    return bool(state.where or state.is_sliced or state.columns) or is_special(state)


async def answered(
    database: Database,
    model: type[Any],
    make_ready: Callable[[Kept], Ready],
    understand: Callable[[Kept, Ready, Rows], T],
) -> T | None:
    """What is understood of the rows of a statement of a class; None where the general path has to answer."""
    lane = lane_of(database)
    if lane is None or _SESSIONS.loaded_as_persistent or _SESSIONS.persistent_to_detached:
        return None
    kept = kept_for(database, model)
    try:
        ready = make_ready(kept)
    except Exception:  # whatever it is, the general path meets it, too, and says it its way
        return None
    try:
        rows = await lane.fetch(ready.shape, ready.arguments)
    except LaneError:
        return None
    try:
        return understand(kept, ready, rows)
    except Exception:  # as above
        return None


def _objects(kept: Kept, ready: Ready, rows: Rows) -> list[Any]:
    maker = kept.maker(ready.shape)
    return [maker.one(rows[0])] if len(rows) == 1 else maker.many(rows)


def _rows(_: Kept, ready: Ready, rows: Rows) -> Rows:
    return converted(rows, ready.shape.readers)


def _scalar(_: Kept, ready: Ready, rows: Rows) -> Any:
    return converted(rows, ready.shape.readers)[0][0]
