"""Opening and closing one level of a unit of work: a transaction, a savepoint in it, a session joined to it.

async with outermost(database, UnitOptions()) as unit: ...
async with savepoint(unit) as inner: ...
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from portico.db.dialects import DRIVER_ERRORS, translate
from portico.db.engine import READ_ONLY, finish, unknown_outcome, wrote
from portico.errors import UsageError

from .committing import UnitSession
from .context import frames
from .handle import Handle
from .preimages import UNIT, RecordingSession
from .unit import WRAP, Unit, UnitOptions


@asynccontextmanager
async def outermost(database: Handle, options: UnitOptions, *, managed: bool = True) -> AsyncGenerator[Unit]:
    """A transaction: committed at a normal end, rolled back on anything else."""
    database.engines.here()
    session = database.session_factory(bind=_engine(database, options))
    unit = Unit(database, session, options=options, managed=managed)
    async with _lasting(unit, session):
        yield unit
    # Only here the frame is gone, so that callbacks run outside of the unit.


@asynccontextmanager
async def savepoint(outer: Unit) -> AsyncGenerator[Unit]:
    """A savepoint: what happens in it can be undone without undoing the rest."""
    session = outer.session
    mark = await outer.perform(_begin_nested)
    unit = Unit(outer.database, session, parent=outer, options=outer.options)
    async with _entered(unit, session):
        try:
            yield unit
            _refuse_failed(unit)
            await unit.perform(lambda _: mark.commit())
            unit.final = True
        except BaseException:
            await finish(_roll_back_to(unit, mark))
            raise
        finally:
            unit.closed = True


@asynccontextmanager
async def joined(outer: Unit) -> AsyncGenerator[Unit]:
    """A session of its own inside the outer transaction; its commits are savepoints there."""
    await outer.flush()
    connection: AsyncConnection = await outer.perform(lambda session: session.connection())
    session = UnitSession(
        connection,
        expire_on_commit=False,
        sync_session_class=RecordingSession,
        join_transaction_mode="create_savepoint",
    )
    unit = Unit(outer.database, session, parent=outer, options=outer.options, managed=False)
    async with _lasting(unit, session):
        yield unit


@asynccontextmanager
async def _lasting(unit: Unit, session: AsyncSession) -> AsyncGenerator[None]:
    """The life of a session with its unit: written and committed, or rolled back, and closed either way."""
    async with _entered(unit, session):
        try:
            yield
            await unit.flush()
            _refuse_failed(unit)
            await unit.before_commit()
            _refuse_failed(unit)
            await _commit(unit, session)
        except BaseException:
            if not unit.final:
                await finish(_roll_back(session))
            raise
        finally:
            unit.closed = True
            await _close(session)


@asynccontextmanager
async def _entered(unit: Unit, session: AsyncSession) -> AsyncGenerator[None]:
    """Make the unit the current one; afterwards do what its outcome asks for."""
    around = session.info.get(UNIT)
    session.info[UNIT] = unit
    token = frames.push(unit)
    try:
        yield
    finally:
        frames.pop(unit, token)
        session.info[UNIT] = around
        if unit.final:
            await unit.after_commit()
        else:
            unit.after_rollback()


def _engine(database: Handle, options: UnitOptions) -> AsyncEngine:
    """The engine, told what this transaction is to be like; PostgreSQL learns it with its BEGIN."""
    engine = database.engines.transactional
    wanted: dict[str, Any] = {}
    if options.isolation is not None and database.dialect_name != "sqlite":
        wanted["isolation_level"] = options.isolation
    if options.read_only:
        wanted[READ_ONLY] = True
        if database.dialect_name == "postgresql":
            wanted["postgresql_readonly"] = True
    return engine.execution_options(**wanted) if wanted else engine


def _refuse_failed(unit: Unit) -> None:
    if unit.failure is not None:
        raise UsageError(
            "This unit of work failed at an earlier statement, so nothing of it can be saved.", hint=WRAP
        ) from unit.failure


async def _commit(unit: Unit, session: AsyncSession) -> None:
    async def commit() -> None:
        await AsyncSession.commit(session)
        # Said inside the shielded work: a cancellation may arrive while the database has already committed.
        unit.final = True

    try:
        await finish(commit())
    except DRIVER_ERRORS as error:
        lost = isinstance(error, OSError) or getattr(error, "connection_invalidated", False)
        unknown = lost and unit.parent is None and not unit.options.read_only
        raise (unknown_outcome() if unknown else translate(error)) from error
    if unit.parent is None and not unit.options.read_only:
        wrote(unit.database.engines)


async def _close(session: AsyncSession) -> None:
    if session.in_transaction():
        await finish(session.close())
    else:
        session.sync_session.close()  # its connection is given back: there is nothing to wait for


async def _roll_back(session: AsyncSession) -> None:
    try:
        await AsyncSession.rollback(session)
    except DRIVER_ERRORS:
        # The connection is gone, and the transaction with it.
        await session.invalidate()
    _put_back(session)


async def _begin_nested(session: AsyncSession) -> Any:
    return await session.begin_nested()


async def _roll_back_to(unit: Unit, mark: Any) -> None:
    if unit.root.failure is not None:
        return  # the whole transaction is lost: the outermost level rolls it back
    try:
        await mark.rollback()
    except DRIVER_ERRORS as error:
        unit.root.fail(error, translate(error))
    _put_back(mark.session)


def _put_back(session: AsyncSession) -> None:
    if isinstance(session.sync_session, RecordingSession):
        session.sync_session.put_back_expired()
