"""What somebody can do to the trail who may do everything to the database."""

from __future__ import annotations

from portico.db.session import Database

_TABLES = ("portico_audit", "portico_audit_batches")


async def without_triggers(database: Database) -> None:
    """Take away what refuses changes."""
    for table in _TABLES:
        if database.dialect_name == "postgresql":
            await database.execute_raw(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        else:
            for event in ("update", "delete"):
                await database.execute_raw(f"DROP TRIGGER {table}_no_{event}")


async def exchange(database: Database, table: str, column: str, one: int, other: int) -> None:
    """Let two rows take each other's place in a column that is unique."""
    for old, new in ((one, -1), (other, one), (-1, other)):
        statement = f"UPDATE {table} SET {column} = :new WHERE {column} = :old"
        await database.execute_raw(statement, {"old": old, "new": new})
