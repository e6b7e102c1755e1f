"""Nothing of another tenant comes through any door, and nothing of it is changed through any."""

from __future__ import annotations

import contextlib

import pytest
import sqlalchemy as sa

from portico.db.scoping import tenant_context, unscoped
from portico.db.session import run
from portico.errors import NoTenantError, PorticoError

from .doors import READING, WRITING
from .world import OURS, THEIRS, Base, Label, Person, World, told

BY_NOBODY = [name for name in READING if name != "from_shared"]
"""What everybody shares can be read by nobody in particular; what leads on from there cannot."""


async def _rows(world: World, tenant: str) -> str:
    """Everything that a tenant has."""
    with unscoped():
        found = [
            told((await run(world.db, sa.select(table).where(table.c.tenant_id == tenant))).all())
            for table in Base.metadata.sorted_tables
            if "tenant_id" in table.c
        ]
    return "\n".join(found)


async def _read(world: World) -> dict[str, str]:
    with tenant_context(OURS):
        return {name: told(await door(world)) for name, door in READING.items()}


async def test_no_door_tells_anything_of_another_tenant(world: World) -> None:
    """One byte would be enough, and so would a number or an order that changes when they are gone."""
    among_others = await _read(world)
    with tenant_context(THEIRS):
        await Person.all().delete()
        await Label.all().delete()
    alone = await _read(world)
    assert [name for name, found in among_others.items() if THEIRS in found] == []
    assert among_others == alone


async def test_every_door_that_reads_is_shut_without_a_tenant(world: World) -> None:
    """No tenant is an error, and never the rows of all."""
    for name in BY_NOBODY:
        with pytest.raises(NoTenantError):
            told(await READING[name](world))


@pytest.mark.filterwarnings("ignore:DELETE statement on table:sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("door", WRITING)
async def test_a_door_changes_nothing_of_another_tenant(world: World, door: str) -> None:
    """Whether it is refused, or finds nothing to do, is the door's own affair."""
    before = await _rows(world, THEIRS)
    with tenant_context(OURS), contextlib.suppress(PorticoError):
        await WRITING[door](world)
    assert await _rows(world, THEIRS) == before


async def test_every_door_that_writes_is_shut_without_a_tenant(world: World) -> None:
    """Nothing is written for nobody."""
    before = [await _rows(world, OURS), await _rows(world, THEIRS)]
    for door in WRITING.values():
        with pytest.raises(NoTenantError):
            await door(world)
    assert [await _rows(world, OURS), await _rows(world, THEIRS)] == before
