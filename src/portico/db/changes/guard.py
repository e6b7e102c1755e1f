"""What writes watched rows past every recorder is refused, with the way to do it.

    with unrecorded():
        await db.execute_raw("UPDATE posts SET views = 0")      # nobody is told of it

SQL as text is recognised by its first word and the names in it, a connection of the application's own by its
statement. Raises `UsageError` before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler

from portico.db.engine.criteria.texts import names_in
from portico.errors import UsageError

from .flushes import flush_here
from .sources import is_flushing
from .statements import RECORDED, first_of, written_table
from .tables import known_tables, table_of
from .watching import watchers

_quiet: ContextVar[bool] = ContextVar("portico_unrecorded", default=False)
_WRITES: Final = re.compile(r"\b(insert|update|delete|replace|merge|truncate|copy)\b", re.IGNORECASE)
_DEFINES: Final = re.compile(r"\s*(create|alter|drop|grant|revoke|comment)\b", re.IGNORECASE)
"""How a text begins that changes no rows now, whatever it says of those of later."""
_LOCKS: Final = re.compile(r"\bfor\s+(no\s+key\s+)?update\b", re.IGNORECASE)
_TEXTS: Final = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_HINT: Final = (
    "Use Model.filter(…).update(…) or a session of db.session(); or write it in `with unrecorded():`, and "
    "nobody is told of it."
)


@contextmanager
def unrecorded() -> Generator[None]:
    """Write in this block without anybody being told: no audit, no signal, no event."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def is_unrecorded() -> bool:
    """Whether nobody is told of what is written here."""
    return _quiet.get()


class ChangesGuard:
    """Looks at every statement of every engine; see `portico.db.engine.guards`."""

    def statement(
        self, connection: sa.Connection, statement: Any, parameters: Any, options: Mapping[str, Any]
    ) -> None:
        """Let the flush that is under way see its statements, and refuse those that nobody sees."""
        if not watchers() or _quiet.get() or RECORDED in options:
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
        if not watchers() or _quiet.get():
            return
        compiled = context.compiled
        if compiled is None:
            _check_text(text, connection)
            return
        if RECORDED in context.execution_options:
            return
        writes = isinstance(compiled, SQLCompiler) and (
            compiled.isinsert or compiled.isupdate or compiled.isdelete
        )
        if isinstance(compiled, SQLCompiler) and not writes:
            _check_inner_texts(compiled, connection)
        for part in getattr(compiled, "ctes", None) or ():
            if (table := _written_by(part.element)) is not None:
                raise _refusal(table)


def _check_inner_texts(compiled: SQLCompiler, connection: sa.Connection) -> None:
    """Text that gives rows may stand in a select: ``text("DELETE …").columns(…)``."""
    if _writes(compiled.string):
        for element in visitors.iterate(compiled.statement):
            if isinstance(element, sa.TextClause):
                _check_text(element.text, connection)


def _written_by(element: Any) -> sa.Table | None:
    return written_table(element) if table_of(element) is not None else None


def _writes(text: str) -> bool:
    plain = _TEXTS.sub(" ", text)
    return not _DEFINES.match(plain) and _WRITES.search(_LOCKS.sub(" ", plain)) is not None


def _check_text(text: str, connection: sa.Connection) -> None:
    if not _writes(text):
        return
    known = known_tables().named()
    for name in names_in(text, connection.dialect.name) & known.keys():
        raise _refusal(known[name])


def _refusal(table: sa.Table) -> UsageError:
    return UsageError(f"Rows of {table.name} are recorded, and what this writes would not be.", hint=_HINT)
