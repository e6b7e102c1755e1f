"""Learn an existing database: every table and view as a mapped class, with relations.

    reflected = await reflect(Database("sqlite:///chinook.sqlite"))
    Track = reflected.classes["Track"]
    await Query(Track).filter(Album__Title="Facelift").prefetch("Album", "Genre")

Paths, relations and attributes are named by fixed rules (see `names`). Columns that look secret are left out
unless ``include_hidden`` is given; views and tables without a key can be listed, and nothing else.

Raises `DatabaseUnavailableError` where nothing answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm, types
from sqlalchemy.dialects import mysql

from portico.db.engine import read
from portico.db.session import Database

from .facts import ColumnFacts, DatabaseFacts
from .inspection import inspect_database
from .mapping import map_database
from .names import looks_secret
from .sqlite import read_any_text


@dataclass(frozen=True, kw_only=True)
class Reflected:
    """What a database holds; every mapping is by path name."""

    classes: Mapping[str, type[Any]]
    tables: Mapping[str, str]
    read_only: frozenset[str]
    hidden: Mapping[str, tuple[str, ...]]
    skipped: Mapping[str, str]
    metadata: sa.MetaData = field(repr=False)
    registry: orm.registry = field(repr=False)


async def reflect(
    database: Database, *, schema: str | None = None, include_hidden: bool = False
) -> Reflected:
    """Map every table and view of a database, or of one of its schemas."""

    def look(engine: sa.Engine) -> DatabaseFacts:
        with engine.connect() as connection:
            return inspect_database(connection, schema)

    if database.dialect_name == "sqlite":
        for engine in database.engines.pooled():
            read_any_text(engine)
    facts = await read(database.engines, look, primary=True)
    mapped = map_database(facts, schema=schema, hide=_nothing if include_hidden else _is_secret)
    tables = sorted(mapped.tables.values(), key=lambda table: table.path)
    return Reflected(
        classes={table.path: table.class_ for table in tables},
        tables={table.path: table.facts.name for table in tables},
        read_only=frozenset(table.path for table in tables if table.keyless),
        hidden={table.path: table.hidden for table in tables if table.hidden},
        skipped=facts.skipped,
        metadata=mapped.metadata,
        registry=mapped.registry,
    )


def _nothing(_: ColumnFacts) -> bool:
    return False


# ``password_changed_at`` and ``has_token`` say something about a secret, but do not hold it.
_TELL_NO_SECRET = (types.Boolean, types.Date, types.DateTime, types.Time)


def _is_secret(column: ColumnFacts) -> bool:
    is_flag = isinstance(column.type, mysql.TINYINT) and column.type.display_width == 1
    return looks_secret(column.name) and not is_flag and not isinstance(column.type, _TELL_NO_SECRET)
