"""The tables of all variants with the same rows: those of the shop that may be read there.

Where rows can be hidden, each twentieth row is: it belongs to another tenant, or is deleted. The other
classes do not have those rows, so that all answers are equal.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.measure.databases import Server, fresh_database, postgresql
from benchmarks.shop.tables import ARCHIVED, Size, products
from portico import Database

from .classes import BASE, SHOWN, STRANGER, TENANT, VARIANTS, Variant, connect_outbox

ROWS = 20_000
_COLUMNS = ", ".join(SHOWN)


@contextmanager
def filled(database: str, rows: int = ROWS) -> Generator[tuple[str, Server | None]]:
    """The place of the tables, which all variants share, and the server if there is one."""
    if database == "postgresql":
        with postgresql() as server, fresh_database(server) as place:
            asyncio.run(_make(place, rows))
            asyncio.run(_copy_on_postgresql(place, rows))
            yield place, server
        return
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        place = str(Path(folder) / "mixins.db")
        asyncio.run(_make(place, rows))
        _copy_on_sqlite(place)
        yield place, None


def url_of(place: str) -> str:
    """The URL for Portico."""
    if place.startswith("postgresql://"):
        return place.replace("postgresql://", "postgresql+asyncpg://")
    return f"sqlite+aiosqlite:///{place}"


def rows_of(count: int) -> Iterator[dict[str, Any]]:
    """Values of all rows, by id; hidden ones among them."""
    return (dict(zip(SHOWN, row[: len(SHOWN)], strict=True)) for row in products(Size(products=count)))


async def _make(place: str, rows: int) -> None:
    """Every table, and all rows in that of the class without mixin."""
    async with Database(url_of(place), name="filling") as database:
        connect_outbox(database, VARIANTS.values())
        await database.create_tables()
        model = VARIANTS[BASE].model
        await model.bulk_create([model(**values) for values in rows_of(rows)])


def _statements(variant: Variant) -> Iterator[str]:
    """Copy the rows into the table of a variant, and hide some of them."""
    table, source = variant.model.__table__, VARIANTS[BASE].model.__table__
    made = {"tenant_id": f"'{TENANT}'", "version": "1", "created_at": "made_at", "updated_at": "made_at"}
    more = {name: text for name, text in made.items() if name in table.columns}
    names, values = ", ".join([_COLUMNS, *more]), ", ".join([_COLUMNS, *more.values()])
    yield f"insert into {table.name} ({names}) select {values} from {source.name}"
    hidden = f"id % {ARCHIVED} = 0"
    if "tenant_id" in more:
        yield f"update {table.name} set tenant_id = '{STRANGER}' where {hidden}"
    elif "deleted_at" in table.columns:
        yield f"update {table.name} set deleted_at = made_at where {hidden}"
    else:
        yield f"delete from {table.name} where {hidden}"


def _all_statements() -> Iterator[str]:
    others = [variant for variant in VARIANTS.values() if variant.name != BASE]
    for variant in others:
        yield from _statements(variant)
    yield f"delete from {VARIANTS[BASE].model.__table__.name} where id % {ARCHIVED} = 0"


async def _copy_on_postgresql(place: str, rows: int) -> None:
    connection = await asyncpg.connect(place)
    try:
        for statement in _all_statements():
            await connection.execute(statement)
        for variant in VARIANTS.values():
            table = variant.model.__table__.name
            await connection.execute(f"select setval(pg_get_serial_sequence('{table}', 'id'), {rows} + 1)")
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


def _copy_on_sqlite(place: str) -> None:
    connection = sqlite3.connect(place)
    try:
        for statement in _all_statements():
            connection.execute(statement)
        connection.commit()
        connection.execute("analyze")
        connection.execute("pragma wal_checkpoint(truncate)")
    finally:
        connection.close()
