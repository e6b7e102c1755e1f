"""Who hears of a signal: connected once each, checked when they are connected, called in order.

    with order_paid.connected(seen.append):
        ...

A signal keeps its receivers alive: a lambda or a method of an object hears until it is disconnected.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Hashable, Iterable
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

from portico.errors import ConfigurationError

from .deliveries import deliveries
from .delivery import Delivery

E = TypeVar("E")
Late: TypeAlias = tuple[Callable[[], E], type[Any], Hashable]
"""An event for later: what makes it, its subject, and the thread of events in which the order is kept."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """One connection; two are the same when they call the same for the same subject at the same moment."""

    call: Callable[[Any], Any]
    of: type[Any] | None
    later: bool
    name: str = field(compare=False)
    said: bool = field(compare=False)
    """Whether the name was given, and not taken from the function."""

    def hears(self, subject: type[Any]) -> bool:
        """Whether events about this class concern it; those about a subclass do."""
        return self.of is None or issubclass(subject, self.of)


class AnySignal(Generic[E]):
    """What every signal does, whatever its ``connect`` looks like to a type checker."""

    def __init__(self, name: str, *, event: str = "event") -> None:
        self.name = name
        self._event = event
        self._on_change: Callable[[], None] | None = None
        # Replaced and never changed, so that a receiver may connect and disconnect while it is called.
        self._receivers: tuple[Receiver, ...] = ()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call this whenever a receiver has come or gone; for whoever sends the signal."""
        self._on_change = callback

    def disconnect(self, receiver: Callable[[Any], Any], /, *, of: type[Any] | None = None) -> bool:
        """Call this no longer, nowhere or only not for ``of``; gives whether it was connected."""
        kept = tuple(
            one for one in self._receivers if one.call != receiver or (of is not None and one.of is not of)
        )
        gone = len(kept) < len(self._receivers)
        self._replace(kept)
        return gone

    @property
    def receivers(self) -> tuple[Receiver, ...]:
        """All of them, in the order in which they were connected."""
        return self._receivers

    def has_receivers(self, subject: type[Any], *, later: bool | None = None) -> bool:
        """Whether anybody hears of events about this class; ``later`` asks for one kind of receivers only."""
        return any(one.hears(subject) and later in (None, one.later) for one in self._receivers)

    async def tell(self, event: E, subject: type[Any]) -> None:
        """Call those who hear at once, in order; what one raises ends it and passes on."""
        for call in _calls(one for one in self._receivers if not one.later and one.hears(subject)):
            answer = call(event)
            if inspect.isawaitable(answer):
                await answer

    def tell_later(self, events: Iterable[Late[E]], *, context: Context | None = None) -> None:
        """Call the others in tasks of their own, soon; waits for nothing and raises nothing."""
        late = [one for one in self._receivers if one.later]
        if not late:
            return
        around = copy_context() if context is None else context
        deliveries.put(
            Delivery(
                name=f"{self.name} → {one.name}",
                call=one.call,
                make=make,
                context=around,
                lane=None if thread is None else (id(one), thread),
            )
            for make, subject, thread in events
            for one in _once([one for one in late if one.hears(subject)])
        )

    def _connect(
        self, receiver: Callable[[Any], Any] | None, *, of: type[Any] | None, name: str | None, later: bool
    ) -> Any:
        if of is not None and not isinstance(of, type):  # pyright: ignore[reportUnnecessaryIsInstance] -- said by people
            raise ConfigurationError(
                f"{self.name}.connect(of=…) got {of!r}.", hint="Name a class: of=Post, not its name or a row."
            )
        if receiver is None:
            return partial(self._connect, of=of, name=name, later=later)
        self._check(receiver)
        called = getattr(receiver, "__qualname__", None) or repr(receiver)
        made = Receiver(receiver, of, later, name or str(called), said=name is not None)
        others = [one for one in self._receivers if not _replaces(made, one)]
        if made not in others:
            self._replace((*others, made))
        return receiver

    @contextmanager
    def _connected(
        self, receiver: Callable[[Any], Any], *, of: type[Any] | None, later: bool
    ) -> Generator[None]:
        before = self._receivers
        self._connect(receiver, of=of, name=None, later=later)
        added = [one for one in self._receivers if one not in before]
        try:
            yield
        finally:
            self._replace(tuple(one for one in self._receivers if one not in added))

    def _check(self, receiver: object) -> None:
        expected = f"Expected: async def receiver(event: {self._event}) -> None, or the same with def."
        if isinstance(receiver, type) or not callable(receiver):
            raise ConfigurationError(f"{self.name} cannot call {receiver!r}.", hint=expected)
        if inspect.isgeneratorfunction(receiver) or inspect.isasyncgenfunction(receiver):
            raise ConfigurationError(
                f"{self.name} cannot call {receiver!r}: calling a generator runs nothing.", hint=expected
            )
        try:
            inspect.signature(receiver).bind(object())
        except ValueError:
            return  # a builtin that does not tell what it takes
        except TypeError as error:
            raise ConfigurationError(
                f"{self.name} cannot call {receiver!r} with one event ({error}).", hint=expected
            ) from error

    def _replace(self, receivers: tuple[Receiver, ...]) -> None:
        changed, self._receivers = receivers != self._receivers, receivers
        if changed and self._on_change is not None:
            self._on_change()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def _replaces(made: Receiver, one: Receiver) -> bool:
    """A receiver of a name takes the place of the one before: a module that is imported again."""
    return made.said and one.said and made.name == one.name and made != one


def _once(receivers: Iterable[Receiver]) -> list[Receiver]:
    """A receiver that is connected for a class and for its base hears of an event once."""
    found: list[Receiver] = []
    for receiver in receivers:
        if all(one.call != receiver.call for one in found):
            found.append(receiver)
    return found


def _calls(receivers: Iterable[Receiver]) -> list[Callable[[Any], Any]]:
    return [one.call for one in _once(receivers)]
