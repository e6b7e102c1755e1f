"""Whether the trail is as it was written, and if not, what was done to it and where.

    found = await audit.verify()
    found.intact                          # True
    found.problems                        # (AuditProblem(kind="deleted", table="posts", position=7, …),)

Everything is read in one transaction, batch by batch. What can be seen: an entry or a batch that was edited,
deleted, inserted or moved, and an end that was cut off. What cannot: a trail of plain hashes that somebody
has computed anew from the first change to the end, and a trail that was put back as a whole to what it was
earlier, unless a later place of it was noted elsewhere (``expected``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from portico.db.audit.tables import BATCHES, ENTRIES, HEADS, require_tables
from portico.db.session import Database, atomic, current_unit, run

from .batches import sealed_batches, unsealed_batches
from .walking import AuditHead, AuditProblem, Walk

_NAMED: Final = 100


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What was looked at and what was found; ``unsealed`` batches have no place in the chain yet."""

    entries: int
    batches: int
    unsealed: int
    problems: tuple[AuditProblem, ...]

    @property
    def intact(self) -> bool:
        """Whether the trail is as it was written, as far as can be seen."""
        return not self.problems


async def heads(database: Database) -> dict[str, AuditHead]:
    """The end of each chain, by table."""
    await require_tables(database)
    found = (await run(database, sa.select(HEADS))).mappings().all()
    return {row["table_name"]: AuditHead(position=int(row["position"]), hash=row["hash"]) for row in found}


async def verify(database: Database, expected: Mapping[str, AuditHead]) -> Verification:
    """Read all of the trail and check it."""
    await require_tables(database)
    if current_unit(database) is not None:
        return await _verify(database, expected)
    # One snapshot for all of it, so that what is written meanwhile is not taken for a change.
    async with atomic(database, isolation="REPEATABLE READ", read_only=True):
        return await _verify(database, expected)


async def _verify(database: Database, expected: Mapping[str, AuditHead]) -> Verification:
    known = await heads(database)
    tables = (await run(database, sa.select(BATCHES.c.table_name).distinct())).scalars().all()
    walks = [Walk(table, expected.get(table)) for table in sorted({*tables, *known, *expected})]
    unsealed = 0
    for walk in walks:
        async for batch, entries in sealed_batches(database, walk.table):
            walk.step(batch, entries)
        async for batch, entries in unsealed_batches(database, walk.table):
            walk.check(batch, entries)
            unsealed += 1
        walk.finish(known.get(walk.table))
    seen = sum(walk.entries for walk in walks)
    problems = (problem for walk in walks for problem in walk.problems)
    return Verification(
        entries=seen,
        batches=sum(walk.batches for walk in walks),
        unsealed=unsealed,
        problems=(*problems, *await _strays(database, seen)),
    )


async def _strays(database: Database, seen: int) -> list[AuditProblem]:
    """Entries of no batch; looked for only where there are more entries than were seen."""
    there = (await run(database, sa.select(sa.func.count()).select_from(ENTRIES))).scalar_one()
    if there == seen:
        return []
    own = (ENTRIES.c.unit == BATCHES.c.unit) & (ENTRIES.c.table_name == BATCHES.c.table_name)
    statement = sa.select(ENTRIES).where(~sa.exists().where(own)).order_by(ENTRIES.c.id).limit(_NAMED)
    found: list[Any] = list((await run(database, statement)).mappings())
    return [
        AuditProblem(
            kind="inserted",
            table=entry["table_name"],
            message="The entry belongs to no batch.",
            unit=entry["unit"],
            entry=entry["id"],
        )
        for entry in found
    ]
