"""What an operation costs: round trips, and how many of its statements were compiled ones.

async with costs(db) as cost:
    await cost.of(lambda: Note.get(1))
assert cost.told == [(1, 1)]
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from portico.db.session import Database
from portico.testing.statements import statements

T = TypeVar("T")


@dataclass
class Costs:
    """Of each operation: how often it waited for the database, and how many statements were compiled."""

    database: Database
    compiled: list[str] = field(default_factory=list[str])
    told: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    async def of(self, operation: Callable[[], Awaitable[T]]) -> T:
        """What comes of the operation, whose cost is told at the end of the list."""
        self.compiled.clear()
        async with statements(self.database) as seen:
            found = await operation()
        self.told.append((seen.round_trips, len(self.compiled)))
        return found


@asynccontextmanager
async def costs(database: Database) -> AsyncGenerator[Costs]:
    """Hear compiled statements while the block runs; nobody else tells them from others."""
    found = Costs(database)
    hear: Callable[[str], None] = found.compiled.append
    database.engines.hearers.append(hear)
    try:
        yield found
    finally:
        database.engines.hearers.remove(hear)
