"""Do something for real, and undo it: what would come of it?

    made = await rehearse(lambda: create(...), database=db)      # nothing of it is stored

Everything runs as it would, with constraints that are looked at only when a transaction commits (where the
database can be asked to look now); then the unit is rolled back. Nothing that waits for a commit is called.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import sqlalchemy as sa

from .atomic import atomic
from .database import Database
from .run import run
from .unit import current_unit

T = TypeVar("T")


class _UndoneError(Exception):
    """Carries a result out of the unit that it rolls back."""


async def rehearse(work: Callable[[], Awaitable[T]], *, database: Database, retries: int = 0) -> T:
    """What work gives; what it did is undone."""
    found: list[T] = []

    async def attempt() -> None:
        found[:] = [await work()]
        if (unit := current_unit(database)) is not None:
            await unit.flush()
            await unit.before_commit()
        if database.dialect_name == "postgresql":
            await run(database, sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
        raise _UndoneError

    with suppress(_UndoneError):
        await atomic.run(attempt, database=database, retries=retries)
    return found[0]
