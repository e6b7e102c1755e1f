"""Many new rows at once, of which nothing is wanted back: COPY on PostgreSQL, one prepared INSERT on SQLite.

    done = await copied(db, User, rows)      # False: nothing has happened, and it takes the usual way

The rows are part of the unit of work around, or of one of their own. What the database refuses is undone, and
written again by the usual way, which says what is wrong. Raises what a unit of work raises.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from portico.db.compiled import Slots, shape_of
from portico.db.dialects import Kind, kind_of, translate
from portico.db.fields.types import Duration, ExactDecimal, FiniteFloat, NaiveDateTime, UTCDateTime
from portico.db.models.inheritance import has_several_tables
from portico.db.models.keys import mapper_of
from portico.db.session import Database, Unit, atomic
from portico.errors import UnavailableError

from .columns import Column, stored_columns
from .suitability import is_table, wants_context

Send = Callable[[Any], Awaitable[Any]]

FEWEST: Final = 100
"""Fewer rows are not worth the questions that a driver asks before a COPY."""
MOST: Final = 100_000
"""How many rows are one statement, so that limits for statements need not be limits for tables."""
_AS_CHECKED: Final = (Duration, ExactDecimal, FiniteFloat, NaiveDateTime, UTCDateTime, sa.Boolean)
"""Types that have nothing left to do with a checked value on its way to PostgreSQL."""


class _NotCopiedError(Exception):
    """The database has refused the rows, or the driver did, and nothing of them is left."""


async def copied(database: Database, cls: type[Any], rows: Sequence[Any]) -> bool:
    """Insert objects or dictionaries that say the same columns; they do not learn what became of them."""
    driver, off = database.engines.url.get_driver_name(), database.engines.options.compiled == "off"
    if off or driver not in ("asyncpg", "aiosqlite") or len(rows) < FEWEST or has_several_tables(cls):
        return False
    columns = _columns(cls, rows)
    if columns is None:
        return False
    send = _copy if driver == "asyncpg" else _execute
    try:
        async with atomic(database) as unit:
            if driver == "asyncpg":
                # A transaction begins there with the first statement that SQLAlchemy itself sends.
                await unit.execute(sa.text("SELECT 1"))
            for start in range(0, len(rows), MOST):
                piece = {column: values[start : start + MOST] for column, values in columns.items()}
                await send(database, unit, mapper_of(cls).local_table, piece)
    except _NotCopiedError:
        return False
    return True


def _columns(cls: type[Any], rows: Sequence[Any]) -> dict[sa.Column[Any], Column] | None:
    """The values by column of the table, with those that SQLAlchemy makes in Python for each row."""
    mapper: Any = mapper_of(cls)
    stored = stored_columns(cls, rows) if is_table(mapper.local_table) else None
    if stored is None:
        return None
    columns: dict[sa.Column[Any], Column] = {mapper.columns[name]: held for name, held in stored.items()}
    written = {column.name for column in columns}
    left: dict[Any, Any] = {
        column: column.default
        for column in mapper.local_table.columns
        if column.default is not None and column.name not in written
    }
    if not all(map(_is_made_in_python, left.values())):
        return None
    for column, default in left.items():
        columns[column] = [default.arg(None) if default.is_callable else default.arg for _ in rows]
    return columns


def _is_made_in_python(default: Any) -> bool:
    """Whether each row gets a value that nothing has to be known for."""
    plain = isinstance(default, sa.ColumnDefault) and not default.is_clause_element
    return plain and not wants_context(default)


async def _copy(database: Database, unit: Unit, table: Any, columns: Mapping[Any, Column]) -> None:
    dialect = database.engine.dialect
    records = zip(*(_bound(column, values, dialect) for column, values in columns.items()), strict=True)
    names = [column.name for column in columns]
    _tell(database, f"COPY {table.fullname} ({', '.join(names)}) FROM STDIN")
    await _through(
        unit,
        lambda driver: driver.copy_records_to_table(
            table.name, schema_name=table.schema, records=records, columns=names
        ),
    )


async def _execute(database: Database, unit: Unit, table: Any, columns: Mapping[Any, Column]) -> None:
    slots = Slots(())
    values = {
        column.name: slots.parameter(number, None, column.type) for number, column in enumerate(columns)
    }
    shape = shape_of(sa.insert(table).values(values), slots, database.engine.dialect, writes=True)
    if shape is None:
        raise _NotCopiedError
    held = list(columns.values())
    bound = [
        held[index] if convert is None else list(map(convert, held[index]))
        for index, convert in ((binder.index, binder.convert) for binder in shape.binders)
        if index is not None
    ]
    _tell(database, shape.text)
    await _through(unit, lambda driver: driver.executemany(shape.text, zip(*bound, strict=True)))


async def _through(unit: Unit, send: Send) -> None:
    """Send something by the driver's own connection of a unit."""

    async def work(session: AsyncSession) -> None:
        raw = await (await session.connection()).get_raw_connection()
        try:
            await send(raw.driver_connection)
        except Exception as error:
            ours = None if kind_of(error) is Kind.UNKNOWN else translate(error)
            if isinstance(ours, UnavailableError):
                raise ours from error
            raise _NotCopiedError from error

    await unit.flush()
    await unit.perform(work)


def _bound(column: Any, values: Column, dialect: sa.Dialect) -> Column:
    """The values as the driver takes them."""
    if isinstance(column.type, _AS_CHECKED):
        return values
    convert = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if convert is None else list(map(convert, values))


def _tell(database: Database, text: str) -> None:
    for hear in database.engines.hearers:
        hear(text)
