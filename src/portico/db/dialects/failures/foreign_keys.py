"""Which foreign key SQLite means by "FOREIGN KEY constraint failed": look the parents up, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from .finding import Finding, Kind

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
    parent = sa.table(key.parent)
    conditions: list[sa.ColumnElement[bool]] = []
    for name, target in zip(key.columns, key.targets, strict=True):
        column = next((c for c in table.columns if c.name == name), None) if table is not None else None
        value = row.get(name if column is None else column.key)
        if value is None:
            return False
        # The type of the child's column knows how its values are stored.
        conditions.append(sa.column(target, sa.types.NullType() if column is None else column.type) == value)
    return connection.execute(sa.select(sa.literal(1)).select_from(parent).where(*conditions)).first() is None


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
