"""What a database server says about itself: its version, its limits, and which tables it has.

    facts = await server_facts(db.engines.autocommit)
    facts.kind, facts.version        # ("postgresql", "15.6")

Raises `UnavailableError` and the other errors of the family where nothing answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from portico.db.dialects import DRIVER_ERRORS, translate

_LIMIT = {"postgresql": "SHOW max_connections", "mysql": "SELECT @@max_connections"}
_VERSION = {
    "sqlite": "SELECT sqlite_version()",
    "postgresql": "SHOW server_version",
    "mysql": "SELECT version()",
}


@dataclass(frozen=True, kw_only=True)
class ServerFacts:
    """A database as it is; ``exact_json`` says that its JSON functions keep every digit of a float."""

    kind: str
    version: str
    connections: int | None = None
    exact_json: bool = True
    tables: frozenset[tuple[str | None, str]] = field(default_factory=frozenset[tuple[str | None, str]])


async def server_facts(engine: AsyncEngine, schemas: Iterable[str | None] = (None,)) -> ServerFacts:
    """Ask the database."""
    wanted = tuple(schemas)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lambda found: _facts(found, wanted))
    except DRIVER_ERRORS as error:
        raise translate(error) from error


def _facts(connection: sa.Connection, schemas: tuple[str | None, ...]) -> ServerFacts:
    kind = connection.dialect.name
    limit = _asked(connection, _LIMIT.get(kind))
    inspector = sa.inspect(connection)
    found = {(schema, name) for schema in schemas for name in _names(inspector, schema)}
    version = _asked(connection, _VERSION.get(kind)) or "unknown"
    return ServerFacts(
        kind="mariadb" if "mariadb" in version.lower() else kind,
        version=version.split()[0].partition("-")[0],
        connections=None if limit is None else int(limit),
        exact_json=kind != "sqlite" or _is_exact(connection),
        tables=frozenset(found),
    )


def _names(inspector: sa.Inspector, schema: str | None) -> list[str]:
    return [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]


def _asked(connection: sa.Connection, statement: str | None) -> str | None:
    return None if statement is None else str(connection.exec_driver_sql(statement).scalar())


def _is_exact(connection: sa.Connection) -> bool:
    written = connection.exec_driver_sql("SELECT json_array(1.0 / 3, 0.1 + 0.2)").scalar()
    return written == f"[{1 / 3!r},{0.1 + 0.2!r}]"
