"""Sequences of steps, drawn at random and played one after the other on one database.

    play_many("sqlite:////tmp/x.db", number=300, seed=7)

Each sequence follows from the seed and its number alone. One that diverges is made as short as it can be, and
the failure shows it step by step.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from portico.db.changes import ChangeFeed
from portico.db.scoping import unscoped
from portico.db.session import Database

from . import links, many_rows, one_row, reads, sessions
from .checking import compare, empty, populate
from .models import METADATA, MODELS
from .stage import DivergedError, Stage

LONGEST, NUMBERS = 30, 8
OPERATIONS: dict[str, Any] = {
    name: operation
    for family in (reads, one_row, many_rows, links, sessions)
    for name, operation in family.OPERATIONS.items()
}
BLOCKS = ("unit", "unit", "unit", "session", "session", "leave", "leave", "leave", "give_up")
OFTEN = (
    "fetch",
    "fetch",
    "fetch",
    "save",
    "save",
    "save",
    "create",
    "create",
    "delete",
    "restore",
    "link",
    "alter",
    "update_rows",
)
KINDS = (*sorted(OPERATIONS), *OFTEN, *OFTEN, *BLOCKS)

Step: TypeAlias = tuple[str, tuple[int, ...]]
Steps: TypeAlias = Sequence[Step]


def drawn(seed: int, number: int) -> Steps:
    """The sequence of this number."""
    chance = random.Random(f"{seed}/{number}")
    return [
        (chance.choice(KINDS), tuple(chance.randrange(60) for _ in range(NUMBERS)))
        for _ in range(chance.choice((LONGEST, chance.randint(1, LONGEST))))
    ]


async def play(database: Database, engine: AsyncEngine, sequence: Steps) -> None:
    """One sequence on a database of which nothing is left but a few rows; raises what diverges."""
    await empty(engine)
    stage = Stage(database, OPERATIONS)
    before = await populate(engine, stage.reference)
    try:
        async with AsyncExitStack() as stack:
            with unscoped():
                feed = await stack.enter_async_context(ChangeFeed(*MODELS, size=100_000))
            await stage.play(sequence)
            await compare(database, engine, feed, stage.reference, before)
    except BaseException as error:
        error.add_note("\n".join(stage.told))
        raise


async def play_all(url: str, *, number: int, seed: int, first: int = 0) -> None:
    """So many sequences from the first on."""
    async with Database(url) as database:
        await database.create_tables(METADATA)
        engine = create_async_engine(database.url)

        async def failure(sequence: Steps) -> Exception | None:
            try:
                await play(database, engine, sequence)
            except Exception as error:
                return error
            return None

        try:
            with database.use():
                for which in range(first, first + number):
                    if await failure(drawn(seed, which)) is not None:
                        short = await _shortened(drawn(seed, which), failure)
                        place = f"seed {seed}, sequence {which}, in short: {short}"
                        raise DivergedError(place) from await failure(short)
        finally:
            await engine.dispose()


def play_many(url: str, *, number: int, seed: int, first: int = 0) -> None:
    """The same for whoever runs no loop."""
    asyncio.run(play_all(url, number=number, seed=seed, first=first))


async def _shortened(sequence: Steps, failure: Callable[[Steps], Awaitable[Exception | None]]) -> Steps:
    """The sequence without what it can do without."""
    found = list(sequence)
    again = True
    while again:
        again = False
        for shorter in _shorter(found):
            if await failure(shorter) is not None:
                found, again = shorter, True
                break
    return found


def _shorter(sequence: list[Step]) -> Iterator[list[Step]]:
    """Without some of its steps, then with smaller numbers in one of them."""
    size = len(sequence) // 2
    while size:
        for start in range(len(sequence) - size, -1, -1):
            yield sequence[:start] + sequence[start + size :]
        size //= 2
    for at, (name, numbers) in enumerate(sequence):
        for place, number in enumerate(numbers):
            for smaller in {0, number % 2, number % 3} - {number}:
                if smaller < number:
                    fewer = (*numbers[:place], smaller, *numbers[place + 1 :])
                    yield [*sequence[:at], (name, fewer), *sequence[at + 1 :]]
