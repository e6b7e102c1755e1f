"""What the trail costs is a number of statements that does not grow with the rows."""

from __future__ import annotations

import sqlalchemy as sa

from portico.db.audit import audit
from portico.db.reflection import reflect
from portico.db.session import Database, atomic
from portico.testing.statements import statements
from tests.integration.audit.models import Base, Tag


async def test_an_audited_unit_sends_two_statements_more(library: Database) -> None:
    """Its batches and its entries, however many rows it wrote."""
    await Tag.create(id=0, name="a")  # whether the tables are there is asked once
    for number in (1, 1_000):
        tags = [Tag(id=number * 2 + one, name="a") for one in range(number)]
        async with statements(library) as seen, atomic():
            await Tag.bulk_create(tags)
        own = [sql for sql in seen.sql if "portico_audit" in sql]
        assert len(own) == 2, own


async def test_a_thousand_rows_are_one_batch(library: Database) -> None:
    """One place in the chain, and one statement to give it."""
    await Tag.bulk_create([Tag(id=number, name="a") for number in range(1_000)])
    assert await audit.seal() == 1
    found = await audit.verify()
    assert (found.intact, found.entries, found.batches) == (True, 1_000, 1)


async def test_the_trail_is_not_served(library: Database) -> None:
    """Whoever serves a whole database does not serve what is recorded about it."""
    names = {cls.__table__.name for cls in (await reflect(library)).classes.values()}
    assert names == set(Base.metadata.tables)


async def test_the_tables_are_made_beside_those_of_models(db: Database) -> None:
    """By whichever way they are made, also when they are there already."""
    async with atomic(db):
        await db.create_tables([Tag.__table__])
    for table in ("portico_audit", "portico_audit_batches", "portico_audit_heads"):
        await db.execute_raw(f"DROP TABLE {table}")
    async with db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with db.engine.connect() as connection:
        found = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert {"portico_audit", "portico_audit_batches", "portico_audit_heads"} <= {*found}
