"""Committed changes, one after the other, for whoever reads them in this process."""

from __future__ import annotations

import asyncio

import pytest

from portico.db.changes import ChangeFeed, MissedChanges, RowChange, watched
from portico.db.session import Database, atomic
from portico.errors import UsageError

from .orchard import Cart, Farm, Label, Stone, Tool, orchard

__all__ = ["orchard"]


async def test_a_feed_gives_what_is_committed(orchard: Database) -> None:
    """In order, and nothing that was rolled back."""
    async with ChangeFeed(Label) as feed:
        await Label.create(text="a")
        with pytest.raises(ZeroDivisionError):
            async with atomic():
                await Label.create(text="b")
                _ = 1 / 0
        await Farm.create(name="moor")
        await Label.create(text="c")
    found = [item async for item in feed]
    assert [item.after["text"] for item in found if isinstance(item, RowChange)] == ["a", "c"]


async def test_a_reader_waits_for_the_next_change(orchard: Database) -> None:
    """It is woken by the commit."""
    async with ChangeFeed(Label) as feed:
        reader = asyncio.create_task(anext(feed))
        await asyncio.sleep(0)
        assert not reader.done()
        await Label.create(text="a")
        item = await asyncio.wait_for(reader, 5)
    assert isinstance(item, RowChange)
    assert item.after["text"] == "a"


async def test_a_slow_reader_is_told_what_it_missed(orchard: Database) -> None:
    """The oldest go; writers never wait."""
    async with ChangeFeed(Label, size=2) as feed:
        for text in "abcde":
            await Label.create(text=text)
    missed, *rest = [item async for item in feed]
    assert missed == MissedChanges(3)
    assert [item.after["text"] for item in rest if isinstance(item, RowChange)] == ["d", "e"]


async def test_subclasses_belong_to_a_feed(orchard: Database) -> None:
    """A cart is a tool."""
    async with ChangeFeed(Tool) as feed:
        await Cart.create(name="dray")
        await Tool.create(name="axe")
    assert [item.model async for item in feed if isinstance(item, RowChange)] == [Cart, Tool]


async def test_classes_are_watched_only_while_a_feed_is_open(orchard: Database) -> None:
    """Then their writes are single statements again."""
    assert not watched(Stone)
    async with ChangeFeed(Stone):
        assert watched(Stone)
        assert not watched(Label)
    assert not watched(Stone)


async def test_a_feed_is_for_one_reader(orchard: Database) -> None:
    """Two would take each other's changes; one without room has none."""
    async with ChangeFeed(Stone) as feed:
        with pytest.raises(UsageError, match="open"):
            await feed.__aenter__()
    with pytest.raises(UsageError, match="room"):
        ChangeFeed(Stone, size=0)
