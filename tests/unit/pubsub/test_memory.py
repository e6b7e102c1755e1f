"""Streams in memory: bounded, and honest with those who read too slowly."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from portico.errors import InvalidError, MissedMessagesError
from portico.pubsub import MemoryPubSub, Message
from portico.testing.contracts.pubsub import take


def numbered(count: int) -> list[Message]:
    """Messages that say their number."""
    return [Message(payload=b"%d" % number) for number in range(count)]


async def test_a_stream_keeps_the_newest() -> None:
    """Whoever begins at the beginning gets what there still is."""
    pubsub = MemoryPubSub(max_length=3)
    await pubsub.publish("news", *numbered(10))
    assert [one.message.payload for one in await take(pubsub, 3, stream="news")] == [b"7", b"8", b"9"]


async def test_a_slow_reader_is_told_that_it_missed_something() -> None:
    """It holds nobody up, so it may be overtaken."""
    pubsub = MemoryPubSub(max_length=3)
    await pubsub.publish("news", *numbered(2))
    async with aclosing(pubsub.read("news")) as messages:
        await anext(messages)
        await pubsub.publish("news", *numbered(5))
        with pytest.raises(MissedMessagesError) as caught:
            await anext(messages)
    assert len(await take(pubsub, 3, after=caught.value.oldest, stream="news")) == 3


async def test_a_position_of_another_life_is_noticed() -> None:
    """A process that was restarted has forgotten what it had."""
    with pytest.raises(MissedMessagesError):
        await take(MemoryPubSub(), 1, after="7", stream="news")


@pytest.mark.parametrize("position", ["x", "-1", "²", "1-1"])
async def test_a_position_is_one_that_was_received(position: str) -> None:
    """It may come from a client, so it is checked."""
    with pytest.raises(InvalidError, match="no position"):
        await take(MemoryPubSub(), 1, after=position, stream="news")


async def test_a_message_can_be_too_large() -> None:
    """As on every backend."""
    with pytest.raises(InvalidError, match="11 bytes"):
        await MemoryPubSub(max_message=10).publish("news", Message(payload=b"x" * 11))


async def test_readers_end_when_it_is_closed() -> None:
    """A shutdown leaves nobody waiting."""
    pubsub = MemoryPubSub()

    async def read() -> list[bytes]:
        return [received.message.payload async for received in pubsub.read("news")]

    reader = asyncio.ensure_future(read())
    await asyncio.wait({reader}, timeout=0.01)
    await pubsub.close()
    assert await reader == []


def test_messages_have_ids_of_their_own() -> None:
    """So that one that comes twice is known."""
    assert Message(payload=b"").id != Message(payload=b"").id
