"""Rows at random, each as likely as any other, without sorting a table by chance.

    await sample(query, 10)        # ten different rows in random order, or all of them where there are fewer

A small table is drawn from by its keys. In a larger one with a whole number as its key, random numbers
between the smallest and the largest key are asked for by key: a hit is a uniform draw, whatever gaps there
are. What is missing then, because the gaps are wide or the key is no number, is drawn by place in the order
of keys, in one pass over the index of the key.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sa

from portico.db.models import column_specs, key_attributes, key_of
from portico.db.query import Query
from portico.db.query.state import key_columns
from portico.db.session import run

M = TypeVar("M")
SMALL: Final = 1_000
ROUNDS: Final = 8
PROBES: Final = 200
_chance: Final = random.SystemRandom()


async def sample(query: Query[M], number: int) -> list[M]:
    """So many rows of a query, each at most once."""
    if number <= 0:
        return []
    keys = await _few_keys(query)
    if keys is not None:
        return await _of_keys(query, _chance.sample(keys, min(number, len(keys))))
    found = await _probed(query, number) if _is_number(query.model) else {}
    if len(found) < number:
        for key in await _placed(query, number + len(found)):
            if len(found) < number:
                found.setdefault(key)
    return await _of_keys(query, list(found))


async def _few_keys(query: Query[M]) -> list[Any] | None:
    """All keys of a small table; None for a larger one."""
    names = key_attributes(query.model)
    rows: list[Any] = await query.order_by(*names).limit(SMALL + 1).values_list(*names)
    return None if len(rows) > SMALL else [_key(row) for row in rows]


def _is_number(model: type[Any]) -> bool:
    names = key_attributes(model)
    return len(names) == 1 and column_specs(model)[names[0]].python_type is int


async def _probed(query: Query[M], number: int) -> dict[Any, None]:
    """Keys that were hit at random; fewer than asked for where the gaps are wide."""
    (name,) = key_attributes(query.model)
    low = (await query.order_by(name).limit(1).values_list(name))[0]
    high = (await query.order_by(f"-{name}").limit(1).values_list(name))[0]
    smallest, largest = _key(low), _key(high)
    found: dict[Any, None] = {}
    for _ in range(ROUNDS):
        drawn = list(
            dict.fromkeys(_chance.randint(smallest, largest) for _ in range(max(PROBES, 2 * number)))
        )
        there = {_key(row) for row in await query.filter(**{f"{name}__in": drawn}).values_list(name)}
        for one in drawn:
            if one in there and len(found) < number:
                found.setdefault(one)
        if len(found) >= number:
            break
    return found


async def _placed(query: Query[M], number: int) -> list[Any]:
    """Keys at random places in the order of keys, each place once, in random order."""
    count = await query.count()
    places = _chance.sample(range(count), min(number, count))
    columns = key_columns(query.model)
    labelled = [column.label(f"k{i}") for i, column in enumerate(columns)]
    place = (sa.func.row_number().over(order_by=columns) - 1).label("place")
    numbered = sa.select(*labelled, place).subquery()
    chosen = sa.select(numbered).where(numbered.c.place.in_(places))
    by_place = {row[-1]: _key(row[:-1]) for row in await run(query.state.chosen_database, chosen)}
    return [by_place[one] for one in places if one in by_place]


async def _of_keys(query: Query[M], keys: list[Any]) -> list[M]:
    found = {_key(key_of(one)): one for one in (await query.in_bulk(keys)).values()}
    return [found[key] for key in keys if key in found]


def _key(row: Any) -> Any:
    """A key as `in_bulk` gives it: a value, or a tuple of several."""
    if not isinstance(row, Sequence) or isinstance(row, str | bytes):
        return row
    parts = tuple(cast("Any", row))
    return parts[0] if len(parts) == 1 else parts
