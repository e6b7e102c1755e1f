"""The three tables of the trail, and the triggers that let nobody change what is written in them.

``portico_audit``           an entry for each row that was written
``portico_audit_batches``   the entries of one unit about one table, with their digest; sealed once
``portico_audit_heads``     of each table the place of its last sealed batch

Entries are only ever inserted. A batch is inserted with them, gets its place in the chain of its table once,
and stays as it is. Retention deletes both, in transactions that say so in ``heads.forgetting``: the one way
that the triggers leave open, the same on every database.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event

from portico.db.fields.types import Text, UTCDateTime, unique_id, whole_number
from portico.db.session import Database, register_metadata
from portico.db.session.raw import with_connection
from portico.errors import ConfigurationError

from .keys import LENGTH

METADATA: Final = sa.MetaData()
NAME_LENGTH: Final = 190
ACTOR_LENGTH: Final = 200
_HASH: Final = 64

ENTRIES: Final = sa.Table(
    "portico_audit",
    METADATA,
    sa.Column("id", whole_number("big"), primary_key=True),
    sa.Column("unit", unique_id(), nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("at", UTCDateTime(), nullable=False, index=True),
    sa.Column("actor", Text(ACTOR_LENGTH), index=True),
    sa.Column("request_id", Text(ACTOR_LENGTH), index=True),
    sa.Column("tenant", Text(ACTOR_LENGTH)),
    sa.Column("table_name", Text(NAME_LENGTH), nullable=False),
    sa.Column("model", Text(NAME_LENGTH), nullable=False),
    sa.Column("row_key", Text(LENGTH), nullable=False),
    sa.Column("key_before", Text(LENGTH)),
    sa.Column("operation", Text(6), nullable=False),
    sa.Column("before", Text(), nullable=False),
    sa.Column("after", Text(), nullable=False),
    sa.Column("hash", Text(_HASH), nullable=False),
    sa.Index("portico_audit_row", "table_name", "row_key", "id"),
    sa.Index("portico_audit_key_before", "table_name", "key_before"),
    sa.Index("portico_audit_unit", "unit", "table_name", "ordinal"),
    sqlite_autoincrement=True,
)
BATCHES: Final = sa.Table(
    "portico_audit_batches",
    METADATA,
    sa.Column("unit", unique_id(), primary_key=True),
    sa.Column("table_name", Text(NAME_LENGTH), primary_key=True),
    sa.Column("at", UTCDateTime(), nullable=False),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("digest", Text(_HASH), nullable=False),
    sa.Column("position", whole_number("big")),
    sa.Column("first_id", whole_number("big")),
    sa.Column("previous", Text(_HASH)),
    sa.Column("hash", Text(_HASH)),
    sa.Index("portico_audit_position", "table_name", "position", unique=True),
)
HEADS: Final = sa.Table(
    "portico_audit_heads",
    METADATA,
    sa.Column("table_name", Text(NAME_LENGTH), primary_key=True),
    sa.Column("position", whole_number("big"), nullable=False),
    sa.Column("hash", Text(_HASH), nullable=False),
    sa.Column("turns", whole_number("big"), nullable=False),
    sa.Column("forgetting", sa.Integer, nullable=False),
)
_FIXED: Final = ("unit", "table_name", "at", "entries", "digest")
_known: WeakSet[Database] = WeakSet()
_followed: WeakSet[sa.MetaData] = WeakSet()


async def require_tables(database: Database) -> None:
    """Refuse to go on without the tables; asked once for each database, as long as the answer is no."""
    if database in _known:
        return
    found: list[bool] = []
    await with_connection(database, lambda sync: found.append(sa.inspect(sync).has_table(BATCHES.name)))
    if not found[0]:
        raise ConfigurationError(
            f"The table {ENTRIES.name} is missing from {database!r}, so nothing can be audited there, and "
            "what cannot be audited is not written.",
            hint="await db.create_tables() makes it, or a migration of yours.",
        )
    _known.add(database)


def create_with(metadata: sa.MetaData) -> None:
    """Let whoever creates these tables, in whichever way, create the trail beside them."""
    register_metadata(METADATA)
    if metadata not in _followed:
        _followed.add(metadata)
        event.listen(metadata, "after_create", _create_beside)


def _create_beside(_: sa.MetaData, connection: sa.Connection, **__: Any) -> None:
    METADATA.create_all(connection)


def _guard(table: sa.Table, connection: sa.Connection, **_: Any) -> None:
    quote = connection.dialect.identifier_preparer.quote
    schema = connection.schema_for_object(table)
    place = f"{quote(schema)}." if schema else ""
    for statement in _TRIGGERS.get(connection.dialect.name, _nothing)(table, place):
        connection.exec_driver_sql(statement)


event.listen(ENTRIES, "after_create", _guard)
event.listen(BATCHES, "after_create", _guard)


def _nothing(_: sa.Table, __: str) -> Iterator[str]:
    yield from ()


def _forgetting(table_name: str) -> str:
    return f"SELECT 1 FROM {HEADS.name} WHERE table_name = {table_name} AND forgetting = 1"  # noqa: S608 -- our own names


def _on_sqlite(table: sa.Table, place: str) -> Iterator[str]:
    name, refuse = table.name, f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    fixed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in _FIXED)
    sealed = f"WHEN OLD.position IS NOT NULL OR {fixed} " if table is BATCHES else ""
    yield f"CREATE TRIGGER {place}{name}_no_update BEFORE UPDATE ON {name} {sealed}{refuse}"
    kept = f"WHEN NOT EXISTS ({_forgetting('OLD.table_name')})"
    yield f"CREATE TRIGGER {place}{name}_no_delete BEFORE DELETE ON {name} {kept} {refuse}"


def _on_mariadb(table: sa.Table, place: str) -> Iterator[str]:
    name = table.name
    refuse = f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{name} is append-only'"
    fixed = " AND ".join(f"NEW.{column} <=> OLD.{column}" for column in _FIXED)
    sealing = f"OLD.position IS NULL AND {fixed}" if table is BATCHES else "FALSE"
    for event_name, allowed in (("UPDATE", sealing), ("DELETE", f"EXISTS ({_forgetting('OLD.table_name')})")):
        yield (
            f"CREATE TRIGGER {place}{name}_no_{event_name.lower()} BEFORE {event_name} ON {place}{name} "
            f"FOR EACH ROW BEGIN IF NOT ({allowed}) THEN {refuse}; END IF; END"
        )


def _on_postgresql(table: sa.Table, place: str) -> Iterator[str]:
    new, old = (", ".join(f"{row}.{column}" for column in _FIXED) for row in ("NEW", "OLD"))
    # One function for every schema: it asks the heads that lie beside the table.
    yield f"""
CREATE OR REPLACE FUNCTION portico_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE allowed boolean;
BEGIN
  IF TG_OP = 'DELETE' THEN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.{HEADS.name} WHERE table_name = $1 AND forgetting = 1)',
      TG_TABLE_SCHEMA) INTO allowed USING OLD.table_name;
    IF allowed THEN RETURN OLD; END IF;
  ELSIF TG_OP = 'UPDATE' AND TG_TABLE_NAME = '{BATCHES.name}' THEN
    IF OLD.position IS NULL AND ({new}) IS NOT DISTINCT FROM ({old}) THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$"""  # noqa: S608 -- our own names
    on = f"ON {place}{table.name} FOR EACH"
    run = "EXECUTE FUNCTION portico_audit_guard()"
    yield f"CREATE TRIGGER {table.name}_kept BEFORE UPDATE OR DELETE {on} ROW {run}"
    yield f"CREATE TRIGGER {table.name}_whole BEFORE TRUNCATE {on} STATEMENT {run}"


_TRIGGERS: Final[dict[str, Any]] = {
    "sqlite": _on_sqlite,
    "postgresql": _on_postgresql,
    "mysql": _on_mariadb,
    "mariadb": _on_mariadb,
}
