"""Ask a database what it holds: every table and view, with keys, references and comments.

    facts = await connection.run_sync(inspect_database, None)
    [table.name for table in facts.tables]

What cannot be read (a view over a table that is gone, a virtual table whose module is missing) is left out
and named in `DatabaseFacts.skipped`; one broken view never hides the rest.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine.reflection import Inspector, ObjectKind
from sqlalchemy.exc import DBAPIError, NoSuchTableError, UnreflectableTableError

from portico.db import audit, idempotency

from .facts import ColumnFacts, DatabaseFacts, Kind, Reference, TableFacts
from .sqlite import add_sqlite_facts, ordinary_tables

OWN = frozenset([*idempotency.METADATA.tables, *audit.METADATA.tables])
"""Tables of Portico itself: what it keeps for later is nothing to serve."""
_UNREADABLE = (DBAPIError, NoSuchTableError, UnreflectableTableError)
_BACKTICKS = frozenset({"mysql", "mariadb"})
_NAMES = frozenset({"name", "constrained_columns", "referred_table", "referred_columns", "column_names"})
_Single = Callable[..., Any]
_JSON_CHECK = re.compile(r"^\(?json_valid\(`(?P<column>(?:[^`]|``)+)`\)\)?$", re.IGNORECASE)


def inspect_database(connection: sa.Connection, schema: str | None = None) -> DatabaseFacts:
    """Every table and view of one schema (the default one when None)."""
    inspector = sa.inspect(connection)
    kinds = _kinds(connection, inspector, schema)
    for own in OWN:
        kinds.pop(own, None)
    reader = _Reader(inspector, schema, tuple(kinds))
    with warnings.catch_warnings():
        # Types that SQLAlchemy does not know are expected here and have a fallback.
        warnings.simplefilter("ignore")
        tables = [table for name in sorted(kinds) if (table := reader.table(name, kinds[name]))]
        json_text = _json_columns(connection, schema)
    facts = DatabaseFacts(
        dialect=connection.dialect.name,
        tables=tuple(_resolved(_with_json(table, json_text), tables) for table in tables),
        skipped=reader.skipped,
    )
    return add_sqlite_facts(connection, facts, schema) if connection.dialect.name == "sqlite" else facts


def _kinds(connection: sa.Connection, inspector: Inspector, schema: str | None) -> dict[str, Kind]:
    if connection.dialect.name == "sqlite":
        return ordinary_tables(connection, schema)
    kinds: dict[str, Kind] = dict.fromkeys(inspector.get_table_names(schema), "table")
    for views in (inspector.get_view_names, inspector.get_materialized_view_names):
        try:
            kinds.update(dict.fromkeys(views(schema), "view"))
        except NotImplementedError:
            continue
    return kinds


class _Reader:
    """Reads all tables in a handful of statements where the database can, else one by one."""

    def __init__(self, inspector: Inspector, schema: str | None, names: Sequence[str]) -> None:
        self.inspector = inspector
        self.schema = schema
        self.skipped: dict[str, str] = {}
        # Only PostgreSQL answers for all tables at once; elsewhere one broken view would spoil the answer.
        self._at_once = inspector.dialect.name == "postgresql"
        self._names = names
        self._cache: dict[str, Mapping[Any, Any]] = {}

    def table(self, name: str, kind: Kind) -> TableFacts | None:
        try:
            # SQLite allows a column without a name; SQL that reads it cannot be relied on.
            columns = [_column(found) for found in self._ask("columns", name) if found["name"]]
            key = self._ask("pk_constraint", name)
            references = self._ask("foreign_keys", name)
            uniques = [*self._ask("unique_constraints", name), *self._unique_indexes(name)]
            comment = self._comment(name)
        except _UNREADABLE as error:
            self.skipped[name] = _reason(error)
            return None
        if not columns or not name:
            self.skipped[name] = "it has no columns" if name else "it has no name"
            return None
        return TableFacts(
            name=name,
            kind=kind,
            columns=tuple(columns),
            key=tuple(key["constrained_columns"])
            if kind == "table" and all(key["constrained_columns"])
            else (),
            references=tuple(_reference(found) for found in references if _is_here(found, self.schema)),
            uniques=_distinct(tuple(unique["column_names"]) for unique in uniques),
            comment=comment,
        )

    def _ask(self, what: str, name: str) -> Any:
        if not self._at_once:
            single: _Single = getattr(self.inspector, f"get_{what}")
            found = single(name, schema=self.schema)
            return _unquoted(found) if self.inspector.dialect.name in _BACKTICKS else found
        if what not in self._cache:
            multi: _Single = getattr(self.inspector, f"get_multi_{what}")
            self._cache[what] = multi(schema=self.schema, filter_names=self._names, kind=ObjectKind.ANY)
        return self._cache[what].get((self.schema, name), [])

    def _unique_indexes(self, name: str) -> list[Any]:
        found = self._ask("indexes", name)
        # A partial or an expression index does not make its columns unique.
        return [
            index
            for index in found
            if index["unique"]
            and None not in index["column_names"]
            and not any(key.endswith("_where") for key in index.get("dialect_options", {}))
        ]

    def _comment(self, name: str) -> str | None:
        try:
            found = self._ask("table_comment", name)
        except NotImplementedError:
            return None
        return found["text"] if found else None


def _unquoted(found: Any) -> Any:
    """SQLAlchemy leaves backticks inside MariaDB's names doubled, as SHOW CREATE TABLE has them."""
    if isinstance(found, str):
        return found.replace("``", "`")
    if isinstance(found, list | tuple):
        return [_unquoted(part) for part in cast("Sequence[Any]", found)]
    if isinstance(found, dict):
        facts = cast("dict[str, Any]", found)
        return {key: _unquoted(part) if key in _NAMES else part for key, part in facts.items()}
    return found


