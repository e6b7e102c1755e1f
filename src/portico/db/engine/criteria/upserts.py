"""Upserts: a row that a criterion hides is not changed by an INSERT that meets it.

PostgreSQL and SQLite take the criterion as the WHERE of what they do on a conflict. MariaDB has no such
WHERE: there each column keeps its value unless the row is one that the statement may see.
"""

from __future__ import annotations

import copy
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from .compiler import ScopedCompiler
from .counting import with_counters


class OnConflict(ScopedCompiler):
    """Of PostgreSQL and SQLite."""

    def visit_on_conflict_do_update(self, on_conflict: Any, **kw: Any) -> Any:
        """The update of the row that is there already."""
        inserted: Any = self.stack[-1]["selectable"]
        table = inserted.table
        conditions = self._portico_conditions([table])
        on_conflict = copy.copy(on_conflict)
        on_conflict.update_values_to_set = with_counters(table, dict(on_conflict.update_values_to_set))
        if conditions:
            given = on_conflict.update_whereclause
            on_conflict.update_whereclause = sa.and_(*([] if given is None else [given]), *conditions)
        compiler: Any = super()
        return compiler.visit_on_conflict_do_update(on_conflict, **kw)


class OnDuplicateKey(ScopedCompiler):
    """Of MySQL and MariaDB."""

    def visit_on_duplicate_key_update(self, on_duplicate: Any, **kw: Any) -> Any:
        """The update of the row that is there already."""
        statement: Any = self.current_executable
        table = statement.table
        conditions = self._portico_conditions([table])
        on_duplicate = copy.copy(on_duplicate)
        on_duplicate.update = with_counters(table, dict(on_duplicate.update))
        if conditions:
            on_duplicate = _only_where(on_duplicate, table, sa.and_(*conditions))
        compiler: Any = super()
        return compiler.visit_on_duplicate_key_update(on_duplicate, **kw)


def _only_where(on_duplicate: Any, table: Any, condition: sa.ColumnElement[bool]) -> Any:
    made = copy.copy(on_duplicate)
    update = {_key(key): value for key, value in on_duplicate.update.items()}
    made.update = {
        key: sa.case((condition, value), else_=table.c[key]) if key in table.c else value
        for key, value in update.items()
    }
    # Each assignment sees what those before it did, so what the condition looks at comes last.
    asked = {found.key for found in visitors.iterate(condition) if isinstance(found, sa.Column)}
    given = on_duplicate._parameter_ordering  # noqa: SLF001 -- what a list of pairs says, and a mapping does not
    order = given or [column.key for column in table.c if column.key in update]
    made._parameter_ordering = sorted(map(_key, order), key=asked.__contains__)  # noqa: SLF001 -- as above
    return made


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(key.key)
