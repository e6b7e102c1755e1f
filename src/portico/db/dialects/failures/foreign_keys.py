"""Which foreign key SQLite means by "FOREIGN KEY constraint failed": look the parents up, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.sql import operators

from portico.errors import PorticoError

from .finding import Finding, Kind
from .table_facts import OWNED

_TABLE = re.compile(
    r"^\s*(?:insert\s+(?:or\s+\w+\s+)?into|replace\s+into|update|delete\s+from)\s+[\"`\[]?(\w+)", re.I
)
_DELETE = re.compile(r"^\s*delete\b", re.I)


class _Key:
    """One foreign key of a child table, as SQLite lists it."""

    def __init__(self, parent: str) -> None:
        self.parent = parent
        self.columns: list[str] = []
        self.targets: list[str] = []


def broken(
    connection: sa.Connection, statement: str, table: sa.Table | None, rows: tuple[Mapping[str, Any], ...]
) -> Finding:
    """The finding with its columns; asked on the same connection, so it sees the same transaction."""
    named = _TABLE.match(statement)
    name = table.name if table is not None else named[1] if named else None
    if name is None:
        return Finding(Kind.MISSING_PARENT)
    keys = _keys_of(connection, name)
    if not _DELETE.match(statement):
        for key in keys:
            if any(_is_missing(connection, key, table, row) for row in rows):
                return Finding(Kind.MISSING_PARENT, name, tuple(key.columns), other=key.parent)
        if table is None and len(keys) == 1:
            return Finding(Kind.MISSING_PARENT, name, tuple(keys[0].columns), other=keys[0].parent)
    return _still_referred(connection, name)


def _rows(connection: sa.Connection, sql: str, parameters: Iterable[Any] = ()) -> list[Any]:
    return list(connection.exec_driver_sql(sql, tuple(parameters)).all())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _keys_of(connection: sa.Connection, table: str) -> list[_Key]:
    keys: dict[int, _Key] = {}
    for number, _, parent, column, target, *_ in _rows(
        connection, f"PRAGMA foreign_key_list({_quoted(table)})"
    ):
        key = keys.setdefault(number, _Key(parent))
        key.columns.append(column)
        key.targets += [target] if target is not None else []
    for key in keys.values():
        # REFERENCES without columns means the primary key.
        key.targets = key.targets or _primary_key(connection, key.parent)
    return list(reversed(keys.values()))  # SQLite lists the last one first


def _primary_key(connection: sa.Connection, table: str) -> list[str]:
    info = _rows(connection, f"PRAGMA table_info({_quoted(table)})")
    return [row[1] for row in sorted((row for row in info if row[5]), key=lambda row: row[5])]


def _is_missing(connection: sa.Connection, key: _Key, table: sa.Table | None, row: Mapping[str, Any]) -> bool:
    conditions: list[str] = []
    values: list[Any] = []
    for name, target in zip(key.columns, key.targets, strict=True):
        column = next((c for c in table.columns if c.name == name), None) if table is not None else None
        value = row.get(name if column is None else column.key)
        if value is None and column is not None and OWNED in column.info:
            value = _tenant(column)
            if value is None:
                return len(key.columns) > 1
        if value is None:
            return False
        conditions.append(f"{_quoted(target)} = ?")
        values.append(value if column is None else _stored(column.type, value, connection.dialect))
    # By the driver itself: a parent that is hidden from whoever wrote is there all the same.
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"SELECT 1 FROM {_quoted(key.parent)} WHERE {' AND '.join(conditions)}", values)  # noqa: S608 -- names that SQLite gave, quoted
        return cursor.fetchone() is None
    finally:
        cursor.close()


def _tenant(column: sa.Column[Any]) -> Any:
    """The tenant that a row has which does not say it; None where those of all are written."""
    with suppress(PorticoError):
        return cast("sa.ColumnDefault", column.default).arg(None)
    return None


def _stored(kind: Any, value: Any, dialect: sa.Dialect) -> Any:
    """A value as the type of the child's column stores it."""
    if isinstance(kind, sa.TypeDecorator):
        kind = kind.coerce_compared_value(operators.eq, value)
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    return value if convert is None else convert(value)


def _still_referred(connection: sa.Connection, name: str) -> Finding:
    """The keys that point to this table; their targets are the same columns in all but odd schemas."""
    children = _rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table'")
    pointing = [
        (child, key)
        for (child,) in children
        for key in _keys_of(connection, child)
        if key.parent.lower() == name.lower()
    ]
    targets = dict.fromkeys(target for _, key in pointing for target in key.targets)
    other = pointing[0][0] if len(pointing) == 1 else None
    return Finding(Kind.STILL_REFERRED, name, tuple(targets), other=other)
