"""The endpoints of the floor on PostgreSQL: a list of connections, and JSON concatenated by the database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg
import orjson

from benchmarks.http.stacks.hand import statements as sql
from benchmarks.http.stacks.shared import place

_MOMENT = "to_char({0} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
_DOCUMENT = (
    """'{"id":'||p.id||',"name":'||to_json(p.name)||',"description":'||to_json(p.description)"""
    """||',"category":'||p.category||',"price":"'||p.price||'","stock":'||p.stock||',"active":'||p.active"""
    """||',"created_at":"'||""" + _MOMENT.format("p.created_at") + """||'","rating":'||p.rating"""
)
_REVIEW = (
    """'{"id":'||r.id||',"product_id":'||r.product_id||',"reader":'||to_json(r.reader)"""
    """||',"stars":'||r.stars||',"body":'||to_json(r.body)||'}'"""
)
_REVIEWS = (
    f"(select coalesce(string_agg({_REVIEW}, ',' order by r.id), '') from review r where r.product_id = p.id)"
)
_SINGLE = _DOCUMENT + "||'}'"


def _documents(source: str, document: str, order: str) -> str:
    return (
        f"""select '{{"items":['||coalesce(string_agg({document}, ',' order by {order}), '')||']}}' """
        f"from ({source}) p"
    )


GET = f"select {_SINGLE} from product p where id = $1 and not archived"
PAGE = sql.PAGE
NESTED = _documents(sql.PAGE, _DOCUMENT + f"""||',"reviews":['||{_REVIEWS}||']}}'""", "p.id")
CREATE = f"with p as ({sql.CREATE}) select {_SINGLE} from p"

_idle: list[asyncpg.Connection] = []
_free: asyncio.Semaphore


async def open_() -> None:
    """Open the connections."""
    global _free  # noqa: PLW0603 -- one application in a process
    _idle.extend([await asyncpg.connect(place.URL) for _ in range(place.POOL)])
    _free = asyncio.Semaphore(place.POOL)


async def close() -> None:
    """Close them."""
    for connection in _idle:
        await connection.close()
    _idle.clear()


async def _value(statement: str, *arguments: Any) -> bytes | None:
    async with _free:
        connection = _idle.pop()
        try:
            found = await connection.fetchval(statement, *arguments)
        finally:
            _idle.append(connection)
    return None if found is None else found.encode()


async def _rows(statement: str, *arguments: Any) -> bytes:
    async with _free:
        connection = _idle.pop()
        try:
            rows: Sequence[asyncpg.Record] = await connection.fetch(statement, *arguments)
        finally:
            _idle.append(connection)
    return orjson.dumps({"items": [dict(row) for row in rows]}, default=str)


def _values(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(body)
    if "price" in found:
        found["price"] = Decimal(found["price"])
    if "created_at" in found:
        found["created_at"] = datetime.fromisoformat(found["created_at"])
    return found


async def get(asked: dict[str, str], _: bytes) -> bytes | None:
    """One row by its key."""
    return await _value(GET, int(asked["id"]))


async def page(asked: dict[str, str], _: bytes) -> bytes:
    """Rows from an id on."""
    return await _rows(PAGE, int(asked["from_id"]), int(asked["limit"]))


async def nested(asked: dict[str, str], _: bytes) -> bytes | None:
    """Rows with their reviews, in one statement."""
    return await _value(NESTED, int(asked["from_id"]), int(asked["limit"]))


async def found(asked: dict[str, str], _: bytes) -> bytes:
    """Two conditions and an order."""
    return await _rows(sql.FOUND, int(asked["category"]), int(asked["min_stock"]))


async def create(_: dict[str, str], body: bytes) -> bytes | None:
    """A new row."""
    values = _values(body)
    return await _value(CREATE, *(values[name] for name in sql.WRITTEN))


async def change(asked: dict[str, str], body: bytes) -> bytes | None:
    """Some columns of one row."""
    values = _values(body)
    statement = f"with p as ({sql.change(tuple(values))}) select {_SINGLE} from p"
    return await _value(statement, *values.values(), int(asked["id"]))
