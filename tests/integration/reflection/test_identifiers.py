"""Names that are hard on SQL, on Python or on Pydantic."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from portico.db.models import schemas_for
from portico.db.query import Query
from portico.db.reflection import reflect
from portico.db.session import Database

Script = Callable[..., Awaitable[None]]
NAMES = (
    "a b",
    "it's",
    'say "hi"',
    "x.y",
    "back`tick",
    "100%",
    "c:d",
    "(e)",
    "größe",
    "2nd",
    "_lead",
    "__dunder",
    "select",
    "metadata",
    "registry",
    "query",
    "keys",
    "self",
    "cls",
    "model_config",
    "model_dump",
    "schema",
    "copy",
    "limit",
)


def quoted(db: Database, name: str) -> str:
    """An identifier in this database's quotes, for a driver that reads % itself."""
    return db.engine.dialect.identifier_preparer.quote_identifier(name)


@pytest.mark.parametrize("name", NAMES)
async def test_a_column_may_have_any_name(db: Database, script: Script, name: str) -> None:
    """It is read, filtered and shown under its own name."""
    column = quoted(db, name)
    await script(
        f"CREATE TABLE t (id int PRIMARY KEY, {column} int)", f"INSERT INTO t (id, {column}) VALUES (1, 5)"
    )
    model = (await reflect(db)).classes["t"]
    row = (await Query(model, db).filter(getattr(model, name) == 5))[0]
    assert getattr(row, name) == 5
    assert schemas_for(model).read.model_validate(row).model_dump(mode="json") == {"id": 1, name: 5}


@pytest.mark.parametrize(
    "name", ["order details", 'say "hi"', "x.y", "back`tick", "100%", "größe", "select", "docs"]
)
async def test_a_table_may_have_any_name(db: Database, script: Script, name: str) -> None:
    """Its path is another matter."""
    table = quoted(db, name)
    await script(f"CREATE TABLE {table} (id int PRIMARY KEY)", f"INSERT INTO {table} VALUES (1)")
    found = await reflect(db)
    (path,) = found.classes
    assert found.tables[path] == name
    assert await Query(found.classes[path], db).count() == 1
