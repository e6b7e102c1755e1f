"""A key is unique among the rows that are there: what is deleted does not keep it taken.

PostgreSQL and SQLite have unique indexes of part of the rows. MariaDB has not: there the table gets a column
that is 1 in rows that are there and NULL in others, and the indexes get it, too, as NULL equals nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event

from portico.db.models.keys import AMONG_THE_LIVING

LONGEST: Final = 60
LIVING: Final = "portico_living"
"""The column that only MariaDB has."""
_PARTIAL: Final = ("postgresql", "sqlite")


def unique_among_the_living(table: sa.Table, mark: sa.Column[Any]) -> None:
    """Let the unique keys of a table hold among the rows without the mark, and index the marks."""
    made: list[sa.Index] = []
    for columns, name in list(_taken_out(table)):
        index = sa.Index(
            name,
            *columns,
            unique=True,
            info={AMONG_THE_LIVING: True},
            postgresql_where=mark.is_(None),
            sqlite_where=mark.is_(None),
        )
        made.append(index.ddl_if(dialect=_PARTIAL))  # type: ignore[arg-type]  # several names are documented, and not typed
    marked = mark.is_not(None)
    sa.Index(_name("ix", table, [mark]), mark, postgresql_where=marked, sqlite_where=marked)
    if made:
        event.listen(table, "after_create", _with_living(table, mark, made))


def _taken_out(table: sa.Table) -> Iterator[tuple[list[sa.Column[Any]], str]]:
    """The unique keys of a table but for its primary key, which are no longer constraints of it."""
    declared = [one for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    for constraint in sorted(declared, key=lambda one: tuple(one.columns.keys())):
        if constraint.info.get("portico_tenant"):
            continue  # foreign keys lead to it, and it holds the primary key
        table.constraints.discard(constraint)
        columns = list(constraint.columns)
        yield columns, str(constraint.name or _name("uq", table, columns))
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        if index.unique and not index.dialect_kwargs:
            table.indexes.discard(index)
            yield list(index.columns), str(index.name)


def _name(kind: str, table: sa.Table, columns: list[sa.Column[Any]]) -> str:
    name = "_".join([kind, table.name, *(column.name for column in columns)])
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _with_living(table: sa.Table, mark: sa.Column[Any], indexes: list[sa.Index]) -> Any:
    def create(_: Any, connection: sa.Connection, **__: Any) -> None:
        if connection.dialect.name in {"mysql", "mariadb"}:
            where = _address(table, connection)
            connection.exec_driver_sql(_living_ddl(where, mark, indexes, connection.dialect))

    return create


def _address(table: sa.Table, connection: sa.Connection) -> str:
    """The table where this connection has it: each tenant may have one in a schema of its own."""
    preparer = connection.dialect.identifier_preparer
    name, schema = preparer.quote(table.name), connection.schema_for_object(table)
    return name if schema is None else f"{preparer.quote_schema(schema)}.{name}"


def _living_ddl(where: str, mark: sa.Column[Any], indexes: list[sa.Index], dialect: sa.Dialect) -> str:
    """The column and the indexes that stand for partial ones, in one statement."""
    preparer = dialect.identifier_preparer
    living = preparer.quote(LIVING)
    parts = [
        f"ADD COLUMN {living} TINYINT GENERATED ALWAYS AS "
        f"(CASE WHEN {preparer.format_column(mark)} IS NULL THEN 1 END) VIRTUAL INVISIBLE"
    ]
    for index in indexes:
        columns = ", ".join(preparer.format_column(column) for column in index.columns)
        parts.append(f"ADD UNIQUE INDEX {preparer.format_index(index)} ({columns}, {living})")
    return f"ALTER TABLE {where} {', '.join(parts)}".replace("%", "%%")
