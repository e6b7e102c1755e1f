"""One event for one receiver that nobody waits for, and how such deliveries are limited and counted."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextvars import Context
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """How much may run and wait, and how long one receiver may take."""

    at_once: int = 16
    waiting: int = 10_000
    seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """What became of deliveries; ``late`` ones took too long, ``dropped`` ones never began."""

    delivered: int = 0
    failed: int = 0
    late: int = 0
    dropped: int = 0
    waiting: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Delivery:
    """One event for one receiver; the event is made when its turn has come.

    Deliveries of one lane run one after the other; one without a lane waits for no other.
    """

    name: str
    call: Callable[[Any], Any]
    make: Callable[[], Any]
    context: Context
    lane: Hashable = None
