"""Another tenant is set while a unit of work is open, or objects are at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from portico.db.mixins import TenantSchemas
from portico.db.scoping import tenant_context
from portico.db.session import Database, atomic, run
from portico.errors import NoTenantError, UsageError

from .world import OURS, THEIRS, Chair, Room


async def _names(db: Database) -> list[str]:
    return [row.name for row in await run(db, sa.select(Room.__table__))]


async def test_many_tenants_at_the_same_time_see_their_own(db: Database, houses: TenantSchemas) -> None:
    """They take turns on the same connections."""

    async def seen(tenant: str) -> list[str]:
        with tenant_context(tenant):
            return await _names(db) + [room.name for room in await Room.all()]

    found = await asyncio.gather(*(seen(tenant) for tenant in (OURS, THEIRS) * 20))
    assert found == [[f"{OURS} room"] * 2, [f"{THEIRS} room"] * 2] * 20


async def test_a_query_belongs_to_the_one_who_awaits_it(houses: TenantSchemas) -> None:
    """It was made for another tenant, and knows nothing of one."""
    with tenant_context(OURS):
        query = Room.all().values_list("name", flat=True)
        assert await query == [f"{OURS} room"]
    with tenant_context(THEIRS):
        assert await query == [f"{THEIRS} room"]


async def test_a_unit_that_holds_rows_of_one_tenant_refuses_another(houses: TenantSchemas) -> None:
    """The row of the other has the same key, and the unit would take the one for the other."""
    with tenant_context(OURS):
        async with atomic():
            await Room.get(1)
            with tenant_context(THEIRS):
                with pytest.raises(UsageError, match="holds rows of another tenant"):
                    await Room.get(1)
                with pytest.raises(UsageError, match="another tenant"):
                    await Room.create(name="x")


async def test_a_session_refuses_it_after_its_commit_too(db: Database, houses: TenantSchemas) -> None:
    """It still holds the objects, and gives them without a statement."""
    async with db.session() as session:
        with tenant_context(OURS):
            await session.get(Room, 1)
            await session.commit()
        with tenant_context(THEIRS), pytest.raises(UsageError, match="another tenant"):
            await session.get(Room, 1)
        with pytest.raises(NoTenantError):
            await session.get(Room, 1)


async def test_what_waits_to_be_written_is_not_written_elsewhere(db: Database, houses: TenantSchemas) -> None:
    """An update by key would find a row there."""
    with pytest.raises(UsageError, match="another tenant"):
        async with db.session() as session:
            with tenant_context(OURS):
                (await session.get_one(Room, 1)).name = "ours"
            with tenant_context(THEIRS):
                await session.commit()
    with tenant_context(THEIRS):
        assert await _names(db) == [f"{THEIRS} room"]


@pytest.mark.parametrize("made", [False, True])
@pytest.mark.parametrize("call", ["save", "delete", "refresh", "bulk_update", "bulk_delete"])
async def test_an_object_is_written_where_it_was_read(
    db: Database, houses: TenantSchemas, call: str, made: bool
) -> None:
    """In the hands of another tenant it would change a row of the same key, or take its place."""
    with tenant_context(OURS):
        room = await Room.create(name="second") if made else await Room.get(1)
    with tenant_context(THEIRS):
        await Room.create(name="theirs")
        before = await _names(db)
        room.name = "stolen"
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "save": room.save,
            "delete": room.delete,
            "refresh": room.refresh,
            "bulk_update": lambda: Room.bulk_update([room], ["name"]),
            "bulk_delete": lambda: Room.bulk_delete([room]),
        }
        with pytest.raises(UsageError, match="another tenant"):
            await calls[call]()
        assert await _names(db) == before


async def test_units_of_two_tenants_can_stand_in_a_row(db: Database, houses: TenantSchemas) -> None:
    """Nothing of the first is left on the connection for the second."""
    for tenant in (OURS, THEIRS):
        with tenant_context(tenant):
            async with atomic():
                await Chair.create(name="new", room_id=1)
                assert await Chair.count() == 2
    async with db.session() as session:
        path = "SHOW search_path" if db.dialect_name == "postgresql" else "SELECT database()"
        assert "acme" not in str((await session.execute(sa.text(path))).scalar())
