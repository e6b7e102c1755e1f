"""Read the batches of a table with their entries, a bounded number at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import sqlalchemy as sa

from portico.db.audit.tables import BATCHES, ENTRIES
from portico.db.session import Database, run

Batch: TypeAlias = tuple[Any, list[Any]]
_BATCHES: Final = 200
_ENTRIES: Final = 2_000


async def sealed_batches(database: Database, table: str) -> AsyncGenerator[Batch]:
    """Those with a place, in the order of their places."""
    last: Any = None
    while True:
        page = sa.select(BATCHES).where(BATCHES.c.table_name == table, BATCHES.c.position.is_not(None))
        if last is not None:
            page = page.where(BATCHES.c.position > last)
        found = await _page(database, page.order_by(BATCHES.c.position))
        async for one in _with_entries(database, table, found):
            yield one
        if len(found) < _BATCHES:
            return
        last = found[-1]["position"]


async def unsealed_batches(database: Database, table: str) -> AsyncGenerator[Batch]:
    """Those that wait for a place, in no order that means anything."""
    last: UUID | None = None
    while True:
        page = sa.select(BATCHES).where(BATCHES.c.table_name == table, BATCHES.c.position.is_(None))
        if last is not None:
            page = page.where(BATCHES.c.unit > last)
        found = await _page(database, page.order_by(BATCHES.c.unit))
        async for one in _with_entries(database, table, found):
            yield one
        if len(found) < _BATCHES:
            return
        last = found[-1]["unit"]


async def _page(database: Database, statement: sa.Select[Any]) -> Sequence[Any]:
    return (await run(database, statement.limit(_BATCHES))).mappings().all()


async def _with_entries(database: Database, table: str, batches: Sequence[Any]) -> AsyncGenerator[Batch]:
    for some in _together(batches):
        units = [batch["unit"] for batch in some]
        own = sa.select(ENTRIES).where(ENTRIES.c.table_name == table, ENTRIES.c.unit.in_(units))
        entries: dict[UUID, list[Any]] = {unit: [] for unit in units}
        for entry in (await run(database, own.order_by(ENTRIES.c.ordinal, ENTRIES.c.id))).mappings():
            entries[entry["unit"]].append(entry)
        for batch in some:
            yield batch, entries[batch["unit"]]


def _together(batches: Sequence[Any]) -> Iterator[list[Any]]:
    """Batches that have few enough entries together, or one alone."""
    some: list[Any] = []
    size = 0
    for batch in batches:
        if some and size + batch["entries"] > _ENTRIES:
            yield some
            some, size = [], 0
        some.append(batch)
        size += batch["entries"]
    if some:
        yield some
