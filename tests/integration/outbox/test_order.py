"""Whatever the order in which transactions commit, none is skipped and the changes of a row come in order.

A relay that asks for what is above the last number it saw loses those that commit late: 978 of 2,000 in the
research for this project. The random pauses are what these tests are about, not a way to synchronise.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.changes import RowChange, Watcher, unwatch, watch
from portico.db.outbox import Outbox, Relay
from portico.db.query import F
from portico.db.session import Database, Unit, atomic, isolated, run
from portico.errors import RetryableError, TimedOutError
from tests.integration.outbox.stage import FAST, Counter, Recording, documents, moved, put, until_empty

WRITERS, TURNS, ROWS = 20, 25, 10


class Undone(Exception):
    """What rolls a unit back."""


class Late(Watcher):
    """Comes after the outbox: its row is written, and the commit takes its time, or never comes."""

    def __init__(self, database: Database) -> None:
        self.draw = random.Random(7)
        self.longest = 0.02 if database.capabilities.concurrent_writers else 0.001

    def wants(self, model: type[Any]) -> bool:
        """The counters."""
        return model is Counter

    async def before_commit(self, unit: Unit, changes: Sequence[RowChange]) -> None:  # noqa: ARG002 -- the protocol's
        """Wait for a random while, then refuse some."""
        await asyncio.sleep(self.draw.random() * self.longest)
        if changes[0].kind == "update" and self.draw.random() < 0.2:
            raise Undone


@pytest.fixture
def late(db: Database, outbox: Outbox) -> Iterator[None]:
    """Commits that come in any order."""
    outbox.include(Counter, values=True)
    watcher = Late(db)
    watch(watcher)
    yield
    unwatch(watcher)


async def test_twenty_writers_lose_nothing(db: Database, outbox: Outbox, late: None) -> None:
    """Every committed value of every row is published once, in order, and none that was rolled back."""
    await run(db, sa.insert(Counter), [{"id": row, "value": 0} for row in range(ROWS)])
    backend = Recording()
    async with Relay(outbox, backend, options=FAST).running() as relay:
        await asyncio.gather(*(counts_up(db, random.Random(seed)) for seed in range(WRITERS)))
        await until_empty(relay)
    published = defaultdict[int, list[int]](list)
    for document in documents(backend.sent):
        published[document["key"][0]].append(document["after"]["value"])
    rows = await db.fetch_all("SELECT id, value FROM counters")
    assert published == {row["id"]: list(range(row["value"] + 1)) for row in rows}
    assert sum(row["value"] for row in rows) > WRITERS * TURNS / 2


async def counts_up(database: Database, draw: random.Random) -> None:
    """One writer: adds one to one or two rows, in units of its own."""
    for _ in range(TURNS):
        try:
            async with atomic(database):
                for key in sorted(draw.sample(range(ROWS), draw.choice([1, 2]))):
                    await Counter.filter(id=key).update(value=F("value") + 1)
        except (Undone, RetryableError, TimedOutError):
            continue


@pytest.mark.requires("concurrent_writers")
async def test_a_late_commit_is_found(db: Database, outbox: Outbox) -> None:
    """Its number was taken first, and what came after it was published before it was there."""
    backend = Recording()
    async with Relay(outbox, backend, options=FAST).running() as relay:
        async with atomic(db) as unit:
            await outbox.before_commit(unit, [moved(1, 1)])
            with isolated():
                await put(outbox, moved(2, 1))
                await until_empty(relay)
            assert backend.keys == ["counters:[2]"]
        await until_empty(relay)
    assert backend.keys == ["counters:[2]", "counters:[1]"]
