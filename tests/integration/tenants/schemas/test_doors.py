"""What stands in the schema of another tenant comes through no door, and is changed through none."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portico.db.engine.walls import is_placed
from portico.db.mixins import TenantSchemas
from portico.db.scoping import tenant_context, unscoped
from portico.db.session import Database, run
from portico.errors import NoTenantError, UsageError

from .doors import READING, WRITING
from .world import OURS, THEIRS, Base, Room


async def _rows(db: Database, tenant: str) -> list[str]:
    with tenant_context(tenant):
        return [
            f"{table.name} {row}"
            for table in Base.metadata.sorted_tables
            if is_placed(table)
            for row in await run(db, sa.select(table).order_by(*table.primary_key))
        ]


@pytest.mark.parametrize("door", READING)
async def test_a_door_tells_of_the_tenant_that_is_set(db: Database, houses: TenantSchemas, door: str) -> None:
    """One text of a statement serves all of them, so each is asked twice."""
    for tenant, other in [(OURS, THEIRS), (THEIRS, OURS)] * 2:
        with tenant_context(tenant):
            found = await READING[door](db)
        assert tenant in str(found).replace("\\'", "'")
        assert other not in str(found).replace("\\'", "'")
    assert await houses.tenants() == sorted([OURS, THEIRS])


@pytest.mark.parametrize("door", WRITING)
async def test_a_door_changes_the_rows_of_the_tenant_that_is_set(
    db: Database, houses: TenantSchemas, door: str
) -> None:
    """The rows of the other one have the same keys."""
    ours, theirs = await _rows(db, OURS), await _rows(db, THEIRS)
    with tenant_context(OURS):
        await WRITING[door](db)
    assert await _rows(db, OURS) != ours
    assert await _rows(db, THEIRS) == theirs


@pytest.mark.parametrize("door", [*READING, *WRITING])
async def test_every_door_is_shut_without_a_tenant(db: Database, houses: TenantSchemas, door: str) -> None:
    """Nor is there a table of all tenants for administrators."""
    opened = READING.get(door) or WRITING[door]
    with pytest.raises(NoTenantError):
        await opened(db)
    with unscoped(), pytest.raises(NoTenantError, match="tenants\\(\\)"):
        await opened(db)


async def test_text_cannot_name_such_a_table(db: Database, houses: TenantSchemas) -> None:
    """It could name the schema of anybody."""
    with tenant_context(OURS), pytest.raises(UsageError, match="names the table house_rooms"):
        await db.fetch_all("SELECT * FROM tenant_rival.house_rooms")


async def test_a_map_of_schemas_that_hides_ours_is_refused(db: Database, houses: TenantSchemas) -> None:
    """A statement without a place would go nowhere, or somewhere."""
    async with db.session() as session:
        await session.connection(execution_options={"schema_translate_map": {"other": "public"}})
        with tenant_context(OURS), pytest.raises(UsageError, match="schema_translate_map"):
            await session.scalars(sa.select(Room))
