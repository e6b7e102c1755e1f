"""The table of kept answers, and the four statements that use it.

    async with atomic(db):
        await claim(db, key, fingerprint, now)       # KeyTakenError: somebody else has it, and has committed
        answer = ...                                 # the work itself, in the same unit
        await keep(db, key, answer)
    (await answer_of(db, key)).body

Whoever claims a key that another unit has claimed waits for its end: the index of the key is the queue. When
that unit rolls back, the key is free. Keys and fingerprints are digests, never what a client sent.
Raises `KeyTakenError`, and what the data layer raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from weakref import WeakSet

import sqlalchemy as sa

from portico.db.session import Database, run
from portico.db.session.raw import with_connection
from portico.errors import DuplicateError

METADATA: Final = sa.MetaData()
TABLE: Final = sa.Table(
    "portico_idempotency",
    METADATA,
    sa.Column("key_digest", sa.String(64), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("claimed_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("status", sa.Integer),
    sa.Column("headers", sa.Text),
    # With a length, MariaDB makes a type of it that holds more than 64 KB.
    sa.Column("body", sa.LargeBinary(2**32 - 1)),
)
_AT_ONCE: Final = 200
_known: WeakSet[Database] = WeakSet()


class KeyTakenError(Exception):
    """Another unit has claimed the key and has committed; ends the unit that raised it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered to the first request with a key; the door makes and reads the text of ``headers``."""

    status: int
    headers: str
    body: bytes
    fingerprint: str = ""
    claimed_at: int = 0


async def has_table(database: Database) -> bool:
    """Whether answers can be kept there; asked once, as long as the answer is no."""
    if database in _known:
        return True
    found: list[bool] = []
    await with_connection(database, lambda sync: found.append(sa.inspect(sync).has_table(TABLE.name)))
    if found[0]:
        _known.add(database)
    return found[0]


async def claim(database: Database, key: str, fingerprint: str, now: int) -> None:
    """Take a key for the unit around; waits for another unit that holds it."""
    values = {"key_digest": key, "fingerprint": fingerprint, "claimed_at": now}
    try:
        await run(database, sa.insert(TABLE).values(values))
    except DuplicateError as error:
        raise KeyTakenError from error


async def keep(database: Database, key: str, answer: Answer) -> None:
    """Keep the answer under the key that the unit around has claimed."""
    values = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    await run(database, sa.update(TABLE).where(TABLE.c.key_digest == key).values(values))


async def answer_of(database: Database, key: str) -> Answer | None:
    """The answer that is kept under a key; None when there is none (any more)."""
    row = (await run(database, sa.select(TABLE).where(TABLE.c.key_digest == key))).mappings().first()
    if row is None:
        return None
    return Answer(
        status=int(row["status"] or 0),
        headers=row["headers"] or "",
        body=bytes(row["body"] or b""),
        fingerprint=row["fingerprint"],
        claimed_at=row["claimed_at"],
    )


async def forget_before(database: Database, moment: int, key: str | None = None) -> None:
    """Delete answers that are older: that of one key, or the oldest ones, a bounded number at a time."""
    if key is None:
        oldest = sa.select(TABLE.c.key_digest).where(TABLE.c.claimed_at < moment)
        found = (await run(database, oldest.order_by(TABLE.c.claimed_at).limit(_AT_ONCE))).scalars().all()
    else:
        found = [key]
    if found:
        # The age is asked again: a key may have been claimed anew in between.
        old = sa.delete(TABLE).where(TABLE.c.key_digest.in_(found), TABLE.c.claimed_at < moment)
        await run(database, old)
