"""What one statement writes: its rows are read before it and after it, and changes recorded on the unit.

Every INSERT, UPDATE and DELETE of a session of ours comes through here, whether Portico or the application
wrote it. Raises `UsageError` for the few of which nobody could tell what they did.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeGuard

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm.context import FromStatement

from portico.db.session import Unit
from portico.db.session.unit import has_pending
from portico.errors import UsageError

from .images import Images
from .sources import Key, is_flushing
from .tables import known_tables, table_of

RECORDED: Final = "portico_recorded"
"""Execution option of a statement whose rows are recorded."""
_group: ContextVar[Images | None] = ContextVar("portico_group", default=None)


def written_table(statement: Any, values: Any = None) -> sa.Table | None:
    """The table that a statement writes to, if what it does there has to be recorded."""
    if not getattr(statement, "is_dml", False):
        return None
    statement = written_by(statement)
    table = table_of(statement)
    if table is None:
        _refuse_other(getattr(statement, "table", None))
        return None
    known = known_tables()
    if known.matters(table, deletes=statement.is_delete):
        return table
    handed_on = known.followed(table) if statement.is_update else ()
    return table if handed_on and not set_names(statement, values).isdisjoint(handed_on) else None


def first_of(parameters: Any) -> Any:
    """The values of the first of the rows that a statement is sent with."""
    if _are_several(parameters):
        return next(iter(parameters), None)
    return parameters


def _are_several(parameters: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(parameters, Sequence)


def written_by(statement: Any) -> Any:
    """The statement that writes: of a select ``from_statement`` the one inside."""
    return statement.element if isinstance(statement, FromStatement) else statement


def _refuse_other(table: Any) -> None:
    """Refuse what is written under the name of a watched table, such as ``sa.table("posts")``."""
    name = getattr(table, "name", None)
    if isinstance(name, str) and name.lower() in known_tables().named():
        raise UsageError(
            f"Rows of {name} are recorded, and this statement has another description of the table.",
            hint="Write it with the model, or with its __table__.",
        )


def execute(unit: Unit, execution: ORMExecuteState) -> Any:
    """Run the statement of a session and record what it wrote; None where there is nothing to record."""
    statement: Any = execution.statement
    given: Any = execution.parameters
    table = written_table(statement, first_of(given))
    if table is None or RECORDED in execution.execution_options:
        return None
    if written_by(statement) is not statement:
        raise UsageError(
            f"Rows of {table.name} are recorded, and a write inside of from_statement() cannot be.",
            hint="Give the session the write itself: it may have .returning(Model).",
        )
    session = execution.session
    if has_pending(session) and not is_flushing(session):
        session.flush()  # what waits belongs to the rows before
    if statement.is_insert:
        return _insert(unit, execution, table)
    if _are_several(given):
        if len(given) != 1:
            done = [_change(unit, execution, table, one) for one in given]
            return Told([], [], sum(result.rowcount for result in done))
        given = given[0]
    return _change(unit, execution, table, given)


def _change(unit: Unit, execution: ORMExecuteState, table: sa.Table, values: Any) -> Any:
    """An UPDATE or a DELETE."""
    statement: Any = execution.statement
    if values and statement.is_update and statement.whereclause is None:
        raise UsageError(
            f"Rows of {table.name} are recorded, and such an update by key cannot be.",
            hint="Use bulk_update(), or an update with a condition.",
        )
    group = _group.get()
    images = Images(known_tables()) if group is None else group
    images.connection = execution.session.connection()
    names = set_names(statement, values)
    given: dict[str, Any] = dict(values or {})
    picks = {n: v for n, v in given.items() if statement.is_delete or n not in table.columns}
    rows = images.see(table, statement.whereclause, picks, deletes=bool(statement.is_delete), written=names)
    if statement.is_update:
        _move(images, table, rows, statement, values)
    result = execution.invoke_statement(params=values, execution_options={RECORDED: True})
    if group is None:
        record(unit, images)
    return result


@asynccontextmanager
async def grouped(unit: Unit) -> AsyncGenerator[None]:
    """Record the statements of this block as one: a row that lies in several tables is deleted by several."""
    if _group.get() is not None:
        yield
        return
    images = Images(known_tables())
    token = _group.set(images)
    try:
        yield
    finally:
        _group.reset(token)
    if images:
        await unit.perform(lambda session: session.run_sync(lambda _: record(unit, images)))


def record(unit: Unit, images: Images) -> None:
    """Put what was seen on the unit."""
    for change in images.changes():
        unit.record(change)


def set_names(statement: Any, values: Any) -> set[str]:
    """The columns that an update sets."""
    if not statement.is_update:
        return set()
    said = statement._values or ()  # noqa: SLF001 -- there is no public way to ask
    return {getattr(one, "key", one) for one in said} | set(values or ())


def _move(images: Images, table: sa.Table, rows: Iterable[Key], statement: Any, values: Any) -> None:
    """Rows whose key is set are found under the new one."""
    key = known_tables().source(table).key_in(table)
    set_here: dict[Any, Any] = statement._values or {}  # noqa: SLF001 -- as above
    said: dict[str, Any] = {getattr(one, "key", one): value for one, value in set_here.items()}
    said.update(values or {})
    if not any(column.key in said for column in key):
        return
    for old in rows:
        new = tuple(said.get(column.key, part) for column, part in zip(key, old, strict=True))
        plain = tuple(_plain(part) for part in new)
        images.moved(table, old, plain)


def _plain(value: Any) -> Any:
    if getattr(value, "__visit_name__", None) == "bindparam":
        return value.effective_value
    if isinstance(value, sa.ClauseElement):
        raise UsageError(
            "An update that computes keys cannot be recorded.", hint="Set the key of one row to a value."
        )
    return value


def _insert(unit: Unit, execution: ORMExecuteState, table: sa.Table) -> Any:
    statement: Any = execution.statement
    _check_insert(statement, table)
    session = execution.session
    source = known_tables().source(table)
    dialect = session.get_bind().dialect
    if table is not source.table:
        raise UsageError(
            f"{table.name} is one of several tables of a row, so such an insert cannot be recorded.",
            hint="Make objects, and save them.",
        )
    images = Images(known_tables(), session.connection())
    if not dialect.insert_returning:
        result: Any = execution.invoke_statement(execution_options={RECORDED: True})
        own = len(source.key_in(table))  # what the table has besides stands behind it
        images.made_with(table, [tuple(key)[:own] for key in result.inserted_primary_key_rows])
        record(unit, images)
        return result
    result = execution.invoke_statement(
        statement.returning(*table.columns), execution_options={RECORDED: True}
    )
    names = list(result.keys())
    own = len(names) - len(table.columns)
    rows = result.all()
    images.made(table, [dict(zip(table.columns, row[own:], strict=True)) for row in rows])
    record(unit, images)
    return Told(names[:own], [tuple(row[:own]) for row in rows], len(rows))


def _check_insert(statement: Any, table: sa.Table) -> None:
    """Refuse an insert that may also change rows."""
    conflict = statement._post_values_clause  # noqa: SLF001 -- what a dialect adds has no public name
    harmless = (postgresql.dml.OnConflictDoNothing, sqlite.dml.OnConflictDoNothing)
    if (conflict is not None and not isinstance(conflict, harmless)) or statement._prefixes:  # noqa: SLF001 -- as above
        raise UsageError(
            f"Rows of {table.name} are recorded, and nobody could tell what this insert changed.",
            hint="Use update_or_create(), or look for the row first.",
        )


class Told(IteratorResult[Any]):
    """The rows of an insert without the columns that were only asked for to record it."""

    def __init__(self, names: Sequence[str], rows: Sequence[tuple[Any, ...]], count: int) -> None:
        super().__init__(SimpleResultMetaData(names), iter(rows))
        self.rowcount = count
