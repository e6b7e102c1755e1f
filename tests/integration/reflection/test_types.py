"""Types that only one database has are served as well."""

from __future__ import annotations

import json
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from portico.db.models import schemas_for
from portico.db.query import Query
from portico.db.reflection import reflect
from portico.db.session import Database

Script = Callable[..., Awaitable[None]]

POSTGRESQL = {
    "mood": ("mood", "'sad'", "sad"),
    "moods": ("mood[]", "'{sad}'", "{sad}"),
    "positive": ("positive", "5", 5),
    "place": ("point", "'(1,2)'", "(1,2)"),
    "address": ("inet", "'10.0.0.1/8'", "10.0.0.1/8"),
    "markup": ("xml", "'<a/>'", "<a/>"),
    "words": ("tsvector", "'a b'", "'a' 'b'"),
    "span": ("int4range", "'[1,5)'", "[1,5)"),
    "price": ("money", "12.5", "$12.50"),
    "bits": ("bit(3)", "B'101'", "101"),
    "letter": ('"char"', "'c'", "c"),
    "numbers": ("int[]", "'{1,2}'", [1, 2]),
    "fraction": ("float8", "'NaN'", "NaN"),
    "single": ("real", "0.1", 0.1),
    "exact": ("numeric", "'NaN'", "NaN"),
    "scaled": ("numeric(10,2)", "1.5", "1.50"),
    "raw": ("bytea", r"'\xff00'", "/wA="),
    "plain_json": ("json", """'{"a": 1}'""", {"a": 1}),
    "binary_json": ("jsonb", """'{"a": 1}'""", {"a": 1}),
    "moment": ("timestamptz", "'2020-01-01 10:00+02'", "2020-01-01T08:00:00Z"),
    "duration": ("interval", "'1 day'", "P1D"),
}
MARIADB = {
    "flag": ("tinyint(1)", "1", True),
    "no_flag": ("tinyint(1)", "7", 7),
    "small": ("tinyint(4)", "5", 5),
    "large": ("bigint unsigned", "18446744073709551615", 18446744073709551615),
    "one_of": ("enum('a', 'b')", "'b'", "b"),
    "some_of": ("set('x', 'y')", "'x,y'", "x,y"),
    "bits": ("bit(3)", "b'101'", 5),
    "year": ("year", "2020", 2020),
    "clock": ("time", "'10:00:00'", "10:00:00"),
    "long_time": ("time", "'-100:00:01'", "-100:00:01"),
    "document": ("json", """'{"a": 1}'""", {"a": 1}),
    "fraction": ("double", "0.5", 0.5),
    "single": ("float", "0.1", 0.1),
    "scaled": ("decimal(10,2)", "1.5", "1.50"),
    "raw": ("blob", "x'ff'", "/w=="),
    "no_day": ("date", "'0000-00-00'", "0000-00-00"),
    "no_moment": ("datetime", "'0000-00-00 00:00:00'", "0000-00-00 00:00:00"),
    "address": ("inet6", "'::1'", "::1"),
}


async def served(db: Database, script: Script, columns: dict[str, tuple[str, str, Any]]) -> dict[str, Any]:
    """One row with one value of every type, as JSON shows it."""
    types = ", ".join(f"`{name}` {kind}" for name, (kind, _, _) in columns.items())
    values = ", ".join(value for _, value, _ in columns.values())
    statements = (f"CREATE TABLE t (id int PRIMARY KEY, {types})", f"INSERT INTO t VALUES (1, {values})")
    quote = db.engine.dialect.identifier_preparer.initial_quote
    await script(*(statement.replace("`", quote) for statement in statements))
    model = (await reflect(db)).classes["t"]
    (row,) = await Query(model, db)
    shown: dict[str, Any] = json.loads(schemas_for(model).read.model_validate(row).model_dump_json())
    return shown


async def test_every_type_of_postgresql_is_shown(backend: str, db: Database, script: Script) -> None:
    """What Python has no agreed type for is shown in PostgreSQL's own words."""
    if backend != "postgresql":
        pytest.skip("types of PostgreSQL")
    await script("CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN positive AS int CHECK (value > 0)")
    shown = await served(db, script, POSTGRESQL)
    assert shown == {"id": 1} | {name: value for name, (_, _, value) in POSTGRESQL.items()}


async def test_every_type_of_mariadb_is_shown(backend: str, db: Database, script: Script) -> None:
    """Zero dates and times of more than a day are shown as MariaDB writes them."""
    if backend != "mysql":
        pytest.skip("types of MariaDB")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        await script("SET SESSION sql_mode = ''")
        shown = await served(db, script, MARIADB)
    assert shown == {"id": 1} | {name: value for name, (_, _, value) in MARIADB.items()}


async def test_a_postgresql_enum_is_filtered_by_its_words(backend: str, db: Database, script: Script) -> None:
    """Equality works on the type itself, and so uses its index."""
    if backend != "postgresql":
        pytest.skip("types of PostgreSQL")
    await script(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TABLE t (id int PRIMARY KEY, m mood, a inet)",
        "INSERT INTO t VALUES (1, 'sad', '10.0.0.1'), (2, 'ok', '10.0.0.2')",
    )
    query = Query((await reflect(db)).classes["t"], db)
    assert [row.id for row in await query.filter(m="ok")] == [2]
    assert [row.id for row in await query.filter(m__in=["ok", "sad"]).order_by("-m")] == [1, 2]
    assert [row.id for row in await query.filter(m__icontains="A")] == [1]
    assert [row.id for row in await query.filter(a="10.0.0.1")] == [1]


async def test_a_materialized_view_is_listed(backend: str, db: Database, script: Script) -> None:
    """It is a table to whoever reads it."""
    if backend != "postgresql":
        pytest.skip("only PostgreSQL has them")
    await script("CREATE MATERIALIZED VIEW m AS SELECT 1 AS n UNION ALL SELECT 1")
    assert await Query((await reflect(db)).classes["m"], db).count() == 2
