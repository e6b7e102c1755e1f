"""The schemas of tenants: made, listed and dropped.

    schemas = TenantSchemas(db)
    await schemas.create("acme")        # CREATE SCHEMA "tenant_acme", and the tables of SchemaTenantMixin
    await schemas.tenants()             # ["acme"]
    await schemas.drop("acme")          # with everything in it

On MariaDB a schema is a database, ``shop_tenant_acme`` beside ``shop``. Raises `ConfigurationError` for
SQLite, which has neither, and `UsageError` for a tenant whose name fits no schema.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.schema import CreateSchema, DropSchema

from portico._kernel.doors import register_calls
from portico.db.engine.walls import PLACE, is_placed, named_by, schema_of
from portico.db.scoping import tenant_context, tenant_in_text
from portico.db.session import Database, current_unit, registered_metadatas
from portico.db.session.raw import with_connection
from portico.errors import NoTenantError, UsageError

_ALIKE: Final = sa.text(
    "SELECT 1 FROM information_schema.schemata "
    "WHERE CONVERT(schema_name USING utf8mb4) COLLATE utf8mb4_general_ci = :name "
    "AND CONVERT(schema_name USING utf8mb4) COLLATE utf8mb4_bin <> :name"
)
_LOCK: Final = 0x706F727469636F  # "portico": one process at a time makes schemas


class TenantSchemas:
    """The schemas of tenants in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine: sa.Engine = database.engine.sync_engine
        self._begins = named_by(self._engine)

    async def create(self, tenant: Any) -> None:
        """Make what is missing: the schema of a tenant, and in it the tables that each tenant has.

        The tables that all tenants share have to be there: ``await db.create_tables()``.
        """
        schema = self._schema(tenant)
        self._refuse_in_unit()
        await with_connection(self._database, lambda connection: self._create(connection, schema))

    async def drop(self, tenant: Any) -> None:
        """Drop the schema of a tenant with everything in it; `NoTenantError` where there is none."""
        schema = self._schema(tenant)
        self._refuse_in_unit()
        if schema not in await self._found():
            raise NoTenantError("There is no schema of this tenant to be dropped.")
        cascade = self._engine.dialect.name == "postgresql"
        await with_connection(
            self._database, lambda connection: _send(connection, DropSchema(schema, cascade=cascade))
        )

    async def tenants(self) -> list[str]:
        """The tenants that have a schema, in order."""
        return [name.removeprefix(self._begins) for name in await self._found()]

    def _schema(self, tenant: Any) -> str:
        with tenant_context(tenant):
            return schema_of(self._engine, tenant_in_text())

    async def _found(self) -> list[str]:
        found: list[str] = []
        await with_connection(self._database, lambda connection: found.extend(_schemas(connection)))
        return sorted(name for name in found if name.startswith(self._begins) and name != self._begins)

    def _create(self, connection: sa.Connection, schema: str) -> None:
        names: dict[str | None, str | None] = {PLACE: schema}
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        else:
            _refuse_alike(connection, schema)
            # A foreign key without a schema would lead into that of its own table there.
            names[None] = self._engine.url.database
        _send(connection, CreateSchema(schema, if_not_exists=True))
        placed = connection.execution_options(schema_translate_map=names)
        for metadata in registered_metadatas():
            metadata.create_all(placed, [one for one in metadata.tables.values() if is_placed(one)])

    def _refuse_in_unit(self) -> None:
        """MariaDB commits before and after each such statement, and nowhere can it be undone halfway."""
        if current_unit(self._database) is not None:
            raise UsageError(
                "Schemas of tenants are made and dropped outside of units of work.",
                hint="Call it before the unit, or after it.",
            )


def _send(connection: sa.Connection, statement: Any) -> None:
    connection.execute(statement)


def _schemas(connection: sa.Connection) -> list[str]:
    on_postgresql = connection.dialect.name == "postgresql"
    text = "SELECT nspname FROM pg_namespace" if on_postgresql else "SHOW DATABASES"
    return [row[0] for row in connection.exec_driver_sql(text)]


def _refuse_alike(connection: sa.Connection, schema: str) -> None:
    """MariaDB takes foreign keys for the same whose databases differ in case or accents; tables, it may."""
    folds = int(connection.exec_driver_sql("SELECT @@lower_case_table_names").scalar_one())
    if folds and schema != schema.lower():
        raise UsageError(
            "This server takes names in upper and lower case for the same, and so would tenants share rows.",
            hint="Name tenants in lower case.",
        )
    if connection.execute(_ALIKE, {"name": str(schema)}).first() is not None:
        raise UsageError(
            "There is a tenant whose name differs from this one in case or accents alone, which this server "
            "does not hold apart.",
            hint="Name one of them otherwise.",
        )


register_calls("db/mixins", TenantSchemas, reads="tenants", writes="create drop", passes=["tenant"])
