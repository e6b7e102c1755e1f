"""Get a row or make it, safely while others do the same.

    user, created = await get_or_create(db, User, {"points": 0}, username="ann")
    user, created = await update_or_create(db, User, {"points": 5}, username="ann")

Two callers at once get one row: whoever loses the race on the unique key reads the winner's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from portico.db.models.construction import check_names, fill
from portico.db.models.writing import insert, update
from portico.db.query import Query
from portico.db.session import Database, atomic, current_unit
from portico.errors import DuplicateError

M = TypeVar("M")


async def get_or_create(
    database: Database, cls: type[M], defaults: Mapping[str, Any], /, **lookups: Any
) -> tuple[M, bool]:
    """The row that matches, or a new one with ``defaults`` added; and whether it is new."""
    check_names(cls, defaults)
    query = Query(cls, database).filter(**lookups)
    if (found := await query.get_or_none()) is not None:
        return found, False
    try:
        return await _create(database, cls, {**_plain(lookups), **defaults}), True
    except DuplicateError:
        # Only a locking read sees the row on MariaDB. Elsewhere two who have lost would lock each other out.
        for again in (query, query.lock(read=True)):
            if (found := await again.get_or_none()) is not None:
                return found, False
        raise


async def update_or_create(
    database: Database, cls: type[M], defaults: Mapping[str, Any], /, **lookups: Any
) -> tuple[M, bool]:
    """The row that matches, changed to ``defaults``, or a new one; and whether it is new."""
    check_names(cls, defaults)
    query = Query(cls, database).filter(**lookups).lock()
    if (found := await _updated(database, query, defaults)) is not None:
        return found, False
    try:
        return await _create(database, cls, {**_plain(lookups), **defaults}), True
    except DuplicateError:
        if (found := await _updated(database, query, defaults)) is not None:
            return found, False
        raise


async def _updated(database: Database, query: Query[M], defaults: Mapping[str, Any]) -> M | None:
    """The row of a locking query with these values, or None.

    Its unit does not hold the INSERT: a refused one leaves a shared lock on MariaDB, over which writers that
    lost the same race would run into a deadlock.
    """
    async with atomic(database):
        found = await query.get_or_none()
        if found is not None:
            fill(found, defaults, defaults=False)
            await update(database, found)
        return found


async def _create(database: Database, cls: type[M], values: Mapping[str, Any]) -> M:
    instance = cls(**values)
    if current_unit(database) is None:
        await insert(database, instance)
    else:
        async with atomic(database):
            await insert(database, instance)
    return instance


def _plain(lookups: Mapping[str, Any]) -> dict[str, Any]:
    """Only equality can be turned into values of a new row."""
    return {name.removesuffix("__exact"): value for name, value in lookups.items() if _is_value(name)}


def _is_value(name: str) -> bool:
    return "__" not in name.removesuffix("__exact")
