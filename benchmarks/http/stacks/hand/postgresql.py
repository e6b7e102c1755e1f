"""The base on PostgreSQL: Starlette, asyncpg and orjson, written by hand by somebody who knows them.

The pool sends no reset query; statements are prepared by asyncpg. Bodies are parsed, not validated.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.http.stacks.hand import statements as sql
from benchmarks.http.stacks.shared import crowd, place

pool: asyncpg.Pool


async def _no_reset(_: Any) -> None:
    """The endpoints leave nothing behind in a session that would have to be reset."""


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncGenerator[None]:
    """Open the pool, and close it."""
    global pool
    async with asyncpg.create_pool(
        place.URL, min_size=place.POOL, max_size=place.POOL, reset=_no_reset
    ) as pool:
        yield


def reply(data: Any, status: int = 200) -> Response:
    """JSON; Decimals become texts."""
    return Response(orjson.dumps(data, default=str), status, media_type="application/json")


def values_of(body: dict[str, Any]) -> dict[str, Any]:
    """A body as the driver takes it."""
    if "price" in body:
        body["price"] = Decimal(body["price"])
    if "created_at" in body:
        body["created_at"] = datetime.fromisoformat(body["created_at"])
    return body


async def plain(_: Request) -> Response:
    """No database."""
    return reply({"message": "Hello, world", "numbers": [1, 2, 3]})


async def get(request: Request) -> Response:
    """One row by its key."""
    row = await pool.fetchrow(sql.GET, int(request.path_params["id"]))
    return reply({"detail": "Not found"}, 404) if row is None else reply(dict(row))


async def page(request: Request) -> Response:
    """Rows from an id on."""
    asked = request.query_params
    rows = await pool.fetch(sql.PAGE, int(asked["from_id"]), int(asked["limit"]))
    return reply({"items": [dict(row) for row in rows]})


async def nested(request: Request) -> Response:
    """Rows from an id on, each with its reviews: two statements."""
    asked = request.query_params
    async with pool.acquire() as connection:
        rows = await connection.fetch(sql.PAGE, int(asked["from_id"]), int(asked["limit"]))
        items = {row["id"]: {**row, "reviews": []} for row in rows}
        for row in await connection.fetch(sql.reviews(len(items)), list(items)):
            items[row["product_id"]]["reviews"].append(dict(row))
    return reply({"items": list(items.values())})


async def found(request: Request) -> Response:
    """Two conditions and an order."""
    asked = request.query_params
    rows = await pool.fetch(sql.FOUND, int(asked["category"]), int(asked["min_stock"]))
    return reply({"items": [dict(row) for row in rows]})


async def create(request: Request) -> Response:
    """A new row."""
    body = values_of(orjson.loads(await request.body()))
    row = await pool.fetchrow(sql.CREATE, *(body[name] for name in sql.WRITTEN))
    return reply(dict(row), 201)


async def change(request: Request) -> Response:
    """Some columns of one row."""
    body = values_of(orjson.loads(await request.body()))
    names = tuple(name for name in sql.WRITTEN if name in body)
    values = [body[name] for name in names]
    row = await pool.fetchrow(sql.change(names), *values, int(request.path_params["id"]))
    return reply({"detail": "Not found"}, 404) if row is None else reply(dict(row))


app = Starlette(
    lifespan=lifespan,
    routes=[
        *crowd.starlette_routes(),
        Route("/plain", plain),
        Route("/products/{id:int}", get, methods=["GET"]),
        Route("/products", page, methods=["GET"]),
        Route("/nested", nested),
        Route("/search", found),
        Route("/products", create, methods=["POST"]),
        Route("/products/{id:int}", change, methods=["PATCH"]),
    ],
)
