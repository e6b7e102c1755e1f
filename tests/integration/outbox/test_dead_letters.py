"""A message that nobody takes holds up its own row for a while, and nothing else."""

from __future__ import annotations

from portico.db.outbox import Outbox, Relay, RelayOptions
from tests.integration.outbox.stage import FAST, Recording, moved, put, until, until_empty

PATIENT = RelayOptions(poll=0.02, attempts=1_000, first_wait=0.05, longest_wait=0.2)


async def test_a_refused_message_becomes_a_dead_letter(outbox: Outbox) -> None:
    """With its reason, after as many attempts as were asked for."""
    backend = Recording(refused={"counters:[2]"})
    await put(outbox, moved(1, 1), moved(2, 1), moved(3, 1))
    async with Relay(outbox, backend, options=FAST).running() as relay:
        await until_empty(relay)
        assert (await relay.status()).dead == 1
    (letter,) = await outbox.dead_letters()
    assert (letter.message.key, letter.attempts) == ("counters:[2]", FAST.attempts)
    assert letter.error == "ValueError: not this one"


async def test_other_rows_go_on_meanwhile(outbox: Outbox) -> None:
    """One bad message is not the end of the feed."""
    backend = Recording(refused={"counters:[2]"})
    await put(outbox, *[moved(number, 1) for number in (2, 1, 3, 4)])
    async with Relay(outbox, backend, options=FAST).running() as relay:
        await until_empty(relay)
    assert sorted(set(backend.keys)) == ["counters:[1]", "counters:[3]", "counters:[4]"]


async def test_what_concerns_the_same_row_waits_behind_it(outbox: Outbox) -> None:
    """The order of a row's changes holds while one of them is tried again."""
    backend = Recording(refused={"counters:[2]"})
    await put(outbox, moved(2, 1), moved(3, 1), moved(2, 2))
    async with Relay(outbox, backend, options=PATIENT).running() as relay:
        await until(relay, lambda status: status.published == 1)
        backend.refused.clear()
        await until_empty(relay)
    assert backend.keys == ["counters:[3]", "counters:[2]", "counters:[2]"]


async def test_a_row_that_changes_its_key_waits_with_both(outbox: Outbox) -> None:
    """Row 2 became row 5: what happens to 5 afterwards is behind what happened to 2."""
    backend = Recording(refused={"counters:[2]"})
    await put(outbox, moved(2, 1), moved(5, 2, before=2), moved(5, 3), moved(6, 1))
    async with Relay(outbox, backend, options=PATIENT).running() as relay:
        await put(outbox, moved(7, 1))  # read while the others are held
        await until(relay, lambda status: status.published == 2)
        assert backend.keys == ["counters:[6]", "counters:[7]"]
        backend.refused.clear()
        await until_empty(relay)
    assert backend.keys[2:] == ["counters:[2]", "counters:[5]", "counters:[5]"]


async def test_a_dead_letter_can_be_sent_after_all(outbox: Outbox) -> None:
    """Somebody has removed the reason."""
    backend = Recording(refused={"counters:[2]"})
    await put(outbox, moved(2, 1))
    async with Relay(outbox, backend, options=FAST).running() as relay:
        await until_empty(relay)
        (letter,) = await outbox.dead_letters()
        backend.refused.clear()
        await outbox.revive([letter])
        await until_empty(relay)
    assert [message.id for message in backend.sent] == [letter.message.id]
    assert await outbox.dead_letters() == []


async def test_a_dead_letter_can_be_thrown_away(outbox: Outbox) -> None:
    """Somebody has decided that it does not matter."""
    await put(outbox, moved(2, 1))
    async with Relay(outbox, Recording(refused={"counters:[2]"}), options=FAST).running() as relay:
        await until_empty(relay)
    await outbox.discard(await outbox.dead_letters())
    assert await outbox.dead_letters() == []
