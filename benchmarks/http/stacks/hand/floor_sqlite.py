"""The endpoints of the floor on SQLite: `sqlite3` in the loop's own thread."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from benchmarks.http.stacks.hand import statements as sql
from benchmarks.http.stacks.hand.rows import as_product, as_review, as_stored
from benchmarks.http.stacks.shared import place

_connection: sqlite3.Connection


async def open_() -> None:
    """Open the one connection."""
    global _connection  # noqa: PLW0603 -- one application in a process
    _connection = sqlite3.connect(place.URL, isolation_level=None, cached_statements=200)
    _connection.execute("pragma synchronous=normal")


async def close() -> None:
    """Close it."""
    _connection.close()


def _one(statement: str, arguments: Any) -> bytes | None:
    rows = _connection.execute(statement, arguments).fetchall()
    return orjson.dumps(as_product(rows[0])) if rows else None


async def get(asked: dict[str, str], _: bytes) -> bytes | None:
    """One row by its key."""
    return _one(sql.GET, (int(asked["id"]),))


async def page(asked: dict[str, str], _: bytes) -> bytes:
    """Rows from an id on."""
    rows = _connection.execute(sql.PAGE, (int(asked["from_id"]), int(asked["limit"]))).fetchall()
    return orjson.dumps({"items": [as_product(row) for row in rows]})


async def nested(asked: dict[str, str], _: bytes) -> bytes:
    """Rows with their reviews."""
    rows = _connection.execute(sql.PAGE, (int(asked["from_id"]), int(asked["limit"]))).fetchall()
    items: dict[int, Any] = {row[0]: {**as_product(row), "reviews": []} for row in rows}
    for row in _connection.execute(sql.reviews(len(items)), list(items)).fetchall():
        items[row[1]]["reviews"].append(as_review(row))
    return orjson.dumps({"items": list(items.values())})


async def found(asked: dict[str, str], _: bytes) -> bytes:
    """Two conditions and an order."""
    arguments = (int(asked["category"]), int(asked["min_stock"]))
    rows = _connection.execute(sql.FOUND, arguments).fetchall()
    return orjson.dumps({"items": [as_product(row) for row in rows]})


async def create(_: dict[str, str], body: bytes) -> bytes | None:
    """A new row."""
    values = as_stored(orjson.loads(body))
    return _one(sql.CREATE, [values[name] for name in sql.WRITTEN])


async def change(asked: dict[str, str], body: bytes) -> bytes | None:
    """Some columns of one row."""
    values = as_stored(orjson.loads(body))
    return _one(sql.change(tuple(values)), [*values.values(), int(asked["id"])])
