"""Many new rows at once, of which nothing is wanted back: COPY on PostgreSQL, one prepared INSERT on SQLite.

    done = await copied(db, User, rows)      # False: nothing has happened, and it takes the usual way

The rows are part of the unit of work around, or of one of their own. What the database refuses is undone, and
written again by the usual way, which says what is wrong. Raises what a unit of work raises.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from portico.db.changes import is_recorded
from portico.db.compiled import Slots, is_overheard, shape_of
from portico.db.dialects import Kind, kind_of, translate
from portico.db.engine.walls import is_placed
from portico.db.fields.types import Duration, ExactDecimal, FiniteFloat, NaiveDateTime, UTCDateTime
from portico.db.models.inheritance import has_several_tables
from portico.db.models.keys import mapper_of
from portico.db.session import Database, Unit, atomic
from portico.errors import UnavailableError

from .columns import Column, needs_only_known_code, stored_columns
from .suitability import is_table, wants_context
from .values import values_of

Send = Callable[[Any], Awaitable[Any]]
Convert = Callable[[Any], Any]

FEWEST: Final = 100
"""Fewer rows are not worth the questions that a driver asks before a COPY."""
PIECE: Final = 2_000
"""How many rows are prepared at a time; with COPY, while those before them are on their way."""
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
    if is_recorded(cls, "create") or is_placed(mapper_of(cls).local_table):
        return False
    load = None if is_overheard(database) else _load(cls, rows)
    if load is None:
        return False
    send = _copy if driver == "asyncpg" else _execute
    try:
        async with atomic(database) as unit:
            if driver == "asyncpg":
                # A transaction begins there with the first statement that SQLAlchemy itself sends.
                await unit.execute(sa.text("SELECT 1"))
            while (piece := next(load.pieces, None)) is not None:
                pieces = chain([piece], islice(load.pieces, MOST // PIECE - 1))
                await send(database, unit, load, pieces)
            load.check()
    except _NotCopiedError:
        return False
    return True


class _Load:
    """The rows of one class, prepared piece by piece; all have the columns of the first piece."""

    def __init__(self, cls: type[Any], rows: Sequence[Any]) -> None:
        self.table: Any = mapper_of(cls).local_table
        self.columns: list[Any] = []
        self.pieces = self._prepared()
        self._cls = cls
        self._rows = rows
        self._moments = values_of(cls).stamps()
        self.refused = False

    def check(self) -> None:
        """Raise `_NotCopiedError` where the pieces have ended before the rows did."""
        if self.refused:
            raise _NotCopiedError

    def _prepared(self) -> Iterator[list[Column]]:
        # An error that is raised while a driver asks for records makes it ask the server to cancel; what was
        # copied by then is undone with the unit of work.
        for start in range(0, len(self._rows), PIECE):
            piece = _columns(self._cls, self._rows[start : start + PIECE], self._moments)
            if piece is None or (self.columns and list(piece) != self.columns):
                self.refused = True
                return
            self.columns = list(piece)
            yield list(piece.values())


def _load(cls: type[Any], rows: Sequence[Any]) -> _Load | None:
    """Rows whose first piece is sound, and all of them where code of the application takes part.

    While a statement waits for that code, its time runs.
    """
    load = _Load(cls, rows)
    first = next(load.pieces, None)
    if first is None:
        return None
    quick = needs_only_known_code(cls) and not any(
        isinstance(column.default, sa.ColumnDefault) and column.default.is_callable for column in load.columns
    )
    load.pieces = chain([first], load.pieces if quick else list(load.pieces))
    return None if load.refused else load


def _columns(
    cls: type[Any], rows: Sequence[Any], moments: Mapping[str, Any]
) -> dict[sa.Column[Any], Column] | None:
    """The values by column of the table, with those that SQLAlchemy makes in Python for each row."""
    mapper: Any = mapper_of(cls)
    stored = stored_columns(cls, rows, moments) if is_table(mapper.local_table) else None
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


async def _copy(database: Database, unit: Unit, load: _Load, pieces: Iterator[list[Column]]) -> None:
    dialect = database.engine.dialect
    converts = [_converter(column, dialect) for column in load.columns]
    records = chain.from_iterable(zip(*map(_converted, converts, piece), strict=True) for piece in pieces)
    names = [column.name for column in load.columns]
    _tell(database, f"COPY {load.table.fullname} ({', '.join(names)}) FROM STDIN")
    await _through(
        unit,
        lambda driver: driver.copy_records_to_table(
            load.table.name, schema_name=load.table.schema, records=records, columns=names
        ),
    )


async def _execute(database: Database, unit: Unit, load: _Load, pieces: Iterator[list[Column]]) -> None:
    slots = Slots(())
    values = {
        column.name: slots.parameter(number, None, column.type) for number, column in enumerate(load.columns)
    }
    shape = shape_of(sa.insert(load.table).values(values), slots, database.engine.dialect, writes=True)
    if shape is None:
        raise _NotCopiedError
    binders = [(binder.index, binder.convert) for binder in shape.binders if binder.index is not None]
    _tell(database, shape.text)
    for piece in pieces:
        bound = [_converted(convert, piece[index]) for index, convert in binders]
        await _through(unit, partial(_executed_many, shape.text, bound))


def _executed_many(text: str, columns: Sequence[Column], driver: Any) -> Awaitable[Any]:
    done: Awaitable[Any] = driver.executemany(text, zip(*columns, strict=True))
    return done


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


def _converter(column: Any, dialect: sa.Dialect) -> Convert | None:
    """What makes of a value what the driver takes; None where that is the value itself."""
    if isinstance(column.type, _AS_CHECKED):
        return None
    convert: Convert | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return convert


def _converted(convert: Convert | None, values: Column) -> Column:
    return values if convert is None else list(map(convert, values))


def _tell(database: Database, text: str) -> None:
    for hear in database.engines.hearers:
        hear(text)
