"""Every table and view becomes a mapped class, whatever it lacks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from portico.db.models import key_attributes, schemas_for
from portico.db.query import Query
from portico.db.reflection import reflect
from portico.db.session import Database

Script = Callable[..., Awaitable[None]]


async def rows_of(database: Database, model: type[Any]) -> list[str]:
    """All rows as JSON, in the order that a list has without a wish."""
    rows = await Query(model, database).order_by(*key_attributes(model))
    read = schemas_for(model).read
    return [read.model_validate(row).model_dump_json() for row in rows]


async def test_a_table_without_a_key_is_listed_row_by_row(db: Database, script: Script) -> None:
    """Equal rows are as many as there are, and a row of NULLs is a row."""
    await script(
        "CREATE TABLE log (a int, b int)", "INSERT INTO log VALUES (1, 2), (1, 2), (NULL, NULL), (1, 1)"
    )
    found = await reflect(db)
    assert found.read_only == {"log"}
    rows = await rows_of(db, found.classes["log"])
    assert sorted(rows) == ['{"a":1,"b":1}', '{"a":1,"b":2}', '{"a":1,"b":2}', '{"a":null,"b":null}']


async def test_a_view_is_listed_read_only(db: Database, script: Script) -> None:
    """Views are often the very thing that somebody wants to see."""
    await script(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "INSERT INTO t VALUES (1, 5), (2, 5)",
        "CREATE VIEW fives AS SELECT n FROM t WHERE n = 5",
    )
    found = await reflect(db)
    assert found.read_only == {"fives"}
    assert await rows_of(db, found.classes["fives"]) == ['{"n":5}', '{"n":5}']


async def test_rows_without_a_key_keep_their_order_from_page_to_page(db: Database, script: Script) -> None:
    """Each row is on exactly one page, since the order is by all columns."""
    values = ", ".join(f"({n % 3}, {n % 7})" for n in range(50))
    await script(
        "CREATE TABLE t (a int, b int)", f"INSERT INTO t VALUES {values}", "CREATE VIEW v AS SELECT * FROM t"
    )
    model = (await reflect(db)).classes["v"]
    pages = [
        await Query(model, db).order_by(*key_attributes(model)).limit(7).offset(start)
        for start in range(0, 50, 7)
    ]
    seen = sorted((row.a, row.b) for page in pages for row in page)
    assert seen == sorted((n % 3, n % 7) for n in range(50))


async def test_a_unique_key_stands_in_for_a_primary_key(db: Database, script: Script) -> None:
    """A unique column that is never NULL tells rows apart just as well."""
    await script("CREATE TABLE t (code int NOT NULL UNIQUE, n int)", "INSERT INTO t VALUES (7, 1)")
    found = await reflect(db)
    assert not found.read_only
    assert (await Query(found.classes["t"], db).get(7)).n == 1


async def test_a_composite_key_is_a_key(db: Database, script: Script) -> None:
    """Both parts, in key order."""
    await script("CREATE TABLE t (a int, b int, n int, PRIMARY KEY (b, a))", "INSERT INTO t VALUES (1, 2, 3)")
    model = (await reflect(db)).classes["t"]
    assert (await Query(model, db).get((2, 1))).n == 3


async def test_secrets_are_not_mapped_until_they_are_asked_for(db: Database, script: Script) -> None:
    """A column that no class knows is in no answer, filter, sort or error."""
    await script("CREATE TABLE users (id int PRIMARY KEY, api_key varchar(9), password_changed date)")
    found = await reflect(db)
    assert found.hidden == {"users": ("api_key",)}
    assert not hasattr(found.classes["users"], "api_key")
    assert hasattr((await reflect(db, include_hidden=True)).classes["users"], "api_key")


async def test_a_secret_key_leaves_a_table_without_one(db: Database, script: Script) -> None:
    """Sessions are kept by token; their rows may be seen, their tokens not."""
    await script(
        "CREATE TABLE sessions (token varchar(9) PRIMARY KEY, n int)",
        "INSERT INTO sessions VALUES ('a', 1), ('b', 1)",
    )
    found = await reflect(db)
    assert found.read_only == {"sessions"}
    assert await rows_of(db, found.classes["sessions"]) == ['{"n":1}', '{"n":1}']


async def test_a_generated_column_is_read_only(db: Database, script: Script) -> None:
    """The database computes it; a client that sends it is refused by the schema."""
    await script("CREATE TABLE t (id int PRIMARY KEY, n int, m int GENERATED ALWAYS AS (n * 2) STORED)")
    schemas = schemas_for((await reflect(db)).classes["t"])
    assert "m" in schemas.read.model_fields
    assert schemas.create.model_fields.keys() == {"id", "n"}


async def test_an_empty_database_has_no_classes(db: Database) -> None:
    """Nothing is not an error here; serve says what it thinks of it."""
    assert (await reflect(db)).classes == {}
