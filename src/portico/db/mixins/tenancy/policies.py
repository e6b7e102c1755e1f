"""Row-level security of PostgreSQL behind `TenantMixin`: a second wall, for what the first one does not see.

    db = Database("postgresql://…", row_security=True)      # each transaction says whose rows it means
    await enable_row_security(db)                           # once, by the owner of the tables
    await check_row_security(db)                            # at start-up; Portico does it itself

The policy is restrictive, so that another policy cannot let more rows through, and it is forced on the owner
of the table too. Raises `ConfigurationError`, with everything that is amiss and its cure.
Guide: docs/how-to/tenants-by-schema.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import configure_mappers

from portico.db.dialects.failures import as_table
from portico.db.engine.walls import POLICY, SETTING, UNSCOPED
from portico.db.session import Database, atomic, registered_metadatas
from portico.errors import ConfigurationError

from .keys import OWN
from .stamping import TenantType

_ALL: Final = f"{POLICY}_rows"
"""The permissive policy: where there is none, no row is seen at all."""
_TEXTS: Final = ("VARCHAR", "TEXT", "CHAR")
_ROLE: Final = "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
_TABLE: Final = sa.text(
    "SELECT c.relrowsecurity, c.relforcerowsecurity, "
    "pg_get_expr(p.polqual, c.oid) AS seen, pg_get_expr(p.polwithcheck, c.oid) AS written, "
    "p.polpermissive, p.polcmd::text AS command, p.polroles::text AS roles "
    "FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = :policy "
    "WHERE c.oid = to_regclass(:name)"
)


def row_security_statements(model: Any) -> list[str]:
    """The DDL that lets PostgreSQL keep the rows of tenants apart, for a migration; it can be run again."""
    table = _owned(model)
    return [str(each) for each in _statements(table)]


async def enable_row_security(database: Database, models: Iterable[Any] | None = None) -> None:
    """Keep rows apart in the tables of these classes, or of all of tenants with their junctions."""
    _check_kind(database)
    async with atomic(database) as unit:
        for table in _tables(models):
            for statement in _statements(table):
                await unit.execute(sa.text(statement.replace(":", r"\:")))


async def check_row_security(database: Database, models: Iterable[Any] | None = None) -> None:
    """Raise unless the policies are in force for the role that this database is used by."""
    found = await row_security_faults(database, models)
    if found:
        raise ConfigurationError("Row-level security is not in force: " + " ".join(found))


async def row_security_faults(database: Database, models: Iterable[Any] | None = None) -> list[str]:
    """What keeps the policies from being in force, a sentence with its cure for each; nothing if they are."""
    _check_kind(database)
    async with atomic(database, read_only=True) as unit:
        role = (await unit.execute(sa.text(_ROLE))).one()
        found = list(_about_role(role))
        if not database.engines.options.row_security:
            found.append("Nobody says whose rows are meant: Database(…, row_security=True).")
        for table in _tables(models):
            name = _name(table)
            row = (await unit.execute(_TABLE, {"policy": POLICY, "name": name})).one_or_none()
            found += _about_table(name, row)
    return found


def _about_role(role: Any) -> Iterator[str]:
    cure = "Connect as another one, that has been given what the application needs and is not to be more."
    if role.rolsuper:
        yield f"The role {role.rolname} is a superuser, for whom no policy counts. {cure}"
    elif role.rolbypassrls:
        yield f"The role {role.rolname} has BYPASSRLS, so that no policy counts. {cure}"


def _about_table(name: str, row: Any) -> Iterator[str]:
    if row is None:
        yield f"The table {name} is missing. A migration makes it, or await db.create_tables()."
        return
    cure = "await enable_row_security(db), as the owner of the table."
    if not row.relrowsecurity:
        yield f"{name} has no row-level security. {cure}"
    if not row.relforcerowsecurity:
        yield f"{name} does not force it on the owner of the table. {cure}"
    if row.seen is None:
        yield f"{name} has no policy {POLICY}. {cure}"
    elif not _is_whole(row):
        yield f"The policy {POLICY} of {name} is not the one that Portico makes. {cure}"


def _is_whole(row: Any) -> bool:
    """Whether a policy looks at the setting, whoever does what; what it says exactly differs by version."""
    texts = (row.seen, row.written or "")
    return (
        all(SETTING in text and UNSCOPED in text for text in texts)
        and not row.polpermissive
        and row.command == "*"
        and row.roles == "{0}"
    )


def _statements(table: sa.Table) -> list[str]:
    name, owner = _name(table), table.info[OWN]
    dialect = _dialect()
    column = dialect.identifier_preparer.quote(owner.name)
    kind = owner.type.plain if isinstance(owner.type, TenantType) else owner.type
    # After a transaction that had the setting it is '' and not NULL, which no number can be made of.
    tenant = f"NULLIF(current_setting('{SETTING}', true), '')"
    # A text stays one: made to fit the column, a long one would become that of somebody else.
    named = kind.compile(dialect=dialect)
    typed = tenant if named.startswith(_TEXTS) else f"CAST({tenant} AS {named})"
    condition = f"{column} = {typed} OR current_setting('{UNSCOPED}', true) = 'on'"
    return [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS {_ALL} ON {name}",
        f"DROP POLICY IF EXISTS {POLICY} ON {name}",
        f"CREATE POLICY {_ALL} ON {name} USING (true) WITH CHECK (true)",
        f"CREATE POLICY {POLICY} ON {name} AS RESTRICTIVE USING ({condition}) WITH CHECK ({condition})",
    ]


def _tables(models: Iterable[Any] | None) -> list[sa.Table]:
    if models is not None:
        return [_owned(model) for model in models]
    configure_mappers()  # junctions are made then
    return [
        table
        for metadata in registered_metadatas()
        for table in metadata.tables.values()
        if OWN in table.info
    ]


def _owned(model: Any) -> sa.Table:
    table = as_table(getattr(model, "__table__", model))
    if table is None or OWN not in table.info:
        raise ConfigurationError(
            f"{getattr(model, '__name__', model)} has no rows of tenants.", hint="Give it the TenantMixin."
        )
    return table


def _name(table: sa.Table) -> str:
    return str(_dialect().identifier_preparer.format_table(table))


def _dialect() -> Any:
    return sa.make_url("postgresql+asyncpg://").get_dialect()()


def _check_kind(database: Database) -> None:
    if database.dialect_name != "postgresql":
        raise ConfigurationError(
            "Only PostgreSQL has row-level security.", hint="TenantMixin keeps rows apart without it."
        )
