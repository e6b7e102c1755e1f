"""SQLite takes anything into any column, and names and schemas that other databases refuse."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import class_mapper

from portico.db.models import key_attributes, schemas_for
from portico.db.query import Query
from portico.db.reflection import reflect
from portico.db.session import Database

ODD_VALUES = """
    CREATE TABLE odd (id INTEGER PRIMARY KEY, i INTEGER, n NUMERIC(10,2), d DATE, dt DATETIME, b BOOLEAN,
                      f REAL, bl BLOB, t TEXT, j JSON, s STRING, untyped);
    INSERT INTO odd VALUES (1, 'text', 'free', '2020-01-01', '2020-01-01 10:00:00', 1,
                            1.5, 'text', 'x', '{"a":1}', 5, 1.5);
    INSERT INTO odd VALUES (2, 1.5, 1.999, 5, 1577872800, 'yes', 'abc', x'ff00', x'ff', 'no json', 'x', NULL);
    INSERT INTO odd VALUES (3, 9223372036854775807, 1e300, '31/12/2020', 'later', 7,
                            9e999, NULL, '', '5', 1.5, x'00');
"""
SHOWN = [
    {
        **{"id": 1, "i": "text", "n": "free", "d": "2020-01-01", "dt": "2020-01-01T10:00:00", "b": True},
        **{"f": 1.5, "bl": "text", "t": "x", "j": {"a": 1}, "s": 5, "untyped": 1.5},
    },
    {
        **{"id": 2, "i": 1.5, "n": "1.999", "d": 5, "dt": 1577872800, "b": "yes", "f": "abc", "bl": "/wA="},
        **{"t": "/w==", "j": "no json", "s": "x", "untyped": None},
    },
    {
        **{"id": 3, "i": 9223372036854775807, "n": 1e300, "d": "31/12/2020", "dt": "later", "b": 7},
        **{"f": "Infinity", "bl": None, "t": "", "j": 5, "s": 1.5, "untyped": "AA=="},
    },
]


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Database]:
    """A file that sqlite3 writes and Portico only reads."""
    path = tmp_path / "served.db"
    async with Database(f"sqlite+aiosqlite:///{path}") as database:
        yield database


def fill(database: Database, script: str) -> None:
    """Run a script on the file behind a database, without Portico."""
    with closing(sqlite3.connect(str(database.url.database))) as connection:
        connection.executescript(script)


async def shown(database: Database, name: str) -> list[Any]:
    """The rows of a table as JSON shows them."""
    model = (await reflect(database)).classes[name]
    rows = await Query(model, database).order_by(*key_attributes(model))
    return [json.loads(schemas_for(model).read.model_validate(row).model_dump_json()) for row in rows]


async def test_values_of_any_type_are_shown_as_they_are(file: Database) -> None:
    """Text among numbers, numbers among dates: none of it is an error, none of it is changed."""
    fill(file, ODD_VALUES)
    assert await shown(file, "odd") == SHOWN


async def test_text_that_is_no_utf8_is_shown_as_base64(file: Database) -> None:
    """Old programs wrote Latin-1 into SQLite; one such word must not end the whole query."""
    fill(file, "CREATE TABLE t (n TEXT); INSERT INTO t VALUES (CAST(x'ff41' AS TEXT)), ('é')")
    assert [row["n"] for row in await shown(file, "t")] == ["/0E=", "é"]


async def test_a_key_with_nulls_is_no_key(file: Database) -> None:
    """SQLite allows several rows without a key value; all of them are listed."""
    fill(file, "CREATE TABLE t (k TEXT PRIMARY KEY, n); INSERT INTO t VALUES (NULL, 1), (NULL, 2), ('a', 3)")
    assert (await reflect(file)).read_only == {"t"}
    assert [row["n"] for row in await shown(file, "t")] == [1, 2, 3]


async def test_columns_called_rowid_leave_another_name_for_the_row(file: Database) -> None:
    """A table without a key whose own columns have taken SQLite's names for the row number."""
    fill(file, "CREATE TABLE t (rowid, _rowid_, oid); INSERT INTO t VALUES (1, 1, 1), (1, 1, 1)")
    assert await shown(file, "t") == [{"rowid": 1, "_rowid_": 1, "oid": 1}] * 2


async def test_references_in_any_case_and_without_columns(file: Database) -> None:
    """SQLite does not mind how a name is written; REFERENCES parent means its key."""
    fill(file, "CREATE TABLE Parent (Id INTEGER PRIMARY KEY)")
    fill(file, "CREATE TABLE c (p REFERENCES PARENT, q REFERENCES parent(ID))")
    relations = class_mapper((await reflect(file)).classes["c"]).relationships
    assert relations.keys() == ["p_Parent", "q_Parent"]


async def test_references_that_lead_nowhere_are_left_out(file: Database) -> None:
    """The other table may be gone, or the columns not be a key of it."""
    fill(
        file,
        "CREATE TABLE p (a, b); CREATE TABLE c (x REFERENCES gone(id), y REFERENCES p(a), z REFERENCES p)",
    )
    assert not class_mapper((await reflect(file)).classes["c"]).relationships.keys()


async def test_what_cannot_be_read_is_named_and_hides_nothing_else(file: Database) -> None:
    """A view over a table that was dropped."""
    fill(file, "CREATE VIEW broken AS SELECT * FROM gone; CREATE TABLE t (id INTEGER PRIMARY KEY)")
    found = await reflect(file)
    assert (list(found.classes), found.skipped) == (["t"], {"broken": "no such table: main.gone"})


async def test_a_full_text_table_is_listed_without_its_shadows(file: Database) -> None:
    """FTS5 keeps five tables behind each one that is meant to be seen."""
    fill(file, "CREATE VIRTUAL TABLE notes USING fts5(body); INSERT INTO notes VALUES ('hello')")
    assert (await reflect(file)).classes.keys() == {"notes"}
    assert await shown(file, "notes") == [{"body": "hello"}]


async def test_names_of_columns_that_python_needs(file: Database) -> None:
    """A column __class__ is read under another attribute."""
    fill(file, 'CREATE TABLE t (id INTEGER PRIMARY KEY, "__class__", "_sa_instance_state", "")')
    fill(file, "INSERT INTO t VALUES (1, 2, 3, 4)")
    model = (await reflect(file)).classes["t"]
    row = await Query(model, file).get(1)
    assert (row.column__class__, row.column_sa_instance_state) == (2, 3)


@pytest.mark.parametrize(
    "written", ["2020-01-01 10:00:00", "2020-01-01T10:00:00", "2020-01-01 10:00:00.000000"]
)
async def test_a_date_is_found_in_whatever_form_it_is_written(file: Database, written: str) -> None:
    """SQLite compares dates as text, so the question has to be asked in the column's own form."""
    fill(
        file, f"CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME); INSERT INTO t (at) VALUES ('{written}')"
    )
    model = (await reflect(file)).classes["t"]
    moment = (await Query(model, file).get(1)).at
    assert await Query(model, file).filter(at=moment).count() == 1
    assert await Query(model, file).filter(at__gt=moment).count() == 0


async def test_a_price_is_found_by_its_decimal(file: Database) -> None:
    """0.99 is stored as a binary number and asked for as a decimal one."""
    fill(
        file, "CREATE TABLE t (id INTEGER PRIMARY KEY, p NUMERIC(10,2)); INSERT INTO t (p) VALUES (0.99), (1)"
    )
    model = (await reflect(file)).classes["t"]
    assert await Query(model, file).filter(p="0.99").count() == 1
    assert await Query(model, file).filter(p__in=["1.00", "0.99"]).count() == 2
