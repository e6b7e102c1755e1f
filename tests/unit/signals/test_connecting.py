"""Who hears of a signal, and who cannot be connected."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import pytest

from portico.errors import ConfigurationError
from portico.signals import Signal, drain
from tests.unit.signals.events import Paid, PaidTwice, Sent


@pytest.fixture
def paid() -> Signal[Any]:
    """A signal of the test's own."""
    return Signal[Any]("paid", event="Paid")


async def test_receivers_hear_in_the_order_in_which_they_came(paid: Signal[Any]) -> None:
    """With or without await: the order is the one that was written down."""
    heard: list[str] = []

    @paid.connect
    async def first(_event: Paid) -> None:
        heard.append("first")

    @paid.connect(name="second")
    def second(_event: Paid) -> None:
        heard.append("second")

    await paid.send(Paid())
    assert heard == ["first", "second"]
    assert [one.name for one in paid.receivers][1] == "second"


async def test_connected_twice_is_heard_once(paid: Signal[Any]) -> None:
    """A module that is imported twice must not send two letters; nor must a class and its base."""
    heard: list[Any] = []
    for _ in range(2):
        paid.connect(heard.append, of=Paid)
    paid.connect(heard.append, of=PaidTwice)
    await paid.send(PaidTwice())
    assert len(heard) == 1


async def test_a_name_is_taken_over(paid: Signal[Any]) -> None:
    """The functions of a module that is loaded again are others under the same name."""
    old: list[Any] = []
    new: list[Any] = []
    paid.connect(old.append, name="letter")
    paid.connect(new.append, name="letter")
    await paid.send(Paid())
    assert (len(old), len(new)) == (0, 1)


async def test_of_means_a_class_and_its_subclasses(paid: Signal[Any]) -> None:
    """As isinstance would say."""
    heard: list[Any] = []
    paid.connect(heard.append, of=Paid)
    for event in (Paid(), PaidTwice(), Sent()):
        await paid.send(event)
    assert [type(event) for event in heard] == [Paid, PaidTwice]


async def test_a_receiver_that_nobody_else_holds_is_kept(paid: Signal[Any]) -> None:
    """Held weakly, a lambda would be gone before the first event, without a word."""
    heard: list[Any] = []
    paid.connect(lambda event: heard.extend([event]))
    await paid.send(Paid())
    assert heard == [Paid()]


async def test_disconnecting_says_whether_it_was_connected(paid: Signal[Any]) -> None:
    """For one class only, or wherever it is connected."""
    heard: list[Any] = []
    paid.connect(heard.append, of=Paid)
    paid.connect(heard.append, of=Sent)
    assert paid.disconnect(heard.append, of=Paid)
    await paid.send(Paid())
    await paid.send(Sent())
    assert heard == [Sent()]
    assert [paid.disconnect(heard.append), paid.disconnect(heard.append)] == [True, False]


async def test_a_block_leaves_everything_as_it_was(paid: Signal[Any]) -> None:
    """A test that fails must not leave its receiver to the next one."""
    heard: list[Any] = []
    paid.connect(heard.append)
    with pytest.raises(RuntimeError), paid.connected(heard.append), paid.connected(_refuse):
        await paid.send(Paid())
    await paid.send(Paid())
    assert len(heard) == 2


async def test_a_receiver_may_disconnect_itself(paid: Signal[Any]) -> None:
    """Once is a common wish; the others hear of the event all the same."""
    heard: list[Any] = []

    def once(event: Paid) -> None:
        paid.disconnect(once)
        heard.append(event)

    paid.connect(once)
    paid.connect(heard.append)
    await paid.send(Paid())
    assert len(heard) == 2


async def test_what_a_receiver_raises_ends_the_sending(paid: Signal[Any]) -> None:
    """It is part of what the sender does; who is to hear later does not, as it may not have happened."""
    heard: list[Any] = []
    paid.connect(_refuse)
    paid.connect(heard.append)
    paid.connect(heard.append, later=True)
    with pytest.raises(RuntimeError, match="refused"):
        await paid.send(Paid())
    await drain(5)
    assert heard == []


def _refuse(_event: object) -> None:
    raise RuntimeError("refused")


def _generator(_event: object) -> Generator[None]:
    yield


def _two(_sender: object, _event: object) -> None: ...


def _named(*, event: object) -> None: ...


@pytest.mark.parametrize(
    "receiver",
    ["text", Paid, _two, _named, _generator, lambda: None, partial(_two, 1, 2)],
    ids=["text", "class", "two", "named", "generator", "lambda", "partial"],
)
def test_what_cannot_hear_is_refused(paid: Signal[Any], receiver: Callable[[Any], Any]) -> None:
    """At the start of the application, and not at the first event; the message shows what is expected."""
    with pytest.raises(ConfigurationError, match=r"paid cannot call .*Expected: .*event: Paid"):
        paid.connect(receiver)
    assert paid.receivers == ()


def test_of_wants_a_class(paid: Signal[Any]) -> None:
    """The name of a class, or a row of it, would never match."""
    wrong: dict[str, Any] = {"of": "Paid"}
    with pytest.raises(ConfigurationError, match="Name a class"):
        paid.connect(print, **wrong)
