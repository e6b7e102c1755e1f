"""How many sessions of a database wait for a lock at this moment, as its server says.

What a releasing transaction has granted already does not count, even where the one that waited has not woken
up yet: so nobody is taken for waiting who is about to go on. (MariaDB's tables of locks cannot say that: they
are renewed only when nobody has read them for a tenth of a second.)

SQLite has one writer at a time and nobody to ask. There everybody who is at work waits while another one has
an open unit of work, which the caller knows: ``queued``.
"""

from __future__ import annotations

import re

from portico.db.session import Database

_POSTGRESQL = """
    SELECT count(DISTINCT pid) AS n FROM pg_locks
    WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
"""
_OURS = "SELECT id FROM information_schema.processlist WHERE db = database()"
_TRANSACTIONS = re.compile(r"^---TRANSACTION ", re.MULTILINE)
_THREAD = re.compile(r"thread id (\d+)")


async def waiting_for_locks(database: Database, queued: int) -> int:
    """How many of them wait."""
    if database.dialect_name == "sqlite":
        return queued
    if database.dialect_name == "postgresql":
        return int((await database.fetch_all(_POSTGRESQL))[0]["n"])
    ours = {int(row["id"]) for row in await database.fetch_all(_OURS)}
    status = str((await database.fetch_all("SHOW ENGINE INNODB STATUS"))[0]["Status"])
    return len(ours & _waiting(status))


def _waiting(status: str) -> set[int]:
    """The threads whose transactions are said to wait."""
    found: set[int] = set()
    for text in _TRANSACTIONS.split(status)[1:]:
        thread = _THREAD.search(text)
        if thread is not None and re.search(r"^LOCK WAIT", text, re.MULTILINE):
            found.add(int(thread[1]))
    return found
