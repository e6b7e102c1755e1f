"""Keys are claimed once, and answers live and die with the unit that wrote them."""

from __future__ import annotations

import asyncio

import pytest

from portico.db.idempotency import (
    METADATA,
    Answer,
    KeyTakenError,
    answer_of,
    claim,
    forget_before,
    has_table,
    keep,
)
from portico.db.reflection import reflect
from portico.db.session import Database, atomic

KEY, PRINT = "k" * 64, "f" * 64


@pytest.fixture
async def store(db: Database) -> Database:
    """A database with the table."""
    await db.create_tables(METADATA)
    return db


async def test_whether_there_is_a_table_is_asked_until_there_is(db: Database) -> None:
    """It may be created while the application runs."""
    assert not await has_table(db)
    await db.create_tables(METADATA)
    assert await has_table(db)


async def test_an_answer_comes_back_as_it_was_kept(store: Database) -> None:
    """Bytes are bytes, whatever they are, and as many as there are."""
    body = bytes(range(256)) * 1000
    async with atomic(store):
        await claim(store, KEY, PRINT, 7)
        await keep(store, KEY, Answer(status=201, headers='[["a", "ü"]]', body=body))
    found = await answer_of(store, KEY)
    assert found == Answer(status=201, headers='[["a", "ü"]]', body=body, fingerprint=PRINT, claimed_at=7)


async def test_a_key_is_claimed_once(store: Database) -> None:
    """The second unit ends, and what it did with it."""
    async with atomic(store):
        await claim(store, KEY, PRINT, 7)
    with pytest.raises(KeyTakenError):
        async with atomic(store):
            await claim(store, KEY, PRINT, 8)
    found = await answer_of(store, KEY)
    assert found is not None
    assert found.claimed_at == 7


async def test_a_unit_that_rolls_back_gives_its_key_away(store: Database) -> None:
    """The one that waited for it does the work."""
    claimed = asyncio.Event()

    async def first() -> None:
        async with atomic(store):
            await claim(store, KEY, PRINT, 7)
            claimed.set()
            await asyncio.sleep(0.1)
            raise LookupError

    async def second() -> None:
        await claimed.wait()
        async with atomic(store):
            await claim(store, KEY, PRINT, 8)

    results = await asyncio.gather(first(), second(), return_exceptions=True)
    assert [type(one) for one in results] == [LookupError, type(None)]
    found = await answer_of(store, KEY)
    assert found is not None
    assert found.claimed_at == 8


async def test_old_answers_are_forgotten_and_young_ones_are_not(store: Database) -> None:
    """One key, or all; the age is asked either way."""
    for number in range(4):
        async with atomic(store):
            await claim(store, f"{number}" * 64, PRINT, number)
    await forget_before(store, 2)
    await forget_before(store, 2, "3" * 64)
    there = [number for number in range(4) if await answer_of(store, f"{number}" * 64)]
    assert there == [2, 3]


async def test_kept_answers_are_not_reflected(store: Database) -> None:
    """Whoever serves a whole database must not serve what others were answered."""
    assert not (await reflect(store)).classes
