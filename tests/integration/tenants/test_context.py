"""The tenant goes where the work goes, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
import sqlalchemy as sa

from portico.db.query import Query
from portico.db.scoping import get_current_tenant, set_current_tenant, tenant_context, unscoped
from portico.db.session import atomic
from portico.errors import NoTenantError

from .world import OURS, THEIRS, Paper, Person, World


async def _names() -> list[str]:
    return list(await Person.order_by("id").values_list("name", flat=True))


async def test_tasks_take_their_tenant_with_them(world: World) -> None:
    """Many at once, over the same connections and the same compiled statements."""

    async def ask(tenant: str, key: int) -> tuple[str, list[str], Person | None]:
        with tenant_context(tenant):
            return tenant, await _names(), await Person.get_or_none(key)

    keys = (world.ours.person.id, world.theirs.person.id)
    asked = [ask(tenant, key) for _ in range(10) for tenant in (OURS, THEIRS) for key in keys]
    for tenant, names, found in await asyncio.gather(*asked):
        assert names == [f"{tenant} person"]
        assert found is None or found.tenant_id == tenant


async def test_a_task_that_outlives_the_block_keeps_its_tenant(world: World) -> None:
    """What was begun for a tenant is ended for it, in the background as well."""
    go = asyncio.Event()

    async def later() -> list[str]:
        await go.wait()
        return await _names()

    with tenant_context(OURS):
        task = asyncio.create_task(later())
    with tenant_context(THEIRS):
        go.set()
        assert await task == ["acme person"]


async def test_a_thread_has_no_tenant(world: World) -> None:
    """`run_in_executor` takes no context along, so what it starts is refused; `to_thread` does."""
    loop = asyncio.get_running_loop()
    with tenant_context(OURS):
        assert await loop.run_in_executor(None, get_current_tenant) is None
        assert await asyncio.to_thread(get_current_tenant) == OURS
    with pytest.raises(NoTenantError):
        await _names()
    assert world.db is not None


async def test_a_query_means_the_tenant_of_its_run(world: World) -> None:
    """A query is a question, and whoever asks it decides whose rows answer."""
    with tenant_context(THEIRS):
        asked: Query[Person] = Person.filter(name__icontains="person")
    with tenant_context(OURS):
        assert [person.name for person in await asked] == ["acme person"]
    with pytest.raises(NoTenantError):
        await asked


async def test_a_stream_that_is_closed_elsewhere_tells_nothing(world: World) -> None:
    """Its next rows are asked for by whoever asks; without a tenant there are none."""

    async def numbers() -> AsyncGenerator[str]:
        async for person in Person.all():
            yield person.name

    with tenant_context(OURS):
        stream = numbers()
        assert await anext(stream) == "acme person"
    with tenant_context(THEIRS):
        assert [name async for name in stream] == []
    assert world.db is not None


async def test_a_tenant_inside_of_all_is_a_tenant(world: World) -> None:
    """The inner block wins, and the outer one comes back."""
    with unscoped():
        assert len(await _names()) == 2
        with tenant_context(OURS):
            assert await _names() == ["acme person"]
        assert len(await _names()) == 2
    token = set_current_tenant(THEIRS)
    assert await _names() == ["rival person"]
    token.var.reset(token)
    assert world.db is not None


async def test_a_unit_that_changes_its_tenant_forgets_the_first(world: World) -> None:
    """What a session holds of one tenant is not given to the next who asks it."""
    key = world.ours.paper.id
    async with atomic():
        with tenant_context(OURS):
            assert (await Paper.get(key)).title == "acme paper"
        with tenant_context(THEIRS):
            assert await Paper.get_or_none(key) is None
    async with world.db.session() as session:
        with tenant_context(OURS):
            assert await session.get(Paper, key) is not None
        with tenant_context(THEIRS):
            assert await session.get(Paper, key) is None
            assert (await session.scalars(sa.select(Paper).where(Paper.id == key))).first() is None


async def test_a_unit_keeps_its_objects_when_another_tenant_deletes(world: World) -> None:
    """The rows that the other one cannot see are not gone: a save would make them a second time."""
    async with atomic():
        with tenant_context(OURS):
            paper = await Paper.get(world.ours.paper.id)
        with tenant_context(THEIRS):
            await Paper.filter(pages__lt=0).delete()
        with tenant_context(OURS):
            await paper.update(pages=7)
            assert (await Paper.get(paper.id)).pages == 7
