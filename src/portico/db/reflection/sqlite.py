"""What SQLite keeps to itself: declared types, hidden tables, rows without a key, how dates are stored.

    ordinary_tables(connection, None)     # {"Album": "table", "cheap_tracks": "view", "notes_fts": "virtual"}

SQLite's types are advice, so its columns are served by what they hold: a few values of each date column, and
of each without a type, are read to learn what they are. A key that has NULLs in it does not count as a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from portico.db.engine import own

from .facts import ColumnFacts, DatabaseFacts, Kind, TableFacts
from .values import SAMPLED, declared_sort

SAMPLE = 50
_ROW_COLUMNS = ("rowid", "_rowid_", "oid")


def ordinary_tables(connection: sa.Connection, schema: str | None) -> dict[str, Kind]:
    """Tables, views and virtual tables, without SQLite's own and without the shadows of virtual ones."""
    master = f"{_quoted(connection, schema or 'main')}.sqlite_master"
    rows = connection.exec_driver_sql(
        f"SELECT name, type, sql FROM {master} WHERE type IN ('table', 'view')"  # noqa: S608 -- quoted above
    ).all()
    kinds: dict[str, Kind] = {}
    for name, kind, sql in rows:
        if name.lower().startswith("sqlite_"):
            continue
        virtual = kind == "table" and str(sql).lstrip().upper().startswith("CREATE VIRTUAL")
        kinds[name] = "view" if kind == "view" else "virtual" if virtual else "table"
    shadows = _shadows(connection, schema)
    return {name: kind for name, kind in kinds.items() if name not in shadows}


def _shadows(connection: sa.Connection, schema: str | None) -> set[str]:
    try:
        rows = connection.exec_driver_sql("PRAGMA table_list").mappings().all()
    except DBAPIError:
        return set()
    return {row["name"] for row in rows if row["schema"] == (schema or "main") and row["type"] == "shadow"}


def read_any_text(engine: sa.Engine) -> None:
    """Let new connections give text that is no UTF-8 as bytes, where sqlite3 would end the whole query."""
    if not event.contains(engine, "connect", _set_text_factory):
        event.listen(engine, "connect", _set_text_factory)


@own
def _set_text_factory(_: Any, record: Any) -> None:
    record.driver_connection.text_factory = _decoded


def _decoded(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def add_sqlite_facts(connection: sa.Connection, facts: DatabaseFacts, schema: str | None) -> DatabaseFacts:
    """The same facts with declared types, samples of dates, and rows told apart where there is no key."""
    tables = tuple(_Table(connection, table, schema).completed() for table in facts.tables)
    return replace(facts, tables=tables)


class _Table:
    def __init__(self, connection: sa.Connection, table: TableFacts, schema: str | None) -> None:
        self.connection = connection
        self.table = table
        self.schema = schema or "main"
        self.name = f"{_quoted(connection, self.schema)}.{_quoted(connection, table.name)}"

    def completed(self) -> TableFacts:
        declared = self._declared()
        columns = tuple(
            replace(column, declared=declared.get(column.name, "").upper()) for column in self.table.columns
        )
        samples = self._samples(columns)
        columns = tuple(replace(column, sample=samples.get(column.name, ())) for column in columns)
        table = replace(self.table, columns=columns)
        if table.key and self._key_has_nulls(table):
            table = replace(table, key=())
        return replace(table, row_column=self._row_column(table))

    def _declared(self) -> Mapping[str, str]:
        schema, name = (_quoted(self.connection, part) for part in (self.schema, self.table.name))
        pragma = f"PRAGMA {schema}.table_xinfo({name})"
        return {row["name"]: row["type"] or "" for row in self.connection.exec_driver_sql(pragma).mappings()}

    def _samples(self, columns: tuple[ColumnFacts, ...]) -> dict[str, tuple[Any, ...]]:
        """A few values of the columns whose type says too little; views may be slow and are not sampled."""
        wanted = [column.name for column in columns if declared_sort(column.declared or "") in SAMPLED]
        if not wanted or self.table.kind == "view":
            return {}
        names = ", ".join(_quoted(self.connection, name) for name in wanted)
        statement = f"SELECT {names} FROM {self.name} LIMIT {SAMPLE}"  # noqa: S608 -- quoted above
        try:
            rows = self.connection.exec_driver_sql(statement).all()
        except DBAPIError:  # text that is no UTF-8, a virtual table that wants a condition
            return {}
        return {
            name: tuple(row[index] for row in rows if row[index] is not None)
            for index, name in enumerate(wanted)
        }

    def _key_has_nulls(self, table: TableFacts) -> bool:
        """Only SQLite allows NULL in a key, and then several rows may share it."""
        loose = [name for name in table.key if table.column(name).nullable]
        if not loose:
            return False
        condition = " OR ".join(f"{_quoted(self.connection, name)} IS NULL" for name in loose)
        statement = f"SELECT 1 FROM {self.name} WHERE {condition} LIMIT 1"  # noqa: S608 -- quoted above
        return self.connection.exec_driver_sql(statement).first() is not None

    def _row_column(self, table: TableFacts) -> str | None:
        if table.key or table.kind != "table":
            return None
        used = {name.lower() for name in table.column_names}
        free = [name for name in _ROW_COLUMNS if name not in used]
        return free[0] if free else None


def _quoted(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
