"""Delete the oldest part of the trail, and say so in the trail.

    await audit.forget(before=datetime(2025, 1, 1, tzinfo=UTC))        # of every table
    await audit.forget(before=…, model=Visit)                          # of one: each has a chain of its own

First an entry is written and sealed that says up to which place the chain is cut and which hash stood there;
then whole batches are deleted from the beginning, a bounded number in a transaction. So what was forgotten
can be told from what was taken away, also when the work was interrupted: the next call goes on with it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import sqlalchemy as sa

from portico.db.audit.tables import BATCHES, ENTRIES, HEADS
from portico.db.audit.writing import forget_entry, write_entries
from portico.db.session import Database, atomic, run

from .sealing import READ_COMMITTED, hold, seal

AT_ONCE: Final = 100


async def forget(database: Database, table: str, before: datetime) -> int:
    """Delete the batches of a table that are all older, as far as the first that is not; how many entries."""
    cut = await _cut(database, table, before)
    if cut is None:
        return 0
    position, digest = cut
    async with atomic(database, durable=True) as unit:
        noted = {"position": position, "hash": digest, "before": before.astimezone(UTC)}
        await write_entries(database, unit, [forget_entry((table, table), uuid4(), noted)])
    await seal(database)
    gone = 0
    while True:
        deleted = await atomic.run(
            lambda: _delete_some(database, table, position),
            database=database,
            isolation=READ_COMMITTED,
            durable=True,
            retries=3,
        )
        if deleted is None:
            return gone
        gone += deleted


async def tables_with_entries(database: Database) -> list[str]:
    """The tables of which there is a chain."""
    return list((await run(database, sa.select(HEADS.c.table_name).order_by(HEADS.c.table_name))).scalars())


async def _cut(database: Database, table: str, before: datetime) -> tuple[int, str] | None:
    """The last place of the part that goes, and its hash; None when nothing is old enough."""
    own = BATCHES.c.table_name == table
    young = sa.select(sa.func.min(BATCHES.c.position)).where(own, BATCHES.c.at >= before)
    first_young = (await run(database, young)).scalar_one()
    old = sa.select(BATCHES.c.position, BATCHES.c.hash).where(own, BATCHES.c.position.is_not(None))
    if first_young is not None:
        old = old.where(BATCHES.c.position < first_young)
    row = (await run(database, old.order_by(BATCHES.c.position.desc()).limit(1))).first()
    return None if row is None else (int(row.position), str(row.hash))


async def _delete_some(database: Database, table: str, position: int) -> int | None:
    """Delete some batches from the beginning; how many entries they had, None when there was no batch."""
    await hold(database, table, forgetting=1)
    own = BATCHES.c.table_name == table
    oldest = sa.select(BATCHES.c.unit).where(own, BATCHES.c.position <= position)
    found = await run(database, oldest.order_by(BATCHES.c.position).limit(AT_ONCE))
    units = list(found.scalars())
    deleted: int | None = None
    if units:
        gone = sa.delete(ENTRIES).where(ENTRIES.c.table_name == table, ENTRIES.c.unit.in_(units))
        deleted = max(int(getattr(await run(database, gone), "rowcount", 0)), 0)
        await run(database, sa.delete(BATCHES).where(own, BATCHES.c.unit.in_(units)))
    await run(database, sa.update(HEADS).where(HEADS.c.table_name == table).values(forgetting=0))
    return deleted