def _reason(error: Exception) -> str:
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return str(cause.args[-1] if cause.args else cause).splitlines()[0]


def _column(found: Mapping[str, Any]) -> ColumnFacts:
    computed, identity = found.get("computed"), found.get("identity")
    return ColumnFacts(
        name=found["name"],
        type=found["type"],
        nullable=bool(found["nullable"]),
        default=found.get("default"),
        computed=computed["sqltext"] if computed else None,
        identity=bool(identity),
        always_identity=bool(identity and identity.get("always")),
        autoincrement=found.get("autoincrement") is True,
        comment=found.get("comment"),
    )


def _reference(found: Mapping[str, Any]) -> Reference:
    return Reference(
        columns=tuple(found["constrained_columns"]),
        target=found["referred_table"],
        target_columns=tuple(found["referred_columns"]),
    )


def _is_here(found: Mapping[str, Any], schema: str | None) -> bool:
    return found["referred_schema"] in {None, schema}


def _distinct(keys: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(set(keys)))


def _json_columns(connection: sa.Connection, schema: str | None) -> frozenset[tuple[str, str]]:
    """MariaDB keeps JSON as long text with a check; MySQL has a type of its own."""
    if connection.dialect.name not in {"mysql", "mariadb"}:
        return frozenset()
    statement = sa.text(
        "SELECT table_name, check_clause FROM information_schema.check_constraints"
        " WHERE constraint_schema = coalesce(:schema, database())"
    )
    try:
        rows = connection.execute(statement, {"schema": schema}).all()
    except DBAPIError:
        return frozenset()  # MySQL's view has no table_name
    matches = ((table, _JSON_CHECK.match(clause)) for table, clause in rows)
    return frozenset((table, match["column"].replace("``", "`")) for table, match in matches if match)


def _with_json(table: TableFacts, json_text: frozenset[tuple[str, str]]) -> TableFacts:
    columns = tuple(
        replace(column, json_text=True) if (table.name, column.name) in json_text else column
        for column in table.columns
    )
    return replace(table, columns=columns)


def _resolved(table: TableFacts, tables: Iterable[TableFacts]) -> TableFacts:
    """References as they are really spelt; those that lead nowhere, or to several rows, are left out."""
    by_name = {other.name: other for other in tables}
    by_folded = {other.name.lower(): other for other in tables}
    found = [
        resolved
        for reference in table.references
        if (target := by_name.get(reference.target) or by_folded.get(reference.target.lower()))
        and (resolved := _spelt(reference, table, target))
    ]
    unique = sorted(set(found), key=lambda reference: (reference.columns, reference.target))
    return replace(table, references=tuple(unique))


def _spelt(reference: Reference, table: TableFacts, target: TableFacts) -> Reference | None:
    # SQLite takes names in any case, and a reference without columns means the key of the other table.
    columns = _as_listed(reference.columns, table)
    target_columns = _as_listed(reference.target_columns or target.key, target)
    if columns is None or target_columns is None or len(columns) != len(target_columns):
        return None
    if not target.is_unique(target_columns):
        return None
    return Reference(columns=columns, target=target.name, target_columns=target_columns)


def _as_listed(columns: Sequence[str], table: TableFacts) -> tuple[str, ...] | None:
    listed = {name.lower(): name for name in table.column_names} | {name: name for name in table.column_names}
    found = [listed.get(name) or listed.get(name.lower()) for name in columns]
    return tuple(name for name in found if name) if found and all(found) else None
