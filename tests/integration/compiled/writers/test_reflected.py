"""Tables that others made: a writer shows what is in them as the general path does, or there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from portico.db.reflection import reflect
from portico.db.session import Database
from portico.resources.compiled.rendering import unwritten_because
from tests.fixtures.chinook import chinook_file

from .comparing import check_equal, described

__all__ = ["chinook_file"]
TABLES = {
    "postgresql": """CREATE TABLE odd (
        id int PRIMARY KEY, tiny smallint, exact numeric, scaled numeric(12, 4), single real,
        double float8, amount money,
        fixed char(5), name name, "letter" "char", cased text, bits bit(3), address inet, span int4range,
        doc json, docb jsonb,
        words text[], whole int[], many numeric[], plain timestamp, zoned timestamptz, clock time,
        zoned_clock timetz,
        length interval, raw bytea, key uuid, flag bool, day date)""",
    "mysql": """CREATE TABLE odd (
        id int PRIMARY KEY, tiny tinyint, flag tinyint(1), unsigned_big bigint unsigned,
        exact decimal(30, 10), single float,
        `double` double, fixed char(5), kind enum('b', 'a'), several set('x', 'y'), born year,
        bits bit(9), doc json, body longtext,
        plain datetime, exactly datetime(6), stamp timestamp NULL, day date, clock time,
        raw varbinary(9), blobs mediumblob)""",
    "sqlite": """CREATE TABLE odd (
        id INTEGER PRIMARY KEY, whole INT, price NUMERIC(10, 2), ratio REAL, name VARCHAR(20),
        flag BOOLEAN, at DATETIME, day DATE,
        clock TIME, doc JSON, raw BLOB, anything, span INTERVAL)""",
}
ROWS = {
    "postgresql": [
        """1, -3, 1e-9, 12.5, 1.1, 1e16, '12.34', 'ab', 'n', 'x', 'A', B'101', '10.0.0.1', '[1,3)',
        '{"b": 1.0, "a": 1e30}',
        '{"b": 1.0, "a": 1e30}', '{a,NULL}', '{1,2}', '{1.5}', '2024-01-02 03:04:05.1',
        '2024-01-02 03:04:05.1+02', '03:04', '03:04+02',
        '1 mon 2 days 03:04:05.6', '\\xff00', '0188d8f6-0000-7000-8000-000000000000', true,
        '0001-01-01'""",
        """2, 3, 'NaN', 'NaN', 'NaN', '-Infinity', NULL, '', NULL, NULL, NULL, NULL, '::1/64', 'empty',
        'null', '[]', '{}', NULL, NULL,
        'infinity', '-infinity', NULL, NULL, '-1 day', '', NULL, NULL, 'infinity'""",
    ],
    "mysql": [
        """1, -3, 1, 18446744073709551615, 0.0000000001, 1.1, 1e16, 'ab', 'a', 'y,x', 1999, b'101',
        '{"b": 1.0, "a": 1e30}', 'text',
        '2024-01-02 03:04:05', '2024-01-02 03:04:05.1', '2024-01-02 03:04:05', '0001-01-01', '25:00:00',
        x'ff00', x'6869'""",
        """2, NULL, 2, NULL, NULL, -0.0, -0.0, '', NULL, '', NULL, NULL, 'null', NULL, NULL, NULL, NULL,
        NULL, '-01:00:00', '', NULL""",
    ],
    "sqlite": [
        """1, 5, 0.99, 1e16, 'n', 1, '2024-01-02 03:04:05.1', '2024-01-02', '03:04:05', '{"b": 1.0}',
        x'ff00', 5, 'x'""",
        """2, 'text', 'free', 9e999, x'ff', 'yes', '31/12/2009', 5, 'noon', '{', 'text', x'6869', 1.5""",
        """3, 1.5, 1e20, 'text', 5, 7, 5, NULL, NULL, '[1e400]', NULL, NULL, NULL""",
    ],
}


@pytest.fixture
async def odd(db: Database, backend: str) -> Database:
    """A table of exotic columns, with rows that stretch them."""
    async with db.engine.begin() as connection:
        await connection.exec_driver_sql(TABLES[backend])
        for row in ROWS[backend]:
            await connection.exec_driver_sql(f"INSERT INTO odd VALUES ({row.replace('%', '%%')})")
    return db


async def test_exotic_columns_are_shown_alike(odd: Database) -> None:
    """Each column beside the key, so that one without a writer hides no other."""
    found = await reflect(odd)
    whole = described(found.classes["odd"])
    without: set[str] = set()
    for name in whole.fields:
        hidden = tuple(other for other in whole.fields if other not in {"id", name})
        one = described(found.classes["odd"], hidden=hidden)
        if unwritten_because(one, odd) is None:
            assert await check_equal(one, odd) == len(ROWS[odd.dialect_name])
        else:
            without.add(name)
    assert without <= WITHOUT[odd.dialect_name]
    assert unwritten_because(whole, odd) is None or without


WITHOUT = {"postgresql": {"many"}, "mysql": {"bits"}, "sqlite": set[str]()}
"""The columns that no writer is known for."""


@pytest.mark.parametrize("way", ["private", "pooled"])
async def test_every_row_of_chinook_is_the_same_bytes(chinook_file: Path, way: str) -> None:
    """Fifteen thousand rows of a database that nobody made for this."""
    url = f"sqlite+aiosqlite:///{chinook_file}"
    async with Database(url, compiled="private" if way == "private" else "pooled") as database:
        found = await reflect(database)
        number = sum([await check_equal(described(model), database) for model in found.classes.values()])
    assert number > 15_000
