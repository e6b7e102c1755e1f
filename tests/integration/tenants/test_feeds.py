"""A change feed has the changes of the tenant in which it is opened."""

from __future__ import annotations

import pytest

from portico.db.changes import ChangeFeed, RowChange
from portico.db.scoping import tenant_context, unscoped
from portico.errors import NoTenantError

from .world import OURS, THEIRS, Firm, Label, World


async def _write() -> None:
    for tenant in (OURS, THEIRS):
        with tenant_context(tenant):
            await Label.create(word=f"{tenant} news")


async def _whose(feed: ChangeFeed) -> list[object]:
    return [change.tenant async for change in feed if isinstance(change, RowChange)]


async def test_a_feed_belongs_to_its_tenant(world: World) -> None:
    """Also when others read it, and when an administrator writes."""
    with tenant_context(OURS):
        async with ChangeFeed(Label) as feed:
            with unscoped():
                await Label.all().update(word="by an administrator")
                await _write()
    assert await _whose(feed) == [OURS, OURS]
    assert world.db is not None


async def test_an_administrator_hears_of_all(world: World) -> None:
    """Whose row it is stands in the change, whoever wrote it."""
    with unscoped():
        async with ChangeFeed(Label) as feed:
            await _write()
            await Label.filter(word__startswith=OURS).update(word="by an administrator")
    assert await _whose(feed) == [OURS, THEIRS, OURS, OURS]
    assert world.db is not None


async def test_without_a_tenant_a_feed_is_refused(world: World) -> None:
    """When it is opened, or when a feed of everything meets a row of somebody."""
    with pytest.raises(NoTenantError):
        async with ChangeFeed(Label):
            pass
    async with ChangeFeed() as feed:
        await Firm.create(word="shared by all")
        await _write()
    shared = await anext(feed)
    assert isinstance(shared, RowChange)
    assert shared.shared
    with pytest.raises(NoTenantError):
        await anext(feed)
    assert world.db is not None


async def test_links_belong_to_the_tenant_that_made_them(world: World) -> None:
    """Those of a row that all share tell which rows of a tenant there are."""
    with tenant_context(OURS):
        async with ChangeFeed(Firm) as feed:
            with tenant_context(THEIRS):
                await world.theirs.paper.tags.clear()
            await world.ours.paper.tags.clear()
    found = [change.before async for change in feed if isinstance(change, RowChange)]
    assert found == [{"papers": frozenset({(world.ours.paper.id,)})}]
