"""Statements, inside a unit or on their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Executable, Result
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from portico.db.dialects import translate

from .handle import Handle
from .unit import current_unit


async def run(database: Handle, statement: Executable, parameters: Any = None) -> Result[Any]:
    """Run a Core statement; the result is complete and its connection given back."""
    unit = current_unit(database)
    try:
        if unit is not None:
            return await unit.session.execute(statement, parameters)
        async with database.engines.autocommit.connect() as connection:
            return await connection.execute(statement, parameters)
    except (SQLAlchemyError, OSError) as error:
        raise translate(error) from error


async def fetch(database: Handle, statement: Executable) -> list[Any]:
    """Run a select of one entity and give its objects."""
    unit = current_unit(database)
    try:
        if unit is not None:
            return list((await unit.session.scalars(statement)).unique().all())
        async with AsyncSession(database.engines.autocommit, expire_on_commit=False) as session:
            found = list((await session.scalars(statement)).unique().all())
            session.expunge_all()
            return found
    except (SQLAlchemyError, OSError) as error:
        raise translate(error) from error


async def stream(database: Handle, statement: Executable, chunk: int = 500) -> AsyncIterator[Any]:
    """Run a select of one entity and give its objects piece by piece."""
    for found in await fetch(database, statement):
        yield found
