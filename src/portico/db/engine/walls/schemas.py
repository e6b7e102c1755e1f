"""Tables that lie in a schema for each tenant: every statement is given that of the tenant who is set.

    mark_placed(table)                      # its schema in metadata is PLACE
    schema_of(engine, "acme")               # tenant_acme; on MariaDB shop_tenant_acme, a database of its own

SQLAlchemy keeps one text of a statement for all tenants, with a mark where the schema goes, and asks for the
schema at each execution. Nothing is set on a connection, so nothing is left on it for the next who takes it.
Raises `ConfigurationError` for databases without schemas, `UsageError` for names that fit no schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.sql.elements import quoted_name

from portico.db.dialects.failures.places import PLACE
from portico.db.engine.listening import own
from portico.errors import ConfigurationError, UsageError

_INFO: Final = "portico_placed"
_MIDDLE: Final = "tenant_"
_MAP: Final = "schema_translate_map"
_LONGEST: Final = 63
"""Bytes on PostgreSQL, which would cut the rest off without a word, and characters on MariaDB."""
_UNFIT: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_OUTSIDE_MARIADB: Final = re.compile("[\U00010000-\U0010ffff]| \\Z")


class _Known:
    def __init__(self) -> None:
        self.exist = False
        self.schema: Callable[[], str] | None = None


_known: Final = _Known()


def schema_by(asked: Callable[[], str]) -> None:
    """Let the function say for whom statements are, in text; it raises where that is nobody."""
    _known.schema = asked


def schema_meant() -> str:
    """For whom statements are here; raises `NoTenantError` where that is nobody."""
    if _known.schema is None:
        raise ConfigurationError("Nobody says which tenant is meant.", hint="Import portico.db.scoping.")
    return _known.schema()


def mark_placed(table: sa.Table) -> None:
    """This table lies in a schema for each tenant; said before its criteria are registered."""
    table.info[_INFO] = True
    _known.exist = True


def is_placed(table: object) -> bool:
    """Whether a table lies in a schema for each tenant."""
    return _known.exist and getattr(table, "schema", None) == PLACE


def without_placed(metadata: sa.MetaData, tables: Iterable[sa.Table] | None) -> list[sa.Table] | None:
    """The tables that are there once; those of tenants are made with their schema."""
    if tables is not None:
        chosen = list(tables)
        for table in chosen:
            if is_placed(table):
                raise ConfigurationError(
                    f"{table.name} lies in a schema for each tenant.",
                    hint="await TenantSchemas(db).create(tenant) makes its table for a tenant.",
                )
        return chosen
    if not any(map(is_placed, metadata.tables.values())):
        return None
    return [table for table in metadata.tables.values() if not is_placed(table)]


def named_by(engine: sa.Engine) -> str:
    """What the names of all schemas of tenants in this database begin with."""
    kind = engine.dialect.name
    if kind == "postgresql":
        return _MIDDLE
    if kind not in {"mysql", "mariadb"}:
        raise ConfigurationError(
            "SQLite has no schemas, so that tenants cannot have one each.",
            hint="Keep their rows apart with TenantMixin, or give each tenant a Database.",
        )
    if not engine.url.database:
        raise ConfigurationError(
            "The URL names no database, and those of tenants are named after it.",
            hint="Say which: mysql://…/shop",
        )
    return f"{engine.url.database}_{_MIDDLE}"


def schema_of(engine: sa.Engine, tenant: str) -> str:
    """The schema of a tenant, as it is named, to be quoted always."""
    name = named_by(engine) + tenant
    on_mariadb = engine.dialect.name != "postgresql"
    size = len(name) if on_mariadb else len(name.encode("utf-8", "surrogatepass"))
    if not tenant or _UNFIT.search(tenant) or (on_mariadb and _OUTSIDE_MARIADB.search(tenant)):
        raise UsageError("The tenant has a character in its name that no schema can have.")
    if size > _LONGEST:
        room = _LONGEST - len(named_by(engine))
        raise UsageError(f"The name of the tenant is too long for a schema: there is room for {room}.")
    return quoted_name(name, quote=True)


class _Places(Mapping[Any, Any]):
    """A map of schemas for SQLAlchemy with one entry, which is another for each tenant."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def __getitem__(self, key: Any) -> Any:
        if key != PLACE:
            raise KeyError(key)
        named_by(self._engine)  # which refuses what no tenant can help
        return schema_of(self._engine, schema_meant())

    def __contains__(self, key: object) -> bool:
        return key == PLACE

    def __iter__(self) -> Iterator[Any]:
        return iter((PLACE,))

    def __len__(self) -> int:
        return 1


def place_connections(engine: sa.Engine) -> bool:
    """Let connections of this engine know where tables of tenants lie; False while there are none."""
    if not _known.exist:
        return False
    places = _Places(engine)

    @own
    def place(connection: sa.Connection) -> None:
        if _MAP not in connection.get_execution_options():
            connection.execution_options(**{_MAP: places})

    @own
    def refuse_unplaced(
        _connection: sa.Connection, _cursor: Any, text: str, given: Any, _context: Any, _many: object
    ) -> tuple[str, Any]:
        if PLACE in text:
            raise UsageError(
                "A schema_translate_map of your own hides where the tables of tenants lie.",
                hint=f"Leave it out, or let it say {PLACE!r} too.",
            )
        return text, given

    event.listen(engine, "engine_connect", place)
    event.listen(engine, "before_cursor_execute", refuse_unplaced, retval=True)
    return True
