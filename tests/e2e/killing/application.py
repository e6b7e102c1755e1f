"""An application that writes until it is killed, and says what was committed.

    python -m tests.e2e.killing.application URL

Each line is the key of a note whose unit has been committed: from then on it must not be lost.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from uuid import uuid4

from tests.e2e.killing.world import COUNTERS, Counter, Note

from portico.db.outbox import Outbox
from portico.db.session import Database, atomic
from portico.errors import RetryableError, TimedOutError

WRITERS = 4


class ChangeOfMindError(Exception):
    """What rolls some units back."""


async def write_until_killed(url: str) -> None:
    """Several tasks, as in a server."""
    async with Database(url) as database:
        Outbox(database, models=[Note]).include(Counter, values=True)
        await asyncio.gather(*(_write(database) for _ in range(WRITERS)))


async def _write(database: Database) -> None:
    while True:
        key = uuid4().hex
        try:
            await _unit(database, key)
        except (ChangeOfMindError, RetryableError, TimedOutError):
            continue
        os.write(sys.stdout.fileno(), f"{key}\n".encode())
        await asyncio.sleep(random.random() * 0.02)


async def _unit(database: Database, key: str) -> None:
    async with atomic(database):
        await Note.create(id=key)
        counter = await Counter.filter(id=random.randrange(COUNTERS)).lock().get()
        counter.value += 1
        await counter.save()
        await asyncio.sleep(random.random() * 0.01)
        if random.random() < 0.1:
            raise ChangeOfMindError


if __name__ == "__main__":
    asyncio.run(write_until_killed(sys.argv[1]))
