"""Count what really goes to the database: cost is a test.

    async with statements(db) as seen:
        await Post.filter().prefetch("author", "tags")
    assert len(seen) == 3
    assert seen.round_trips == 3          # BEGIN, COMMIT, ROLLBACK and SAVEPOINT count here, too

Prepared statements are counted once; that a driver prepares each of them on first use is not. Compiled
statements, which go past SQLAlchemy and its events, are counted like all others: one round trip each.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from portico.db.engine import SINGLE, own
from portico.db.session import Database

_SENT = "before_cursor_execute"
_CONTROL = (
    "BEGIN",
    "START TRANSACTION",
    "SAVEPOINT",
    "RELEASE SAVEPOINT",
    "ROLLBACK TO",
    "PRAGMA QUERY_ONLY",
)


@dataclass
class Statements:
    """What was sent: ``sql`` holds the statements, ``control`` the words around them."""

    sql: list[str] = field(default_factory=list[str])
    control: list[str] = field(default_factory=list[str])

    def __len__(self) -> int:
        return len(self.sql)

    @property
    def round_trips(self) -> int:
        """How often the program waited for the database."""
        return len(self.sql) + len(self.control)

    def clear(self) -> None:
        """Count again from nothing."""
        self.sql.clear()
        self.control.clear()

    def __str__(self) -> str:
        return "\n".join(self.sql)


@asynccontextmanager
async def statements(database: Database) -> AsyncGenerator[Statements]:
    """Listen to every engine of the database while the block runs."""
    seen = Statements()
    listeners = _listeners(seen)
    engines = database.engines.pooled()
    for engine in engines:
        for name, listener in listeners.items():
            event.listen(engine, name, own(listener, permanent=False), retval=name == _SENT)
    hear: Callable[[str], None] = seen.sql.append
    database.engines.hearers.append(hear)
    try:
        yield seen
    finally:
        database.engines.hearers.remove(hear)
        for engine in engines:
            for name, listener in listeners.items():
                event.remove(engine, name, listener)


def _listeners(seen: Statements) -> dict[str, Callable[..., Any]]:
    def executed(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> tuple[str, Any]:
        (seen.control if sql.upper().startswith(_CONTROL) else seen.sql).append(sql)
        return sql, values

    def around(word: str) -> Callable[..., None]:
        def heard(connection: sa.Connection, *_: Any) -> None:
            if not _by_itself(connection) and (word != "BEGIN" or connection.dialect.name == "postgresql"):
                seen.control.append(word)

        return heard

    words = {"begin": "BEGIN", "commit": "COMMIT", "rollback": "ROLLBACK"}
    return {_SENT: executed} | {name: around(word) for name, word in words.items()}


def _by_itself(connection: sa.Connection) -> bool:
    """Whether this connection commits each statement by itself: then nothing is sent around it."""
    options = connection.get_execution_options()
    return bool(options.get(SINGLE)) or options.get("isolation_level") == "AUTOCOMMIT"
