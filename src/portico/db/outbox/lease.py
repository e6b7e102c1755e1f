"""Which relay works: one row with the holder and a number that it counts up.

    lease = Lease(database, seconds=15)
    if await lease.hold(): ...

Clocks are not compared. Whoever waits looks at the number, and takes over when it has stood still for
``seconds`` on his own clock. No connection is pinned, so it works through poolers, too. A holder that was
stopped for so long and wakes up may publish its last rows once more: duplicates with the same ids, and none
out of order, since every relay publishes from the lowest row on.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, cast
from uuid import uuid4

import sqlalchemy as sa

from portico.db.session import Database, run
from portico.errors import DuplicateError

from .tables import LEASE

_NAME = "relay"
_MINE = LEASE.c.name == _NAME


class Lease:
    """One relay's side of it."""

    def __init__(self, database: Database, *, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._me = str(uuid4())
        self._seen: tuple[str | None, int] | None = None
        self._since = 0.0
        self.held = False

    async def hold(self) -> bool:
        """Keep it, or take it where nobody has it; False as long as another one works."""
        now = monotonic()
        if self.held and now - self._since < self._seconds / 3:
            return True
        self.held = await (self._beat() if self.held else self._take(now))
        if self.held:
            self._since = now
            self._seen = None
        return self.held

    async def release(self) -> None:
        """Let the next one begin at once."""
        if self.held:
            self.held = False
            mine = sa.update(LEASE).where(_MINE, LEASE.c.holder == self._me)
            await run(self._database, mine.values(holder=None, beat=LEASE.c.beat + 1))

    async def _beat(self) -> bool:
        mine = sa.update(LEASE).where(_MINE, LEASE.c.holder == self._me)
        return await self._changes(mine.values(beat=LEASE.c.beat + 1))

    async def _take(self, now: float) -> bool:
        state = await self._state()
        if state is None:
            return False
        holder, beat = state
        if holder not in {None, self._me} and not self._stands_still(state, now):
            return False
        same = sa.update(LEASE).where(
            _MINE,
            LEASE.c.beat == beat,
            LEASE.c.holder.is_(None) if holder is None else LEASE.c.holder == holder,
        )
        return await self._changes(same.values(holder=self._me, beat=beat + 1))

    def _stands_still(self, state: tuple[str | None, int], now: float) -> bool:
        if state != self._seen:
            self._seen, self._since = state, now
        return now - self._since >= self._seconds

    async def _state(self) -> tuple[str | None, int] | None:
        # Locked where that is possible: a replica may be behind, and locking statements go to the primary.
        row = (await run(self._database, sa.select(LEASE).where(_MINE).with_for_update())).mappings().first()
        if row is not None:
            return row["holder"], row["beat"]
        try:
            await run(self._database, sa.insert(LEASE).values(name=_NAME, holder=None, beat=0))
        except DuplicateError:
            return None
        return None, 0

    async def _changes(self, statement: sa.Update) -> bool:
        result = cast("sa.CursorResult[Any]", await run(self._database, statement))
        return result.rowcount == 1
