"""Units of work."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from portico.db.dialects import translate

from .database import Database, current_database
from .unit import Unit, current_unit, frames


@asynccontextmanager
async def atomic(
    database: Database | None = None,
    *,
    isolation: str | None = None,
    read_only: bool = False,
    durable: bool = False,
) -> AsyncIterator[Unit]:
    """All or nothing."""
    database = database or current_database()
    outer = current_unit(database)
    session = outer.session if outer else database.session_factory()
    unit = Unit(database, session, outer)
    token = frames.set((*frames.get(), unit))
    try:
        if outer:
            async with session.begin_nested():
                yield unit
            outer.callbacks += unit.callbacks
        else:
            async with session, session.begin():
                yield unit
    except SQLAlchemyError as error:
        raise translate(error) from error
    finally:
        unit.closed = True
        frames.reset(token)
    if not outer:
        for callback in unit.callbacks:
            made = callback()
            if inspect.isawaitable(made):
                await made


def on_commit(callback: Callable[[], Any]) -> None:
    """Call this after the outermost commit."""
    unit = current_unit(current_database())
    if unit is None:
        callback()
    else:
        unit.on_commit(callback)
