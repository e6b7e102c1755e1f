"""Columns that count the writes of a row, moved on by every statement that changes it.

    count_writes(posts.c.version)
    update(posts).values(title="x")       # SET title = 'x', version = version + 1

An UPDATE that sets the column itself is left alone: sessions and Portico's own statements do. What an upsert
does on a conflict always moves it on, whatever is said there: the number in the new row is of another row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeGuard, cast

import sqlalchemy as sa
from sqlalchemy.util import immutabledict

from .registry import original

_KEY: Final = "portico_counters"


def count_writes(column: sa.Column[Any]) -> None:
    """Let every statement that changes a row of the column's table move it on, on every engine."""
    table = column.table
    kept: frozenset[str] = table.info.get(_KEY, frozenset())
    table.info[_KEY] = kept | {column.key}


def counters_of(table: Any) -> list[sa.Column[Any]]:
    """The columns of a table that count its writes."""
    if not _is_table(table):
        return []
    keys: frozenset[str] = original(table).info.get(_KEY, frozenset())
    return [table.c[key] for key in sorted(keys)]


def _is_table(found: object) -> TypeGuard[sa.Table[Any]]:
    return isinstance(found, sa.Table)


def moved_on(statement: Any, given: Sequence[str] | None) -> Any:
    """An UPDATE in which the counters that it does not set move on; ``given`` are its parameters."""
    counters = counters_of(statement.table)
    if counters:
        values: dict[Any, Any] = dict(statement._values or {})  # noqa: SLF001 -- the copy that is being compiled
        said = {*map(_key, values), *(given or ())}
        values |= {column: column + 1 for column in counters if column.key not in said}
        statement._values = immutabledict(values)  # noqa: SLF001 -- as above
    return statement


def with_counters(table: Any, values: dict[Any, Any]) -> dict[Any, Any]:
    """What an upsert sets on a conflict, with the counters moved on from the row that is there."""
    counters = counters_of(table)
    keys = {column.key for column in counters}
    kept = {key: value for key, value in values.items() if _key(key) not in keys}
    return {**kept, **{column.key: column + 1 for column in counters}}


def _key(one: Any) -> str:
    return one if isinstance(one, str) else cast("str", one.key)
