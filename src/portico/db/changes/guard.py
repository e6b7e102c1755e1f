"""What writes watched rows past every recorder is refused, with the way to do it.

    with unrecorded():
        await db.execute_raw("UPDATE posts SET views = 0")      # nobody is told of it

SQL as text is recognised by its verbs and the names in it, a connection of the application's own by its
statement. Raises `UsageError` before anything is sent.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler

from portico.db.engine.criteria.texts import is_write, names_in
from portico.db.scoping import current_actor
from portico.errors import UsageError

from .flushes import flush_here
from .sources import is_flushing
from .statements import RECORDED, first_of, written_table
from .tables import known_tables, table_of
from .watching import watchers, watchers_of

_quiet: ContextVar[list[tuple[type[Any], Any]] | None] = ContextVar("portico_unrecorded", default=None)
"""Inside of `unrecorded()`: of which classes watchers know already that they are passed over, and by whom."""
_HINT: Final = (
    "Use Model.filter(…).update(…) or a session of db.session(); or write it in `with unrecorded():`, and "
    "nobody is told of it."
)


@contextmanager
def unrecorded() -> Generator[None]:
    """Write in this block without anybody being told: no audit, no signal, no event.

    That audited rows are written here is logged once for each class, so that the hole in the trail is known.
    """
    token = _quiet.set([])
    try:
        yield
    finally:
        _quiet.reset(token)


def is_unrecorded() -> bool:
    """Whether nobody is told of what is written here."""
    return _quiet.get() is not None


class ChangesGuard:
    """Looks at every statement of every engine; see `portico.db.engine.guards`."""

    def statement(
        self, connection: sa.Connection, statement: Any, parameters: Any, options: Mapping[str, Any]
    ) -> None:
        """Let the flush that is under way see its statements, and refuse those that nobody sees."""
        if not watchers() or is_unrecorded() or RECORDED in options:
            return
        if isinstance(statement, sa.TextClause):
            _check_text(statement.text, connection)
            return
        flush = flush_here()
        if flush is not None and is_flushing(flush.session):  # its own statements, and no others
            flush.sends(connection, statement, parameters)
        elif (table := written_table(statement, first_of(parameters))) is not None:
            raise _refusal(table)

    def text(self, connection: sa.Connection, text: str, context: Any) -> None:
        """Refuse what came as text only, and what is written by a part of a query."""
        if not watchers():
            return
        compiled = context.compiled
        if is_unrecorded():
            _pass_over(compiled, text, connection.dialect.name)
            return
        if compiled is None:
            _check_text(text, connection)
            return
        if RECORDED in context.execution_options:
            return
        if isinstance(compiled, SQLCompiler) and not _is_dml(compiled):
            _check_inner_texts(compiled, connection)
        for part in getattr(compiled, "ctes", None) or ():
            if (table := _written_by(part.element)) is not None:
                raise _refusal(table)


def _is_dml(compiled: SQLCompiler) -> bool:
    return compiled.isinsert or compiled.isupdate or compiled.isdelete


def _pass_over(compiled: Any, text: str, dialect: str) -> None:
    """Let watchers know, once for each class and actor, that rows are written of which they will not hear."""
    said, actor = _quiet.get(), current_actor()
    for table, deletes in _written_quietly(compiled, text, dialect):
        for model in known_tables().classes(table, deletes=deletes):
            if said is not None and (model, actor) not in said:
                said.append((model, actor))
                for watcher in watchers_of(model):
                    watcher.passed_over(model)


def _written_quietly(compiled: Any, text: str, dialect: str) -> Iterator[tuple[sa.Table, bool]]:
    named = known_tables().named()
    if isinstance(compiled, SQLCompiler) and _is_dml(compiled):
        for element in (compiled.statement, *(part.element for part in compiled.ctes or ())):
            name = getattr(getattr(element, "table", None), "name", "")
            table = table_of(element)
            table = named.get(str(name).lower()) if table is None else table
            if table is not None:
                yield table, bool(getattr(element, "is_delete", False))
    elif is_write(text, dialect):
        yield from ((named[name], True) for name in names_in(text, dialect) & named.keys())


def _check_inner_texts(compiled: SQLCompiler, connection: sa.Connection) -> None:
    """Text that gives rows may stand in a select: ``text("DELETE …").columns(…)``."""
    if is_write(compiled.string, connection.dialect.name):
        for element in visitors.iterate(compiled.statement):
            if isinstance(element, sa.TextClause):
                _check_text(element.text, connection)


def _written_by(element: Any) -> sa.Table | None:
    return written_table(element) if table_of(element) is not None else None


def _check_text(text: str, connection: sa.Connection) -> None:
    if not is_write(text, connection.dialect.name):
        return
    known = known_tables().named()
    for name in names_in(text, connection.dialect.name) & known.keys():
        raise _refusal(known[name])


def _refusal(table: sa.Table) -> UsageError:
    return UsageError(f"Rows of {table.name} are recorded, and what this writes would not be.", hint=_HINT)
