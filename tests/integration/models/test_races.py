"""Many callers who want the same row, each made or found once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from portico.db.engine import TimeoutOptions
from portico.db.session import Database, atomic
from portico.errors import UnknownNameError
from tests.integration.models.shop import Owner

CALLERS = 16


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """One whose locks are waited for: all callers queue for one row, which takes time on a busy machine."""
    async with Database(url, timeouts=TimeoutOptions(lock=60, statement=60)) as database:
        with database.use():
            yield database


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this folder's models."""
    await db.create_tables(Owner.metadata)


async def test_update_or_create_needs_no_retries_outside_of_a_unit(db: Database) -> None:
    """Losing the race on the key must not end in a deadlock with the others who lost it."""
    calls = (Owner.update_or_create(username="ann", defaults={"points": n}) for n in range(CALLERS))
    found = await asyncio.gather(*calls)
    assert sum(made for _, made in found) == 1
    assert await Owner.count() == 1


async def test_what_get_or_create_found_can_be_changed_in_the_same_unit(db: Database) -> None:
    """Everybody adds one to the row that one of them has made."""

    async def add_one() -> None:
        owner, _ = await Owner.get_or_create(username="ann")
        await owner.update(points=Owner.points + 1)

    await asyncio.gather(*(atomic.run(add_one, retries=9) for _ in range(8)))
    assert (await Owner.get(username="ann")).points == 8


async def test_defaults_are_checked_also_when_the_row_is_there(db: Database) -> None:
    """A misspelt name would be found only on the day the row is missing; or change nothing, silently."""
    await Owner.create(username="ann")
    with pytest.raises(UnknownNameError, match="points"):
        await Owner.get_or_create(username="ann", defaults={"point": 3})
    with pytest.raises(UnknownNameError, match="points"):
        await Owner.update_or_create(username="ann", defaults={"point": 3})
