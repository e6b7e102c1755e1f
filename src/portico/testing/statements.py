"""Count what goes to the database (first form)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event

from portico.db.session import Database


class Seen:
    """The statements that were seen."""

    def __init__(self) -> None:
        self.sql: list[str] = []
        self.round_trips = 0

    def __len__(self) -> int:
        return len(self.sql)


@asynccontextmanager
async def statements(database: Database) -> AsyncIterator[Seen]:
    """Record every statement."""
    seen = Seen()

    def before(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        seen.sql.append(statement)
        seen.round_trips += 1

    engines = {id(e.sync_engine): e.sync_engine for e in (database.engine, database.engines.autocommit)}
    for engine in engines.values():
        event.listen(engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        for engine in engines.values():
            event.remove(engine, "before_cursor_execute", before)
