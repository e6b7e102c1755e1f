"""Give each batch its place in the chain of its table, after it was committed.

    await seal(database)                                      # now; gives how many batches were sealed
    async with sealing(database, every=timedelta(seconds=1)):     # in the background, while the block runs

A place at the time of writing would need a lock that every audited commit waits for, and that fails units
which run under REPEATABLE READ or SERIALIZABLE. So a batch is committed without a place, and whoever seals,
one process at a time and table by table, takes what was committed by then in the order of its numbers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from portico.db.audit.hashing import BEGINNING, keys, of_seal
from portico.db.audit.tables import BATCHES, ENTRIES, HEADS, require_tables
from portico.db.session import Database, atomic, isolated, run
from portico.errors import DuplicateError, PorticoError

log = logging.getLogger("portico.db")
AT_ONCE: Final = 500
READ_COMMITTED: Final = "READ COMMITTED"


async def seal(database: Database) -> int:
    """Seal every batch that is committed and has no place yet."""
    await require_tables(database)
    unsealed = sa.select(BATCHES.c.table_name).where(BATCHES.c.position.is_(None)).distinct()
    done = 0
    for table in (await run(database, unsealed.order_by(BATCHES.c.table_name))).scalars().all():
        await _begin(database, table)
        done += await _seal(database, table)
    return done


async def _seal(database: Database, table: str) -> int:
    done = 0
    while True:
        sealed = await atomic.run(
            lambda: _seal_some(database, table),
            database=database,
            isolation=READ_COMMITTED,
            durable=True,
            retries=3,
        )
        done += sealed
        if sealed < AT_ONCE:
            return done


@asynccontextmanager
async def sealing(database: Database, every: timedelta) -> AsyncGenerator[None]:
    """Seal again and again while the block runs, and once more at its end."""
    with isolated():
        task = asyncio.get_running_loop().create_task(_keep_sealing(database, every.total_seconds()))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await _try_to_seal(database)


async def _keep_sealing(database: Database, seconds: float) -> None:
    while True:
        await _try_to_seal(database)
        await asyncio.sleep(seconds)


async def _try_to_seal(database: Database) -> None:
    try:
        await seal(database)
    except PorticoError:
        log.exception("Sealing the audit trail failed; what is unsealed stays so until the next time.")


async def _begin(database: Database, table: str) -> None:
    """Make the head of a table, unless it is there."""
    if (await run(database, sa.select(HEADS.c.table_name).where(HEADS.c.table_name == table))).first():
        return
    first = {"table_name": table, "position": 0, "hash": BEGINNING, "turns": 0, "forgetting": 0}
    with suppress(DuplicateError):  # somebody else has made it in between
        await run(database, sa.insert(HEADS).values(first))


async def hold(database: Database, table: str, **values: Any) -> Any:
    """The head of a table, held until the unit around ends: one at a time seals a table or forgets of it."""
    # The lock is an update, as the first statement: SQLite has no other, and a snapshot begins after it.
    turn = sa.update(HEADS).where(HEADS.c.table_name == table).values(turns=HEADS.c.turns + 1, **values)
    await run(database, turn)
    return (await run(database, sa.select(HEADS).where(HEADS.c.table_name == table))).mappings().one()


async def _seal_some(database: Database, table: str) -> int:
    head = await hold(database, table)
    batches = await _unsealed(database, table)
    if not batches:
        return 0
    position, previous = int(head["position"]), str(head["hash"])
    places: list[dict[str, Any]] = []
    for batch in batches:
        position += 1
        place = {"position": position, "previous": previous, "first_id": batch["first_id"] or 0}
        previous = keys.sign("seal", of_seal({**batch, **place, "table_name": table}))
        new = {f"new_{name}": value for name, value in place.items()}
        places.append({**new, "new_hash": previous, "of_unit": batch["unit"]})
    await run(database, _placing(table), places)
    at = {"position": position, "hash": previous}
    await run(database, sa.update(HEADS).where(HEADS.c.table_name == table).values(at))
    return len(batches)


async def _unsealed(database: Database, table: str) -> Sequence[Any]:
    first = sa.func.min(ENTRIES.c.id).label("first_id")
    own = (ENTRIES.c.unit == BATCHES.c.unit) & (ENTRIES.c.table_name == BATCHES.c.table_name)
    statement = (
        sa.select(BATCHES.c.unit, BATCHES.c.digest, first)
        .join_from(BATCHES, ENTRIES, own, isouter=True)
        .where(BATCHES.c.table_name == table, BATCHES.c.position.is_(None))
        .group_by(BATCHES.c.unit, BATCHES.c.digest)
        .order_by(first, BATCHES.c.unit)
        .limit(AT_ONCE)
    )
    return (await run(database, statement)).mappings().all()


def _placing(table: str) -> sa.Update:
    names = ("position", "previous", "first_id", "hash")
    given: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in names}
    return (
        sa.update(BATCHES)
        .where(BATCHES.c.unit == sa.bindparam("of_unit"), BATCHES.c.table_name == table)
        .values(given)
    )
