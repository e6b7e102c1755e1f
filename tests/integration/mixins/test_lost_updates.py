"""Nobody's change is lost: many tasks read, think and write the same row, and each gets through.

PORTICO_TEST_TASKS and PORTICO_TEST_ROUNDS say how many; the long form is 20 tasks with 25 rounds.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from portico.db.session import Database, atomic
from tests.integration.mixins.notes import Base, Note

TASKS = int(os.environ.get("PORTICO_TEST_TASKS", "8"))
ROUNDS = int(os.environ.get("PORTICO_TEST_ROUNDS", "6"))
MOST = 400
"""Attempts of one unit, of which the unlucky need many while everybody writes one row."""


@dataclass
class Tally:
    """What it took."""

    attempts: int = 0
    worst: int = 0
    started: float = field(default_factory=time.perf_counter)

    def told(self, db: Database) -> str:
        """The figures, for whoever runs the long form."""
        wanted, spent = TASKS * ROUNDS, time.perf_counter() - self.started
        return (
            f"{db.dialect_name}: {wanted} writes, {self.attempts} attempts "
            f"(worst of one: {self.worst}), {spent:.1f} s"
        )


@pytest.fixture(autouse=True)
async def note(db: Database) -> Note:
    """The row that everybody wants."""
    await db.create_tables(Base.metadata)
    return await Note.create(slug="a")


async def _adds_one(tally: Tally) -> None:
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        one = await Note.get(1)
        await asyncio.sleep(0.001)
        await one.update(likes=one.likes + 1)

    for _ in range(ROUNDS):
        tries = 0
        await atomic.run(work, retries=MOST)
        tally.attempts += tries
        tally.worst = max(tally.worst, tries)


async def test_all_writes_of_many_tasks_are_there(
    db: Database, record_property: Callable[[str, object], None]
) -> None:
    """Without versions nine of ten are lost; with them all who retry finish, in a bounded time."""
    tally = Tally()
    async with asyncio.timeout(10 + TASKS * ROUNDS * 0.2), asyncio.TaskGroup() as group:
        for _ in range(TASKS):
            group.create_task(_adds_one(tally))
    record_property("figures", tally.told(db))
    stored = await Note.get(1)
    assert (stored.likes, stored.version) == (TASKS * ROUNDS, TASKS * ROUNDS + 1)


async def test_increments_need_no_retry(db: Database) -> None:
    """What is computed where it stands collides with nobody."""

    async def add() -> None:
        one = await Note.get(1)
        for _ in range(ROUNDS):
            await one.increment("likes")

    await asyncio.gather(*(add() for _ in range(TASKS)))
    assert (await Note.get(1)).likes == TASKS * ROUNDS
