"""Statements, inside the current unit of work or on their own; what upper rooms use instead of engines.

    result = await run(database, select(Post.title))      # rows; the connection is given back already
    posts = await fetch(database, select(Post))            # objects
    async for post in stream(database, select(Post)): ...

Outside of a unit each call is one statement and one round trip. Errors are Portico's own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sized
from contextlib import aclosing, nullcontext
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from portico._kernel.doors import register_doors
from portico.db.dialects import DRIVER_ERRORS, translate
from portico.db.engine import finish, read, write

from .context import recording
from .handle import Handle
from .levels import outermost
from .unit import Unit, UnitOptions, current_unit

READING = UnitOptions(read_only=True)


async def run(database: Handle, statement: sa.Executable, parameters: Any = None) -> sa.Result[Any]:
    """Run a Core statement; the result is complete and its connection given back.

    Outside of a unit, several rows of parameters get a transaction of their own: all of them or none.
    """
    unit = current_unit(database)
    if unit is not None:
        return await unit.execute(statement, parameters)
    if (
        _are_several(parameters)
        or _wants_transaction(database)
        or (recording.by is not None and recording.by.concerns(statement, parameters))
    ):
        async with outermost(database, UnitOptions()) as unit:
            return await unit.execute(statement, parameters)

    def work(engine: sa.Engine) -> sa.Result[Any]:
        with engine.connect() as connection:
            return connection.execute(statement, parameters)

    if _only_reads(statement):
        return await read(database.engines, work, primary=_locks(statement))
    return await write(database.engines, work)


async def fetch(database: Handle, statement: sa.Executable) -> list[Any]:
    """Run a select of one entity and give its objects; outside of a unit they belong to no session."""
    return await _fetch(database, statement, lambda result: list(result.scalars().unique().all()))


async def fetch_rows(database: Handle, statement: sa.Executable) -> list[Any]:
    """The same for an entity with columns beside it: rows, each with an object in front."""
    return await _fetch(database, statement, lambda result: list(result.unique().all()))


async def _fetch(
    database: Handle, statement: sa.Executable, take: Callable[[sa.Result[Any]], list[Any]]
) -> list[Any]:
    unit = current_unit(database)
    if unit is not None:
        return take(await unit.execute(statement))
    if _wants_transaction(database):
        async with outermost(database, UnitOptions()) as unit:
            return take(await unit.execute(statement))

    def work(engine: sa.Engine) -> list[Any]:
        with Session(engine, expire_on_commit=False, autoflush=False) as session:
            found = take(session.execute(statement))
            session.expunge_all()
            return found

    return await read(database.engines, work, primary=_locks(statement))


async def fetch_written(database: Handle, statement: sa.Executable) -> list[Any]:
    """The objects that a writing statement returns, outside of a unit; it is sent once."""
    if _wants_transaction(database):
        async with outermost(database, UnitOptions()) as unit:
            return list((await unit.execute(statement)).scalars().unique().all())

    def work(engine: sa.Engine) -> list[Any]:
        with Session(engine, expire_on_commit=False, autoflush=False) as session:
            found = list(session.scalars(statement).unique().all())
            session.expunge_all()
            return found

    return await write(database.engines, work)


async def stream(database: Handle, statement: sa.Executable, chunk: int = 500) -> AsyncGenerator[Any, None]:
    """Give the objects of a select (its rows, if it selects no entity) while they arrive.

    Outside of a unit this opens a transaction that only reads and keeps its connection until the end or
    until the iterator is closed; a database in memory has no second connection, so everything is read first.
    """
    unit = current_unit(database)
    if unit is None and database.engines.memory:
        for found in await _whole(database, statement):
            yield found
        return
    async with (
        nullcontext(unit) if unit is not None else outermost(database, READING) as reading,
        aclosing(_streamed(reading, statement, chunk)) as pieces,
    ):
        async for found in pieces:
            yield found


async def _whole(database: Handle, statement: sa.Executable) -> list[Any]:
    if selects_entity(statement):
        return await fetch(database, statement)
    return list((await run(database, statement)).all())


async def _streamed(unit: Unit, statement: sa.Executable, chunk: int) -> AsyncGenerator[Any, None]:
    sent = statement.execution_options(yield_per=chunk)
    await unit.flush()
    result = await unit.perform(lambda session: _open(session, sent))
    complete = False
    try:
        async for found in result.scalars() if selects_entity(statement) else result:
            yield found
        complete = True
    except DRIVER_ERRORS as error:
        ours = translate(error)
        unit.fail(error, ours)
        raise ours from error
    finally:
        await finish(_close(unit, result, complete=complete))


async def _close(unit: Unit, result: Any, *, complete: bool) -> None:
    """Close a result; MariaDB would send all the rest before it listens, so its connection goes instead."""
    if complete or unit.options != READING or unit.database.dialect_name not in {"mysql", "mariadb"}:
        await result.close()
    else:
        await unit.session.invalidate()


async def _open(session: AsyncSession, statement: sa.Executable) -> Any:
    return await session.stream(statement)


def selects_entity(statement: sa.Executable) -> bool:
    """Whether the rows of this select are objects of one mapped class."""
    described: list[Any] = getattr(statement, "column_descriptions", [])
    return (
        len(described) == 1
        and described[0]["entity"] is not None
        and described[0]["expr"] is described[0]["entity"]
    )


def _wants_transaction(database: Handle) -> bool:
    """Whether the database has to be told the tenant, which holds until a transaction ends.

    A SELECT too may call a function that writes, so that the transaction is committed.
    """
    return database.engines.options.row_security


def _are_several(parameters: object) -> bool:
    return isinstance(parameters, list | tuple) and len(cast("Sized", parameters)) > 1


def _only_reads(statement: sa.Executable) -> bool:
    """Whether repeating the statement changes nothing; of plain text nothing is known."""
    if not getattr(statement, "is_select", False):
        return False
    return not any(cte.element.is_dml for cte in getattr(statement, "_all_ctes", ()))


def _locks(statement: sa.Executable) -> bool:
    return getattr(statement, "_for_update_arg", None) is not None


register_doors(
    "db/session",
    reads=["run", "fetch", "fetch_rows", "fetch_written", "stream"],
    writes=["run", "fetch_written"],
)
