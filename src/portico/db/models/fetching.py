"""Get a row or make it, safely while others do the same.

    user, created = await get_or_create(db, User, {"points": 0}, username="ann")
    user, created = await update_or_create(db, User, {"points": 5}, username="ann")

Two callers at once get one row: whoever loses the race on the unique key reads the winner's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from portico.db.models.writing import insert, update
from portico.db.query import Query
from portico.db.session import Database, atomic, current_unit
from portico.errors import DuplicateError

M = TypeVar("M")


async def get_or_create(
    database: Database, cls: type[M], defaults: Mapping[str, Any], /, **lookups: Any
) -> tuple[M, bool]:
    """The row that matches, or a new one with ``defaults`` added; and whether it is new."""
    query = Query(cls, database).filter(**lookups)
    if (found := await query.get_or_none()) is not None:
        return found, False
    try:
        return await _create(database, cls, {**_plain(lookups), **defaults}), True
    except DuplicateError:
        if (found := await query.lock(read=True).get_or_none()) is not None:
            return found, False
        raise


async def update_or_create(
    database: Database, cls: type[M], defaults: Mapping[str, Any], /, **lookups: Any
) -> tuple[M, bool]:
    """The row that matches, changed to ``defaults``, or a new one; and whether it is new."""
    query = Query(cls, database).filter(**lookups).lock()
    async with atomic(database):
        found = await query.get_or_none()
        if found is None:
            try:
                return await _create(database, cls, {**_plain(lookups), **defaults}), True
            except DuplicateError:
                found = await query.get_or_none()
                if found is None:
                    raise
        for name, value in defaults.items():
            setattr(found, name, value)
        await update(database, found)
        return found, False


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
