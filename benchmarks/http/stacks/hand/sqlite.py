"""The base on SQLite: Starlette, aiosqlite and orjson, by hand; one connection to read, one to write.

SQLite allows one writer, so writes queue before a connection of their own; reads share one (aiosqlite gives
each connection one thread, and a second reader would only change who waits).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.http.stacks.hand import statements as sql
from benchmarks.http.stacks.hand.rows import as_product, as_review, as_stored
from benchmarks.http.stacks.shared import crowd, place

reader: aiosqlite.Connection
writer: aiosqlite.Connection


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncGenerator[None]:
    """Open both connections, and close them."""
    global reader, writer
    async with (
        aiosqlite.connect(place.URL, isolation_level=None) as reader,
        aiosqlite.connect(place.URL, isolation_level=None) as writer,
    ):
        for connection in (reader, writer):
            await connection.execute("pragma synchronous=normal")
        yield


def reply(data: Any, status: int = 200) -> Response:
    """JSON; Decimals become texts."""
    return Response(orjson.dumps(data, default=str), status, media_type="application/json")


async def plain(_: Request) -> Response:
    """No database."""
    return reply({"message": "Hello, world", "numbers": [1, 2, 3]})


async def get(request: Request) -> Response:
    """One row by its key."""
    rows = await reader.execute_fetchall(sql.GET, (int(request.path_params["id"]),))
    for row in rows:
        return reply(as_product(row))
    return reply({"detail": "Not found"}, 404)


async def page(request: Request) -> Response:
    """Rows from an id on."""
    asked = request.query_params
    rows = await reader.execute_fetchall(sql.PAGE, (int(asked["from_id"]), int(asked["limit"])))
    return reply({"items": [as_product(row) for row in rows]})


async def nested(request: Request) -> Response:
    """Rows from an id on, each with its reviews: two statements."""
    asked = request.query_params
    rows = await reader.execute_fetchall(sql.PAGE, (int(asked["from_id"]), int(asked["limit"])))
    items = {row[0]: {**as_product(row), "reviews": []} for row in rows}
    for row in await reader.execute_fetchall(sql.reviews(len(items)), list(items)):
        items[row[1]]["reviews"].append(as_review(row))
    return reply({"items": list(items.values())})


async def found(request: Request) -> Response:
    """Two conditions and an order."""
    asked = request.query_params
    rows = await reader.execute_fetchall(sql.FOUND, (int(asked["category"]), int(asked["min_stock"])))
    return reply({"items": [as_product(row) for row in rows]})


async def create(request: Request) -> Response:
    """A new row."""
    body = as_stored(orjson.loads(await request.body()))
    rows = await writer.execute_fetchall(sql.CREATE, [body[name] for name in sql.WRITTEN])
    return reply(next(as_product(row) for row in rows), 201)


async def change(request: Request) -> Response:
    """Some columns of one row."""
    body = as_stored(orjson.loads(await request.body()))
    names = tuple(name for name in sql.WRITTEN if name in body)
    values = [*(body[name] for name in names), int(request.path_params["id"])]
    for row in await writer.execute_fetchall(sql.change(names), values):
        return reply(as_product(row))
    return reply({"detail": "Not found"}, 404)


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
