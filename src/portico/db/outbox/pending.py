"""The statements about rows that wait, each on its own and on the primary.

Rows are always read from the lowest sequence on, and deleted when they are published. So none is skipped
because a lower one was committed later: the next reading finds it. Within one reading rows come by sequence,
and of two changes of one row the later one has the higher sequence, in the same reading or a later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from portico.db.engine import read
from portico.db.session import Database, atomic, run
from portico.pubsub import Message

from .tables import DEAD, PENDING

_SCANNED = 10_000
_COUNTED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One row: its message, and the rows of the user's table that it is about."""

    sequence: int
    stream: str
    attempts: int
    about: frozenset[str]
    message: Message = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """How many rows wait (counted up to 100,000), since when, and how many were given up."""

    pending: int
    oldest: datetime | None
    dead: int


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A message that could not be published, and why."""

    sequence: int
    stream: str
    message: Message = field(repr=False)
    attempts: int
    died_at: datetime
    error: str


async def first_of(database: Database, count: int, held: frozenset[str]) -> list[Waiting]:
    """The first rows that may be published now; none about a held row, nor behind one that is."""
    select = sa.select(PENDING).order_by(PENDING.c.sequence)
    if not held:
        return [_waiting(row) for row in await _rows(database, select.limit(count))]
    light = sa.select(PENDING.c.sequence, PENDING.c.row_digest, PENDING.c.digest_before)
    free = _free(await _rows(database, light.order_by(PENDING.c.sequence).limit(_SCANNED)), held)[:count]
    if not free:
        return []
    return [_waiting(row) for row in await _rows(database, select.where(PENDING.c.sequence.in_(free)))]


def _free(rows: Sequence[Any], held: frozenset[str]) -> list[int]:
    """Those not held; a change of a key that is held holds the other key, too."""
    blocked = set(held)
    free: list[int] = []
    for row in rows:
        about = {row.row_digest, row.digest_before or row.row_digest}
        if about & blocked:
            blocked |= about
        else:
            free.append(row.sequence)
    return free


async def forget(database: Database, rows: Sequence[Waiting]) -> None:
    """Delete what was published."""
    await run(database, sa.delete(PENDING).where(PENDING.c.sequence.in_([row.sequence for row in rows])))


async def count_attempt(database: Database, row: Waiting) -> None:
    """Remember that it failed once more, so that a restart does not begin to count anew."""
    more = sa.update(PENDING).where(PENDING.c.sequence == row.sequence)
    await run(database, more.values(attempts=row.attempts + 1))


async def bury(database: Database, row: Waiting, error: str) -> None:
    """Move it to the dead letters."""
    names = [column.name for column in PENDING.columns if column.name != "attempts"]
    copied = sa.select(
        *[PENDING.c[name] for name in names],
        sa.literal(row.attempts + 1),
        sa.literal(_microseconds(datetime.now(UTC)), sa.BigInteger),
        sa.literal(error),
    ).where(PENDING.c.sequence == row.sequence)
    async with atomic(database):
        await run(database, sa.insert(DEAD).from_select([*names, "attempts", "died_at", "error"], copied))
        await run(database, sa.delete(PENDING).where(PENDING.c.sequence == row.sequence))


async def dead_letters(database: Database, limit: int = 100) -> list[DeadLetter]:
    """The oldest messages that could not be published."""
    rows = await _rows(database, sa.select(DEAD).order_by(DEAD.c.sequence).limit(limit))
    return [
        DeadLetter(
            sequence=row.sequence,
            stream=row.stream,
            message=_message(row),
            attempts=row.attempts,
            died_at=_moment(row.died_at),
            error=row.error,
        )
        for row in rows
    ]


async def revive(database: Database, sequences: Sequence[int]) -> None:
    """Let dead letters wait again, behind everything that waits now."""
    names = [column.name for column in PENDING.columns if column.name not in {"attempts", "sequence"}]
    chosen = DEAD.c.sequence.in_(sequences)
    again = sa.select(*[DEAD.c[name] for name in names]).where(chosen).order_by(DEAD.c.sequence)
    async with atomic(database):
        await run(database, sa.insert(PENDING).from_select(names, again))
        await run(database, sa.delete(DEAD).where(chosen))


async def discard(database: Database, sequences: Sequence[int]) -> None:
    """Delete dead letters for good."""
    await run(database, sa.delete(DEAD).where(DEAD.c.sequence.in_(sequences)))


async def backlog(database: Database) -> Backlog:
    """How far behind the outbox is."""
    some = sa.select(sa.literal(1)).select_from(PENDING).limit(_COUNTED).subquery()
    oldest = sa.select(PENDING.c.written_at).order_by(PENDING.c.sequence).limit(1)
    facts = sa.select(
        sa.select(sa.func.count()).select_from(some).scalar_subquery().label("pending"),
        oldest.scalar_subquery().label("since"),
        sa.select(sa.func.count()).select_from(DEAD).scalar_subquery().label("dead"),
    )
    row = (await _rows(database, facts))[0]
    return Backlog(
        pending=row.pending, oldest=None if row.since is None else _moment(row.since), dead=row.dead
    )


async def _rows(database: Database, statement: sa.Executable) -> Sequence[Any]:
    def work(engine: sa.Engine) -> Sequence[Any]:
        with engine.connect() as connection:
            return connection.execute(statement).all()

    # From the primary: what a replica still shows may have been published long ago.
    return await read(database.engines, work, primary=True)


def _waiting(row: Any) -> Waiting:
    return Waiting(
        sequence=row.sequence,
        stream=row.stream,
        attempts=row.attempts,
        about=frozenset({row.row_digest, row.digest_before or row.row_digest}),
        message=_message(row),
    )


def _message(row: Any) -> Message:
    return Message(id=row.id, key=row.message_key, payload=bytes(row.payload))


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
