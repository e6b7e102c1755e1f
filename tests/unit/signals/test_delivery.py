"""Receivers that nobody waits for: nothing that they do fails or stalls the sender."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from portico.errors import TimedOutError, UsageError
from portico.signals import Deliveries, Delivery, DeliveryOptions, Signal, counts, drain
from tests.unit.signals.events import Gate, Paid


@pytest.fixture
def paid() -> Signal[Any]:
    """A signal of the test's own."""
    return Signal[Any]("paid")


@pytest.fixture(autouse=True)
async def _nothing_is_left() -> AsyncIterator[None]:
    """What a test leaves running would be counted by the next."""
    yield
    await drain(5)


def delivery(call: Any, event: object = None, lane: object = None) -> Delivery:
    """An event for a receiver."""
    return Delivery(name="test", call=call, make=lambda: event, context=contextvars.copy_context(), lane=lane)


async def fail(_event: object) -> None:
    """Fail as code does."""
    raise RuntimeError("failed")


async def leave(_event: object) -> None:
    """Try to end the process."""
    raise SystemExit(3)


async def cancelled(_event: object) -> None:
    """Raise what only a cancellation should."""
    raise asyncio.CancelledError


async def cancel_itself(_event: object) -> None:
    """Cancel the task that it runs in."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.Event().wait()


def waited_for(event: threading.Event, _event: object) -> None:
    """Hold a thread until the test is done with it."""
    event.wait(30)


def leave_a_thread(_event: object) -> None:
    """Try to end the process from a thread."""
    raise SystemExit(3)


@pytest.mark.parametrize("receiver", [fail, leave, cancelled, cancel_itself, leave_a_thread])
async def test_a_failure_is_logged_and_counted_and_reaches_nobody(
    paid: Signal[Any], receiver: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """SystemExit out of a task would end the loop; a receiver behind it still hears."""
    before, heard = counts(), list[Any]()
    paid.connect(receiver, later=True)
    paid.connect(heard.append, later=True)
    await paid.send(Paid())
    await drain(5)
    assert heard == [Paid()]
    assert counts().failed == before.failed + 1
    assert f"paid → {receiver.__name__} failed" in caplog.text


async def test_the_sender_waits_for_nobody(paid: Signal[Any]) -> None:
    """The receiver is still waiting when the sender goes on."""
    gate = Gate()
    paid.connect(gate.wait, later=True)
    await paid.send(Paid())
    assert not gate.reached.is_set()
    await gate.reached.wait()
    assert counts().running == 1
    gate.open.set()


async def test_a_plain_function_that_blocks_blocks_its_own_thread(paid: Signal[Any]) -> None:
    """On the loop it would stall every request of the process."""
    blocked, release = threading.Event(), threading.Event()

    def block(_event: object) -> None:
        blocked.set()
        release.wait(30)

    paid.connect(block, later=True)
    await paid.send(Paid())
    assert await asyncio.to_thread(blocked.wait, 30)
    release.set()


async def test_a_plain_function_may_give_a_coroutine(paid: Signal[Any]) -> None:
    """A lambda around an async function is what people write."""
    heard: list[Any] = []
    loop = asyncio.get_running_loop()

    async def hear(event: Paid) -> None:
        heard.append((event, asyncio.get_running_loop()))

    paid.connect(partial(hear), later=True)
    paid.connect(lambda event: hear(Paid(event.number + 1)), later=True)
    await paid.send(Paid())
    await drain(5)
    assert sorted(heard, key=lambda pair: pair[0].number) == [(Paid(1), loop), (Paid(2), loop)]


async def test_a_receiver_sees_the_context_of_the_sender(paid: Signal[Any]) -> None:
    """Its tenant and its actor, as they were; what it sets there is its own."""
    variable, seen = contextvars.ContextVar("variable", default="none"), list[str]()

    async def on_the_loop(_event: object) -> None:
        seen.append(variable.get())
        variable.set("other")

    def in_a_thread(_event: object) -> None:
        seen.append(variable.get())

    paid.connect(on_the_loop, later=True)
    paid.connect(in_a_thread, later=True)
    variable.set("tenant")
    await paid.send(Paid())
    variable.set("later")
    await drain(5)
    assert seen == ["tenant", "tenant"]


async def test_events_of_one_lane_keep_their_order() -> None:
    """The second may not overtake the first, however slow that is; others go on."""
    house, gate, heard = Deliveries(), Gate(), list[str]()

    async def first(_event: object) -> None:
        await gate.wait()
        heard.append("first")

    async def hear(event: str) -> None:
        heard.append(event)
        if event == "other":
            gate.open.set()

    house.put([delivery(first, lane=1), delivery(hear, "second", lane=1), delivery(hear, "other", lane=2)])
    await house.drain(5)
    assert heard == ["other", "first", "second"]


async def test_only_so_many_run_at_once() -> None:
    """The others wait for their turn."""
    house, gate, running = Deliveries(DeliveryOptions(at_once=2)), Gate(), list[object]()

    async def run(event: object) -> None:
        running.append(event)
        await gate.wait()

    house.put([delivery(run, n) for n in range(5)])
    await gate.reached.wait()
    assert (running, house.counts().waiting) == ([0, 1], 3)
    gate.open.set()
    await house.drain(5)
    assert running == [0, 1, 2, 3, 4]


async def test_too_much_is_dropped_whole_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """What comes together is heard together or not at all; a log that fills up helps nobody."""
    house, heard = Deliveries(DeliveryOptions(waiting=2)), list[Any]()

    async def hear(event: object) -> None:
        heard.append(event)

    house.put([delivery(hear, n) for n in range(3)])
    for _ in range(2):
        house.put([delivery(hear, "dropped"), delivery(hear, "dropped")])
    await house.drain(5)
    house.put([delivery(hear, 3)])
    await house.drain(5)
    assert heard == [0, 1, 2, 3]
    assert house.counts().dropped == 4
    assert caplog.text.count("Too much waits") == 1


async def test_one_that_takes_too_long_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    """Its place is free for the next."""
    house, gate = Deliveries(DeliveryOptions(at_once=1, seconds=0.01)), Gate()
    house.put([delivery(gate.wait), delivery(gate.wait)])
    await house.drain(5)
    assert house.counts().late == 2
    assert "took longer" in caplog.text


async def test_a_thread_that_does_not_end_keeps_its_place() -> None:
    """A thread cannot be ended; without this there would be more of them with every event."""
    house, release = Deliveries(DeliveryOptions(at_once=1, seconds=0.01)), threading.Event()
    house.put([delivery(partial(waited_for, release)), delivery(fail)])
    while not house.counts().late:  # noqa: ASYNC110 -- a count is no event
        await asyncio.sleep(0)
    assert (house.counts().running, house.counts().waiting) == (1, 1)
    release.set()
    await house.drain(5)
    assert house.counts().failed == 1


async def test_drain_names_what_still_runs() -> None:
    """A shutdown that hangs without a word is the worst kind."""
    house, gate = Deliveries(), Gate()
    house.put([delivery(gate.wait)])
    with pytest.raises(TimedOutError, match=r"Receivers still run: test; 0 wait"):
        await house.drain(0.01)
    gate.open.set()
    await house.drain(5)


async def test_a_receiver_cannot_wait_for_itself(paid: Signal[Any], caplog: pytest.LogCaptureFixture) -> None:
    """It would wait for ever."""

    async def wait(_event: object) -> None:
        await drain()

    paid.connect(wait, later=True)
    await paid.send(Paid())
    await drain(5)
    assert UsageError.__name__ in caplog.text


async def test_drain_waits_for_what_receivers_send() -> None:
    """One event leads to the next."""
    signal, heard = Signal[int]("count"), list[int]()

    async def count_down(number: int) -> None:
        heard.append(number)
        if number:
            await signal.send(number - 1)

    signal.connect(count_down, later=True)
    await signal.send(3)
    await drain(5)
    assert heard == [3, 2, 1, 0]


async def test_closing_drops_what_waits(caplog: pytest.LogCaptureFixture) -> None:
    """The end of an application is said, and does not hang."""
    house, gate = Deliveries(DeliveryOptions(at_once=1)), Gate()
    house.put([delivery(gate.wait), delivery(gate.wait)])
    await gate.reached.wait()
    await house.finish(0.01)
    assert not house.counts().running
    assert house.counts().dropped == 1
    assert "Receivers still run: test; 1 wait" in caplog.text


def test_the_end_of_the_loop_ends_them(caplog: pytest.LogCaptureFixture) -> None:
    """`asyncio.run` cancels all tasks; none may be begun after that."""
    house, gate = Deliveries(DeliveryOptions(at_once=1)), Gate()

    async def application() -> None:
        house.put([delivery(gate.wait), delivery(gate.wait)])
        await gate.reached.wait()

    asyncio.run(application())
    assert house.counts().running == 0
    assert "1 deliveries" in caplog.text
