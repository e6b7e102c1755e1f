"""Events and small parts that the tests of signals share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True)
class Paid:
    """Something was paid."""

    number: int = 1


class PaidTwice(Paid):
    """A special case of it."""


@dataclass(frozen=True)
class Sent:
    """Something else happened."""


class Gate:
    """Receivers wait here until the test lets them through; the test waits until they have come."""

    def __init__(self) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    async def wait(self, _event: object = None) -> None:
        """Come, and wait to be let through."""
        self.reached.set()
        await self.open.wait()
