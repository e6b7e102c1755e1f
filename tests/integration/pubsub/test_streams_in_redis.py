"""What only a server can do: be away, be full, forget, and outlive a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from portico.errors import InvalidError, MissedMessagesError, PubSubUnavailableError
from portico.pubsub import BEGINNING, Message
from portico.pubsub.redis import RedisPubSub, RedisPubSubOptions
from portico.testing.contracts.pubsub import take
from tests.fixtures.redis import client_of

EXACT = 1_000  # Redis trims whole nodes of 100 entries, so a stream of ten is never trimmed


def numbered(count: int, start: int = 0) -> list[Message]:
    """Messages that say their number."""
    return [Message(payload=b"%d" % number) for number in range(start, start + count)]


@pytest.fixture
async def pubsub(redis_url: str, redis_prefix: str) -> AsyncIterator[RedisPubSub]:
    """Streams that keep about a hundred messages."""
    options = RedisPubSubOptions(prefix=redis_prefix, max_length=100, max_message=100, timeout=1)
    pubsub = RedisPubSub(redis_url, options=options)
    yield pubsub
    await pubsub.close()


async def test_a_stream_is_bounded(pubsub: RedisPubSub, redis_url: str, redis_prefix: str) -> None:
    """A server's memory is not a feed's to fill."""
    await pubsub.publish("news", *numbered(EXACT))
    client = client_of(redis_url)
    assert 100 <= await client.xlen(f"{redis_prefix}news") < 300
    await client.aclose()


async def test_a_reader_who_stayed_away_too_long_is_told(pubsub: RedisPubSub) -> None:
    """A gap that nobody mentions is worse than none."""
    await pubsub.publish("news", *numbered(1))
    (first,) = await take(pubsub, 1, stream="news")
    await pubsub.publish("news", *numbered(EXACT, 1))
    with pytest.raises(MissedMessagesError) as caught:
        await take(pubsub, 1, after=first.position, stream="news")
    rest = await take(pubsub, 100, after=caught.value.oldest, stream="news")
    assert int(rest[0].message.payload) > 1


async def test_a_slow_reader_is_told_between_two_messages(pubsub: RedisPubSub) -> None:
    """It holds nobody up, so it may be overtaken."""
    await pubsub.publish("news", *numbered(150))
    with pytest.raises(MissedMessagesError):
        async with aclosing(pubsub.read("news")) as messages:
            await anext(messages)
            await pubsub.publish("news", *numbered(EXACT))
            async for _ in messages:
                pass


async def test_whoever_keeps_up_is_told_nothing(pubsub: RedisPubSub) -> None:
    """Positions stay good while the stream is trimmed behind them."""
    position, seen = BEGINNING, list[int]()
    for start in range(0, EXACT, 50):
        await pubsub.publish("news", *numbered(50, start))
        received = await take(pubsub, 50, after=position, stream="news")
        position = received[-1].position
        seen += [int(one.message.payload) for one in received]
    assert seen == list(range(EXACT))


@pytest.mark.parametrize("again", [0, 1, 500])
async def test_a_stream_that_was_lost_is_noticed(
    pubsub: RedisPubSub, redis_url: str, redis_prefix: str, again: int
) -> None:
    """A server that came back empty has lost messages, however many it has had since."""
    await pubsub.publish("news", *numbered(10))
    position = await pubsub.newest("news")
    client = client_of(redis_url)
    await client.delete(f"{redis_prefix}news")
    await client.aclose()
    await pubsub.publish("news", *numbered(again))
    with pytest.raises(MissedMessagesError):
        await take(pubsub, 1, after=position, stream="news")


async def test_a_message_can_be_too_large(pubsub: RedisPubSub) -> None:
    """It is refused by itself, so that a relay knows which one it was."""
    with pytest.raises(InvalidError, match="101 bytes"):
        await pubsub.publish("news", Message(payload=b"x" * 101))


@pytest.mark.parametrize("position", ["7", "a-b/c", "1-1/1 ", "1-1/1\n"])
async def test_a_position_is_one_that_was_received(pubsub: RedisPubSub, position: str) -> None:
    """It may come from a client, so it is checked."""
    with pytest.raises(InvalidError, match="no position"):
        await take(pubsub, 1, after=position, stream="news")


async def test_a_server_that_is_away_is_said_to_be() -> None:
    """The message has neither the URL nor its password."""
    pubsub = RedisPubSub("redis://:s3cret@127.0.0.1:1")
    with pytest.raises(PubSubUnavailableError) as caught:
        await pubsub.publish("news", *numbered(1))
    assert "s3cret" not in str(caught.value)
    with pytest.raises(PubSubUnavailableError):
        await pubsub.newest("news")
    await pubsub.close()


async def test_something_else_under_the_name_is_said_to_be_unusable(
    pubsub: RedisPubSub, redis_url: str, redis_prefix: str
) -> None:
    """An operator can help, and until then nothing is given up."""
    client = client_of(redis_url)
    await client.set(f"{redis_prefix}news", "text")
    await client.aclose()
    for work in (pubsub.publish("news", *numbered(1)), pubsub.newest("news"), take(pubsub, 1, stream="news")):
        with pytest.raises(PubSubUnavailableError):
            await work


async def test_a_waiting_reader_outlasts_the_time_of_a_socket(pubsub: RedisPubSub) -> None:
    """Silence is no failure."""
    reader = asyncio.ensure_future(take(pubsub, 1, stream="news"))
    await asyncio.wait({reader}, timeout=1.3)
    await pubsub.publish("news", *numbered(1))
    assert (await reader)[0].message.payload == b"0"
