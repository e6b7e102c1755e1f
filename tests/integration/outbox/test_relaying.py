"""What is committed is published, by one relay at a time, whatever stops in between."""

from __future__ import annotations

import asyncio

import pytest

from portico.db.outbox import Outbox, Relay, RelayOptions
from portico.db.outbox.lease import Lease
from portico.errors import ConfigurationError, PubSubUnavailableError
from portico.pubsub import Message
from tests.integration.outbox.stage import FAST, Recording, moved, put, until, until_empty, waiting


async def test_what_waits_is_published_and_then_gone(outbox: Outbox) -> None:
    """Also what was there before the relay, and more than one batch."""
    await put(outbox, *[moved(number, 1) for number in range(25)])
    backend = Recording()
    async with Relay(outbox, backend, options=FAST).running() as relay:
        await until_empty(relay)
    assert backend.keys == [f"counters:[{number}]" for number in range(25)]
    assert await waiting(outbox.database) == 0


async def test_a_commit_wakes_the_relay_of_its_process(outbox: Outbox) -> None:
    """Nobody waits for the next look."""
    backend = Recording()
    patient = RelayOptions(poll=3600)
    async with Relay(outbox, backend, options=patient).running() as relay:
        await put(outbox, moved(1, 1))
        await until_empty(relay)
    assert backend.keys == ["counters:[1]"]


async def test_at_its_end_a_relay_publishes_what_waits(outbox: Outbox) -> None:
    """A shutdown is no reason to be late."""
    backend = Recording()
    async with Relay(outbox, backend, options=FAST).running():
        await put(outbox, *[moved(number, 1) for number in range(25)])
    assert len(backend.sent) == 25


async def test_while_the_backend_is_away_rows_wait(outbox: Outbox) -> None:
    """Nothing is lost, nothing is given up, and the status says it."""
    backend = Recording(down=True)
    async with Relay(outbox, backend, options=FAST).running() as relay:
        await put(outbox, moved(1, 1), moved(2, 1))
        await until(relay, lambda status: status.failures >= FAST.attempts + 2)
        status = await relay.status()
        assert (status.pending, status.dead) == (2, 0)
        assert "PubSubUnavailableError" in (status.last_error or "")
        backend.down = False
        await until_empty(relay)
    assert backend.keys == ["counters:[1]", "counters:[2]"]


async def test_a_backend_that_hangs_counts_as_away(outbox: Outbox) -> None:
    """Every await has its bound."""

    class Hanging(Recording):
        async def publish(self, stream: str, *messages: Message) -> None:
            if self.down:
                await asyncio.Event().wait()
            await super().publish(stream, *messages)

    backend = Hanging(down=True)
    async with Relay(outbox, backend, options=FAST).running() as relay:
        await put(outbox, moved(1, 1))
        await until(relay, lambda status: status.failures > 0)
        backend.down = False
        await until_empty(relay)
    assert backend.keys == ["counters:[1]"]


async def test_of_two_relays_one_works(outbox: Outbox) -> None:
    """The other one takes over when the first has ended."""
    backend = Recording()
    async with Relay(outbox, backend, options=FAST).running() as first:
        await put(outbox, moved(1, 1))
        await until_empty(first)
        async with Relay(outbox, backend, options=FAST).running() as second:
            await put(outbox, *[moved(number, 1) for number in range(2, 30)])
            await until_empty(second)
            assert (await first.status()).working
            assert not (await second.status()).working
            first.stop()
            await until(second, lambda status: status.working)
    assert len(backend.sent) == 29


async def test_a_relay_that_died_is_replaced(outbox: Outbox) -> None:
    """Nobody released the lease: it ends when its number stands still."""
    assert await Lease(outbox.database, seconds=FAST.lease).hold()
    await put(outbox, moved(1, 1))
    backend = Recording()
    async with Relay(outbox, backend, options=FAST).running() as relay:
        await until_empty(relay)
    assert backend.keys == ["counters:[1]"]


async def test_a_lease_that_beats_is_not_taken(outbox: Outbox) -> None:
    """However long others wait; and one that stands still is taken, once."""
    mine, other = Lease(outbox.database, seconds=0.0), Lease(outbox.database, seconds=0.05)
    for _ in range(5):
        assert await mine.hold()
        assert not await other.hold()
    await asyncio.sleep(0.05)  # the time that it stands still
    assert await other.hold()
    assert not await mine.hold()


async def test_a_message_whose_answer_was_lost_comes_again_with_its_id(outbox: Outbox) -> None:
    """As after a crash between publishing and deleting: readers know it by its id."""

    class Mute(Recording):
        async def publish(self, stream: str, *messages: Message) -> None:
            await super().publish(stream, *messages)
            if self.calls == 1:
                raise PubSubUnavailableError("The answer was lost.")

    backend = Mute()
    await put(outbox, moved(1, 1), moved(2, 1))
    async with Relay(outbox, backend, options=FAST).running() as relay:
        await until_empty(relay)
    assert backend.keys == ["counters:[1]", "counters:[2]"] * 2
    assert len({message.id for message in backend.sent}) == 2


async def test_a_relay_wants_its_tables(outbox: Outbox) -> None:
    """It says so when it is started, not in the log an hour later."""
    await outbox.database.execute_raw("DROP TABLE portico_outbox")
    with pytest.raises(ConfigurationError, match="portico_outbox"):
        async with Relay(outbox, Recording(), options=FAST).running():
            pass


def test_a_lease_outlasts_a_send() -> None:
    """Otherwise two relays would work whenever the server is slow."""
    with pytest.raises(ConfigurationError, match="send_timeout"):
        RelayOptions(lease=5, send_timeout=5)
