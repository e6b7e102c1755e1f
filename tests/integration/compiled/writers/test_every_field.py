"""What is stored through a model comes out of a lane and a writer as it comes out of the general path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from portico.db.session import Database

from .comparing import check_equal, described, driver_rows, general_documents, the_writer
from .everything import METADATA, Everything, full_rows, rows

FEWER = 25
often = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Table:
    """The model with every kind of field, over an empty table."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.resource = described(Everything)

    async def check(self) -> int:
        """Both ways give the same of all rows."""
        return await check_equal(self.resource, self.db)


@pytest.fixture
async def table(db: Database) -> Table:
    """The table in the database of this test."""
    await db.create_tables(METADATA)
    return Table(db)


@often
@given(stored=st.lists(rows, min_size=1, max_size=6))
async def test_any_rows_of_any_fields_are_the_same_bytes(table: Table, stored: list[dict[str, Any]]) -> None:
    """Every type, alone and beside others, with NULLs between, of one row and of a page."""
    await Everything.filter(id__gte=0).delete()
    await Everything.bulk_create([Everything(**values) for values in stored])
    assert await table.check() == len(stored)


@settings(parent=often, max_examples=FEWER)
@given(data=st.data())
async def test_full_columns_are_the_same_bytes(table: Table, data: st.DataObject) -> None:
    """Rows without a single NULL take another way through the writer."""
    await Everything.filter(id__gte=0).delete()
    await Everything.bulk_create([Everything(**data.draw(full_rows)) for _ in range(3)])
    assert await table.check() == 3


async def test_an_empty_table_is_an_empty_list(table: Table) -> None:
    """Not null."""
    assert await table.check() == 0


ODD = {
    "sqlite": [
        ("small", "'text'"),
        ("small", "1.5"),
        ("small", "'12'"),
        ("ratio", "'text'"),
        ("ratio", "9e999"),
        ("title", "x'6869'"),
        ("title", "x'ff'"),
        ("octets", "'text'"),
        ("clock", "'25:00'"),
        ("clock", "'03:04'"),
        ("day", "'2024-01-02 03:04:05'"),
        ("at", "'2024-01-02'"),
        ("at", "'2024-01-02T03:04:05+02:00'"),
        ("document", "5"),
        ("document", "'{'"),
        ("document", "'[1e400]'"),
        ("mood", "'gone'"),
        ("unique", "'abc'"),
        ("unique", "'0188D8F6000070008000000000000000'"),
        ("truth", "2"),
        ("price", "'text'"),
        ("price", "12"),
        ("price", "0.125"),
        ("long", "'1e-9'"),
        ("words", "'[1]'"),
        ("words", "'null'"),
        ("length", "'text'"),
    ],
    "postgresql": [
        ("ratio", "'NaN'"),
        ("ratio", "'-Infinity'"),
        ("price", "'NaN'"),
        ("at", "'infinity'"),
        ("at", "'-infinity'"),
        ("local", "'infinity'"),
        ("day", "'-infinity'"),
        ("mood", "'gone'"),
        ("words", "'{{a},{b}}'"),
        ("words", "'{NULL}'"),
        ("length", "'1 mon 2 days'"),
        ("document", "'1e400'"),
        ("document", "'null'"),
        ("numbers", "'{NaN}'"),
        ("numbers", "'{-0}'"),
        ("ratio", "'-0'"),
    ],
    "mysql": [
        ("mood", "'gone'"),
        ("clock", "'25:00:00'"),
        ("clock", "'-01:00:00'"),
        ("truth", "2"),
        ("document", "'5'"),
        ("words", "'[1]'"),
        ("unique", "'abc'"),
    ],
}


async def test_what_others_stored_is_shown_alike_or_left_to_the_general_path(
    table: Table, backend: str
) -> None:
    """A writer that is not sure gives nothing, never something else."""
    for column, stored in ODD[backend]:
        await Everything.filter(id__gte=0).delete()
        await Everything.create(title="fine", octets=b"\xff\xfe")
        odd = await Everything.create(title="odd", octets=b"\xff\xfe")
        await store(table.db, column, stored, odd.id)
        writer, found = the_writer(table.resource, table.db), await driver_rows(table.resource, table.db)
        written, one = writer.many(found), writer.one(found[1])
        if written is None:
            assert one is None
            continue
        documents = await general_documents(table.resource, table.db)
        assert written == to_json(documents, inf_nan_mode="null"), (column, stored)
        assert one == to_json(documents[1], inf_nan_mode="null"), (column, stored)


async def store(database: Database, column: str, stored: str, key: int) -> None:
    """Set a value as another program would, without anybody's rules."""
    async with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        if connection.dialect.name == "postgresql":
            table = Everything.__table__.name
            await connection.exec_driver_sql(
                f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{column}_choices"
            )
        if connection.dialect.name == "mysql":
            await connection.exec_driver_sql("SET check_constraint_checks = 0")
        quoted = connection.dialect.identifier_preparer.quote(column)
        await connection.exec_driver_sql(
            f"UPDATE {Everything.__table__.name} SET {quoted} = {stored} WHERE id = {key}"
        )
        await connection.commit()
