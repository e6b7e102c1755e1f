"""The columns behind a name that MariaDB gives and the metadata does not know: ask the catalogue."""

from __future__ import annotations

import re
from dataclasses import replace

import sqlalchemy as sa

from .finding import Finding, Kind
from .table_facts import columns_of_constraint

_TABLE = re.compile(
    r"^\s*(?:insert\s+(?:ignore\s+)?into|replace\s+into|update)\s+(?:`?\w+`?\.)?`?(\w+)`?", re.IGNORECASE
)
_KEY = (
    "SELECT column_name FROM information_schema.statistics WHERE table_schema = database()"
    " AND table_name = :table AND index_name = :name ORDER BY seq_in_index"
)
_CHECK = (
    "SELECT check_clause FROM information_schema.check_constraints WHERE constraint_schema = database()"
    " AND constraint_name = :name"
)
_CHECK_OF_TABLE = f"{_CHECK} AND table_name = :table"


def named(connection: sa.Connection, statement: str, table: sa.Table | None, finding: Finding) -> Finding:
    """The finding with table and columns."""
    found = _TABLE.match(statement)
    name = table.name if table is not None else finding.table or (found[1] if found else None)
    columns = finding.columns or columns_of_constraint(table, finding.constraint, connection.dialect)
    if not columns and name is not None and finding.constraint is not None:
        ask = _key_columns if finding.kind is Kind.UNIQUE else _check_columns
        columns = ask(connection, {"table": name, "name": finding.constraint})
    return replace(finding, table=name, columns=columns)


def _key_columns(connection: sa.Connection, named: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for (name,) in connection.execute(sa.text(_KEY), named))


def _check_columns(connection: sa.Connection, named: dict[str, str]) -> tuple[str, ...]:
    # MySQL's checks have names of their own in a schema, MariaDB's only in their table.
    mariadb = getattr(connection.dialect, "is_mariadb", False)
    clauses = connection.execute(sa.text(_CHECK_OF_TABLE if mariadb else _CHECK), named).scalars()
    return tuple(dict.fromkeys(column for clause in clauses for column in re.findall(r"`([^`]+)`", clause)))
