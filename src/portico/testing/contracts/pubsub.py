"""What every backend of `PubSub` has to do.

    class TestMyPubSub(PubSubContract):
        @pytest.fixture
        def pubsub(self): return MyPubSub(...)     # empty, and keeping at least 100 messages a stream

Its tests are coroutines: run them with ``asyncio_mode = "auto"`` of pytest-asyncio.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from portico.pubsub import BEGINNING, Message, PubSub, Received

STREAM = "contract"


async def take(pubsub: PubSub, count: int, *, after: str = BEGINNING, stream: str = STREAM) -> list[Received]:
    """The next messages after a position; fails when they do not come within ten seconds."""
    found: list[Received] = []
    async with asyncio.timeout(10), aclosing(pubsub.read(stream, after=after)) as messages:
        while len(found) < count:
            found.append(await anext(messages))
    return found


class PubSubContract:
    """Inherit from it, and give it a fixture ``pubsub``."""

    async def test_messages_come_as_they_were_published(self, pubsub: PubSub) -> None:
        """Bytes, key and id are the publisher's, whatever they are."""
        sent = [Message(payload=bytes(range(256)), key="posts:[7]"), Message(payload=b"", id="ü\n", key="")]
        await pubsub.publish(STREAM, *sent)
        assert [received.message for received in await take(pubsub, 2)] == sent

    async def test_messages_come_in_their_order(self, pubsub: PubSub) -> None:
        """Of one call and of several."""
        for tens in range(0, 50, 10):
            await pubsub.publish(STREAM, *[Message(payload=b"%d" % (tens + one)) for one in range(10)])
        assert [int(received.message.payload) for received in await take(pubsub, 50)] == list(range(50))

    async def test_reading_goes_on_from_a_position(self, pubsub: PubSub) -> None:
        """Whoever kept it misses nothing and sees nothing again."""
        await pubsub.publish(STREAM, *[Message(payload=b"%d" % number) for number in range(6)])
        first = await take(pubsub, 2)
        rest = await take(pubsub, 4, after=first[-1].position)
        assert [received.message.payload for received in rest] == [b"2", b"3", b"4", b"5"]

    async def test_after_the_newest_come_only_later_ones(self, pubsub: PubSub) -> None:
        """What is published between asking and reading is among them."""
        await pubsub.publish(STREAM, Message(payload=b"old"))
        position = await pubsub.newest(STREAM)
        await pubsub.publish(STREAM, Message(payload=b"new"))
        assert [one.message.payload for one in await take(pubsub, 1, after=position)] == [b"new"]

    async def test_the_newest_of_nothing_is_a_position_too(self, pubsub: PubSub) -> None:
        """A reader may come before the first publisher."""
        position = await pubsub.newest(STREAM)
        await pubsub.publish(STREAM, Message(payload=b"first"))
        assert [one.message.payload for one in await take(pubsub, 1, after=position)] == [b"first"]

    async def test_a_reader_waits_for_what_comes(self, pubsub: PubSub) -> None:
        """It need not ask again and again."""
        async with asyncio.timeout(10), aclosing(pubsub.read(STREAM)) as messages:
            waiting = asyncio.ensure_future(anext(messages))
            done, _ = await asyncio.wait({waiting}, timeout=0.05)
            assert not done
            await pubsub.publish(STREAM, Message(payload=b"now"))
            assert (await waiting).message.payload == b"now"

    async def test_every_reader_gets_everything(self, pubsub: PubSub) -> None:
        """Reading takes nothing away."""
        await pubsub.publish(STREAM, Message(payload=b"1"), Message(payload=b"2"))
        one, other = await asyncio.gather(take(pubsub, 2), take(pubsub, 2))
        assert one == other

    async def test_streams_are_apart(self, pubsub: PubSub) -> None:
        """A name is a stream."""
        await pubsub.publish("contract-other", Message(payload=b"other"))
        await pubsub.publish(STREAM, Message(payload=b"mine"))
        assert [one.message.payload for one in await take(pubsub, 1)] == [b"mine"]

    async def test_a_reader_may_leave(self, pubsub: PubSub) -> None:
        """Cancelled in the middle of its waiting, it holds nothing up."""
        reader = asyncio.ensure_future(take(pubsub, 1))
        await asyncio.wait({reader}, timeout=0.05)
        reader.cancel()
        await asyncio.wait({reader})
        await pubsub.publish(STREAM, Message(payload=b"later"))
        assert [one.message.payload for one in await take(pubsub, 1)] == [b"later"]
