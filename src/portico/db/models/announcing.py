"""Objects for those who look at rows before they are written, where the caller gave something else.

rows = await in_database(db, Post, [1, 2, post])      # objects, locked
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portico.db.models.keys import as_key, key_of
from portico.db.models.shapes import facts_of
from portico.db.query import Query
from portico.db.session import Database


async def in_database(database: Database, cls: type[Any], given: Sequence[Any]) -> list[Any]:
    """The instances, and those of the keys among them that are there."""
    keys = [as_key(cls, one) for one in given if not isinstance(one, cls)]
    found = await Query(cls, database).lock().in_bulk(keys) if keys else {}
    by_key = {key_of(one): one for one in found.values()}
    rows = [one if isinstance(one, cls) else by_key.get(as_key(cls, one)) for one in given]
    return [row for row in rows if row is not None]


async def as_instances(_database: Database, cls: type[Any], given: Sequence[Any]) -> list[Any]:
    """Instances of dictionaries that make them."""
    return [cls(**one) if isinstance(one, dict) else one for one in given]


def assigned_since(cls: type[Any], instances: Sequence[Any], held: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns that have another value in some of the instances than they held."""
    return [
        name
        for name in facts_of(cls).specs
        if any(
            one.__dict__.get(name) is not before.get(name)
            for one, before in zip(instances, held, strict=True)
        )
    ]
