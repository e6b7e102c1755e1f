"""Columns that are written once and always the same way: by a plain value, and never by an update.

    fix_column(invoices.c.tenant_id, {"tenant_id"}, while_in_force="tenant")

Such a column has a type that looks at every value on its way to the database. What would not pass it, an
expression, another type, a SELECT, is refused where the statement becomes text; so is an UPDATE that names
the column, whoever wrote it. Raises `UsageError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from portico.errors import UsageError

from .registry import original

_KEY: Final = "portico_fixed"

if TYPE_CHECKING:

    class _Base(SQLCompiler):
        def visit_insert(self, insert_stmt: Any, *args: Any, **kw: Any) -> Any: ...
        def visit_update(self, update_stmt: Any, *args: Any, **kw: Any) -> Any: ...
else:
    _Base = object


def fix_column(column: sa.Column[Any], names: Iterable[str], *, while_in_force: str) -> None:
    """Let this column be written by plain values alone; ``names`` are all under which statements know it."""
    column.table.info[_KEY] = (column, frozenset(names), while_in_force)


class FixedColumns(_Base):
    """The part of a compiler that looks at the columns of INSERT and UPDATE."""

    def visit_insert(self, insert_stmt: Any, *args: Any, **kw: Any) -> Any:
        """INSERT with plain values for a fixed column, or none."""
        fixed = _fixed(insert_stmt.table)
        if fixed is not None:
            column, names, criterion = fixed
            if names & {*_updated_on_conflict(insert_stmt)}:
                raise _immutable(column)
            without = self.dialect.portico_lifted  # type: ignore[attr-defined]  # set by the variants
            if criterion not in without and not _is_plain(insert_stmt, column, names):
                raise UsageError(
                    f"{column.table.name}.{column.name} is given by an expression.",
                    hint="Leave it out: it is filled in; or give a plain value.",
                )
        return super().visit_insert(insert_stmt, *args, **kw)

    def visit_update(self, update_stmt: Any, *args: Any, **kw: Any) -> Any:
        """UPDATE of other columns than a fixed one."""
        fixed = _fixed(update_stmt.table)
        if fixed is not None:
            column, names, _ = fixed
            if names & {*_assigned(update_stmt), *map(str, self.column_keys or ())}:
                raise _immutable(column)
        return super().visit_update(update_stmt, *args, **kw)


def is_table(found: object) -> bool:
    """Whether a statement is about a table, and not about an alias of one."""
    return isinstance(found, sa.Table)


def _fixed(table: Any) -> tuple[sa.Column[Any], frozenset[str], str] | None:
    found = original(table).info.get(_KEY) if is_table(table) else None
    return cast("tuple[sa.Column[Any], frozenset[str], str] | None", found)


def _immutable(column: sa.Column[Any]) -> UsageError:
    return UsageError(
        f"{column.table.name}.{column.name} does not change.",
        hint="Write a new row where it belongs, and delete this one.",
    )


def _name(key: Any) -> str:
    return str(getattr(key, "key", key))


def _assigned(statement: Any) -> Iterator[str]:
    yield from map(_name, statement._values or ())  # noqa: SLF001 -- there is no public way to what is set


def _updated_on_conflict(statement: Any) -> Iterator[str]:
    clause = getattr(statement, "_post_values_clause", None)
    for written in ("update_values_to_set", "update"):
        found: Any = getattr(clause, written, None) or ()
        yield from (_name(key if isinstance(found, Mapping) else key[0]) for key in found)


def _is_plain(statement: Any, column: Any, names: frozenset[str]) -> bool:
    """Whether every value for the column passes its type."""
    if statement.select is not None:
        return names.isdisjoint(map(_name, statement._select_names or ()))  # noqa: SLF001 -- as above
    values: Mapping[Any, Any] = statement._values or {}  # noqa: SLF001 -- as above
    given: list[Any] = [value for key, value in values.items() if _name(key) in names]
    place = list(column.table.columns).index(column)
    for rows in statement._multi_values or ():  # noqa: SLF001 -- as above
        for row in rows:
            if hasattr(row, "items"):
                given += [value for key, value in row.items() if _name(key) in names]
            else:
                given += row[place : place + 1]
    return all(_passes(value, column) for value in given)


def _passes(value: Any, column: Any) -> bool:
    if isinstance(value, sa.BindParameter):
        kind: Any = cast("Any", value).type
        return isinstance(kind, sa.types.NullType) or type(kind) is type(column.type)
    return not (isinstance(value, sa.ClauseElement) or hasattr(value, "__clause_element__"))
