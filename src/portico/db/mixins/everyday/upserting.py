"""Rows made, or changed where the same unique key is there already; which of both it was is told truly.

    post, created = await upsert(database, Post, {"slug": "a", "title": "A"}, ("slug",))
    results = await upsert_many(database, Post, rows, ("slug",))

The key is named by the caller and never guessed: a row that has another unique value in common is a conflict,
not a match. A row that another tenant has, or that was deleted softly, is not seen, and so it is not changed
either. Raises `UsageError` for columns that are no unique key, and what create and update raise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from portico.db.models import bulk_insert, bulk_update, column_specs, unique_keys
from portico.db.models.construction import check_names, fill
from portico.db.models.fetching import update_or_create
from portico.db.query import Query
from portico.db.session import Database, atomic, current_unit
from portico.errors import DuplicateError, SerializationError, UsageError

M = TypeVar("M")
RETRIES: Final = 3
CHUNK: Final = 500


async def upsert(
    database: Database, cls: type[M], values: Mapping[str, Any], on: Sequence[str]
) -> tuple[M, bool]:
    """Make a row, or change the one with the same key."""
    names = _unique(cls, on)
    key = _key(cls, values, names)
    rest = {name: value for name, value in values.items() if name not in names}
    return await update_or_create(database, cls, rest, **dict(zip(names, key, strict=True)))


async def upsert_many(
    database: Database, cls: type[M], rows: Sequence[Mapping[str, Any]], on: Sequence[str]
) -> list[tuple[M, bool]]:
    """The same for many, all of them or none; in their order."""
    names = _unique(cls, on)
    keys = [_key(cls, row, names) for row in rows]
    if len(set(keys)) < len(keys):
        raise UsageError(f"Two of these {cls.__name__} have the same {', '.join(names)}.")
    for row in rows:
        check_names(cls, row)

    async def work() -> list[tuple[M, bool]]:
        return await _together(database, cls, rows, keys, names)

    if current_unit(database) is not None:
        return await work()
    return await atomic.run(work, database=database, retries=RETRIES)


async def _together(
    database: Database,
    cls: type[M],
    rows: Sequence[Mapping[str, Any]],
    keys: Sequence[tuple[Any, ...]],
    names: tuple[str, ...],
) -> list[tuple[M, bool]]:
    async with atomic(database):
        there = await _found(database, cls, keys, names)
        made = {key: cls(**row) for key, row in zip(keys, rows, strict=True) if key not in there}
        groups: dict[tuple[str, ...], list[Any]] = {}
        for key, row in zip(keys, rows, strict=True):
            if key in there:
                rest = {name: value for name, value in row.items() if name not in names}
                fill(there[key], rest, defaults=False)
                groups.setdefault(tuple(sorted(rest)), []).append(there[key])
        for fields, members in groups.items():
            if fields:
                await bulk_update(database, members, fields)
        try:
            await bulk_insert(database, list(made.values()))
        except DuplicateError as error:
            if set(error.fields) != set(names):
                raise
            # Somebody else was quicker: run again, this finds the row.
            raise SerializationError(f"Somebody else created this {cls.__name__} meanwhile.") from error
        return [(made[key], True) if key in made else (there[key], False) for key in keys]


async def _found(
    database: Database, cls: type[M], keys: Sequence[tuple[Any, ...]], names: tuple[str, ...]
) -> dict[tuple[Any, ...], M]:
    """The rows of these keys, locked in the order of the keys."""
    found: dict[tuple[Any, ...], M] = {}
    first, *others = names
    for start in range(0, len(keys), CHUNK):
        wanted = set(keys[start : start + CHUNK])
        query: Query[M] = Query(cls, database).order_by(*names).lock()
        # More than is wanted where the key has several parts; what is not wanted is left alone.
        query = query.filter(**{f"{first}__in": sorted({key[0] for key in wanted})})
        for number, name in enumerate(others, 1):
            query = query.filter(**{f"{name}__in": list({key[number] for key in wanted})})
        for row in await query:
            key = tuple(getattr(row, name) for name in names)
            if key in wanted:
                found[key] = row
    return found


def _unique(cls: type[Any], on: Sequence[str]) -> tuple[str, ...]:
    """The unique key that these columns are."""
    asked = (on,) if isinstance(on, str) else tuple(on)
    for names in unique_keys(cls):
        if sorted(names) == sorted(asked):
            return names
    known = "; ".join(", ".join(names) for names in unique_keys(cls))
    raise UsageError(
        f"{', '.join(asked) or 'Nothing'} is no unique key of {cls.__name__}.", hint=f"Choose from: {known}."
    )


def _key(cls: type[Any], values: Mapping[str, Any], names: tuple[str, ...]) -> tuple[Any, ...]:
    missing = [name for name in names if values.get(name) is None]
    if missing:
        raise UsageError(f"An upsert of {cls.__name__} needs {', '.join(missing)} to find the row by.")
    specs = column_specs(cls)
    return tuple(specs[name].validate(values[name]) for name in names)
