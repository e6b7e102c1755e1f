"""Where the first wall is lifted or not looked at, PostgreSQL keeps the rows of tenants apart."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.scoping import lifted, set_current_tenant, tenant_context, unscoped
from portico.db.session import Database, atomic, run
from portico.errors import ForeignKeyError, NoTenantError, PorticoError
from tests.integration.tenants.doors import READING, WRITING
from tests.integration.tenants.world import OURS, THEIRS, Paper, Person, World, told

SETTING = "SELECT current_setting('portico.tenant', true), current_setting('portico.unscoped', true)"


async def _everything(world: World) -> str:
    with unscoped():
        tables = (Paper.__table__, Person.__table__)
        return told([(await run(world.db, sa.select(table))).all() for table in tables])


async def test_every_door_reads_behind_both_walls(walled: World) -> None:
    """Also outside of units of work, where each statement gets a transaction now."""
    with tenant_context(OURS):
        found = {name: told(await door(walled)) for name, door in READING.items()}
    assert [name for name, text in found.items() if THEIRS in text] == []
    assert f"{OURS} paper" in found["list"]


@pytest.mark.filterwarnings("ignore:DELETE statement on table:sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("door", WRITING)
async def test_with_the_first_wall_gone_nothing_of_others_is_changed(walled: World, door: str) -> None:
    """Conditions can be lifted by code; the policy stays."""
    with tenant_context(THEIRS), lifted("tenant"):
        before = told(await Paper.all()) + told(await Person.all())
    with tenant_context(OURS), lifted("tenant"), contextlib.suppress(PorticoError):
        await WRITING[door](walled)
    with tenant_context(THEIRS), lifted("tenant"):
        assert told(await Paper.all()) + told(await Person.all()) == before


async def test_sql_that_the_first_wall_cannot_read_sees_own_rows(walled: World, owner: Database) -> None:
    """Views and functions name the table where nobody looks."""
    view = "CREATE VIEW glimpses WITH (security_invoker) AS SELECT title FROM firm_papers"
    with unscoped():
        await owner.execute_raw(view)
    await owner.execute_raw("GRANT SELECT ON glimpses TO PUBLIC")
    for tenant in (OURS, THEIRS):
        with tenant_context(tenant):
            assert await walled.db.fetch_all("SELECT * FROM glimpses") == [{"title": f"{tenant} paper"}]
    assert await walled.db.fetch_all("SELECT * FROM glimpses") == []
    with unscoped():
        assert len(await walled.db.fetch_all("SELECT * FROM glimpses")) == 2


async def test_text_sees_own_rows_where_only_the_wall_remains(walled: World) -> None:
    """The first wall refuses such text; with it lifted the policy is all there is."""
    with tenant_context(OURS), lifted("tenant"):
        assert await walled.db.fetch_all("SELECT title FROM firm_papers") == [{"title": "acme paper"}]
        assert await walled.db.execute_raw("UPDATE firm_papers SET pages = 7") == 1
        with pytest.raises(PorticoError):
            await walled.db.execute_raw(
                "INSERT INTO firm_persons (tenant_id, name) VALUES ('rival', 'forged')"
            )
    with lifted("tenant"):
        assert await walled.db.fetch_all("SELECT title FROM firm_papers") == []


async def test_no_tenant_is_an_error_still(walled: World) -> None:
    """The policy alone would say that there are no rows."""
    with pytest.raises(NoTenantError):
        await Paper.all()


async def test_a_reference_to_a_row_of_others_fails(walled: World) -> None:
    """PostgreSQL checks foreign keys past its policies; the key with the tenant in it is what refuses."""
    with tenant_context(OURS), lifted("tenant"), pytest.raises(ForeignKeyError):
        await Paper.create(title="x", author_id=walled.theirs.person.id)


async def test_nothing_is_left_on_a_connection(walled: World) -> None:
    """There is one of them here, and everybody after the first gets it from somebody else."""
    for scope in (tenant_context(OURS), unscoped()):
        with scope:
            async with atomic():
                await Paper.all()
            await Paper.count()
    async with walled.db.engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        assert {*await raw.fetchrow(SETTING)} <= {"", None}
        assert await raw.fetchval("SELECT count(*) FROM firm_papers") == 0


async def test_a_setting_of_the_session_is_overruled(walled: World) -> None:
    """It survives the return to the pool; each transaction says anew whose rows it means."""
    async with walled.db.engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute("SET portico.tenant = 'rival'; SET portico.unscoped = 'on'")
    with lifted("tenant"):
        assert (await run(walled.db, sa.select(Paper.title))).all() == []
    with tenant_context(OURS), lifted("tenant"):
        assert (await run(walled.db, sa.select(Paper.title))).scalars().all() == ["acme paper"]


async def test_the_tenant_may_change_inside_a_unit(walled: World) -> None:
    """Each statement is told the one that is set, also after a savepoint took a setting back."""
    seen: list[str] = []
    async with atomic():
        for tenant in (OURS, THEIRS, OURS):
            with tenant_context(tenant), lifted("tenant"):
                with contextlib.suppress(ZeroDivisionError):
                    async with atomic():
                        with tenant_context(THEIRS):
                            seen += (await run(walled.db, sa.select(Paper.title))).scalars()
                        raise ZeroDivisionError
                seen += (await run(walled.db, sa.select(Paper.title))).scalars()
    theirs, ours = f"{THEIRS} paper", f"{OURS} paper"
    assert seen == [theirs, ours, theirs, theirs, theirs, ours]


async def test_text_that_goes_back_to_a_savepoint_is_noticed(walled: World) -> None:
    """It takes the setting back as well, and says so to nobody."""
    async with atomic():
        with tenant_context(THEIRS):
            await Paper.count()
        await walled.db.execute_raw("SAVEPOINT mine")
        with tenant_context(OURS), lifted("tenant"):
            await Paper.count()
            await walled.db.execute_raw("ROLLBACK TO SAVEPOINT mine")
            assert (await run(walled.db, sa.select(Paper.title))).scalars().all() == ["acme paper"]


async def test_many_tenants_at_the_same_time_see_their_own(walled: World) -> None:
    """They take turns on one connection."""

    async def seen(tenant: str) -> list[str]:
        set_current_tenant(tenant)
        with lifted("tenant"):
            return [paper.title for paper in await Paper.all()]

    found = await asyncio.gather(*(seen(tenant) for tenant in (OURS, THEIRS) * 10))
    assert found == [[f"{OURS} paper"], [f"{THEIRS} paper"]] * 10


async def test_many_rows_at_once_are_written(walled: World) -> None:
    """COPY does not go with policies, so it is not tried."""
    with tenant_context(OURS):
        await Person.bulk_create([Person(name=f"p{n}") for n in range(200)], returning=False)
        assert await Person.count() == 201
    assert "p199" in await _everything(walled)
