"""A signal of the application's own: somebody says what happened, and others hear of it.

    @dataclass(frozen=True)
    class OrderPaid:
        number: int

    order_paid = Signal[OrderPaid]("order_paid")

    @order_paid.connect
    async def thank(event: OrderPaid) -> None: ...

    await order_paid.send(OrderPaid(7))

Receivers are called in the order in which they were connected; what one of them raises ends the sending and
reaches the sender. One that is connected with ``later=True`` runs in a task of its own, and nothing of it
reaches the sender. Raises `ConfigurationError` for a receiver that cannot be called with one event.
Guide: docs/how-to/signals.md. Room: no SQL, no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar, overload

from .receivers import AnySignal

E = TypeVar("E")
F = TypeVar("F")
R = TypeVar("R")


class Signal(AnySignal[E], Generic[E]):
    """A typed event inside the process; ``of`` narrows a receiver to one class of events."""

    @overload
    def connect(
        self, receiver: Callable[[E], R], /, *, name: str | None = None, later: bool = False
    ) -> Callable[[E], R]: ...

    @overload
    def connect(
        self, receiver: Callable[[F], R], /, *, of: type[F], name: str | None = None, later: bool = False
    ) -> Callable[[F], R]: ...

    @overload
    def connect(
        self, /, *, of: type[F], name: str | None = None, later: bool = False
    ) -> Callable[[Callable[[F], R]], Callable[[F], R]]: ...

    @overload
    def connect(
        self, /, *, name: str | None = None, later: bool = False
    ) -> Callable[[Callable[[E], R]], Callable[[E], R]]: ...

    def connect(
        self,
        receiver: Callable[[Any], Any] | None = None,
        /,
        *,
        of: type[Any] | None = None,
        name: str | None = None,
        later: bool = False,
    ) -> Any:
        """Call this with every event from now on; also a decorator, with or without arguments."""
        return self._connect(receiver, of=of, name=name, later=later)

    def connected(
        self, receiver: Callable[[Any], Any], /, *, of: type[Any] | None = None, later: bool = False
    ) -> AbstractContextManager[None]:
        """Connect for the time of a block, and leave everything as it was before; for tests."""
        return self._connected(receiver, of=of, later=later)

    async def send(self, event: E) -> None:
        """Tell the receivers, one after the other; those for later are told when all others have heard."""
        await self.tell(event, type(event))
        self.tell_later([(lambda: event, type(event), None)])
