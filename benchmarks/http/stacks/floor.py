"""The floor: a bare ASGI function around the driver, without framework, routing or validation.

On PostgreSQL the database builds the JSON of single rows and nested documents, as does nobody by hand; on
SQLite `sqlite3` runs in the loop's own thread. Nobody would maintain this: it shows how low one could go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.http.stacks.shared import place

if place.POSTGRESQL:
    from benchmarks.http.stacks.hand.floor_postgresql import (
        change,
        close,
        create,
        found,
        get,
        nested,
        open_,
        page,
    )
else:
    from benchmarks.http.stacks.hand.floor_sqlite import (
        change,
        close,
        create,
        found,
        get,
        nested,
        open_,
        page,
    )

Endpoint = Callable[[dict[str, str], bytes], Awaitable[bytes | None]]
PLAIN = b'{"message":"Hello, world","numbers":[1,2,3]}'


async def plain(_: dict[str, str], __: bytes) -> bytes:
    """No database."""
    return PLAIN


EXACT: dict[tuple[str, str], Endpoint] = {
    ("GET", "/plain"): plain,
    ("GET", "/products"): page,
    ("GET", "/nested"): nested,
    ("GET", "/search"): found,
    ("POST", "/products"): create,
}
KEYED: dict[str, Endpoint] = {"GET": get, "PATCH": change}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Find the endpoint by its path, read the body, write the answer."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    method, path = scope["method"], scope["path"]
    endpoint = EXACT.get((method, path))
    asked = dict(parse_qsl(scope["query_string"].decode())) if scope["query_string"] else {}
    if endpoint is None:
        endpoint, asked = KEYED[method], {"id": path.rsplit("/", 1)[1]}
    body = b""
    if method in {"POST", "PATCH"}:
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
    answer = await endpoint(asked, body)
    status = 404 if answer is None else 201 if method == "POST" else 200
    data = answer or b'{"detail":"Not found"}'
    length = str(len(data)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await open_()
            await send({"type": "lifespan.startup.complete"})
        else:
            await close()
            await send({"type": "lifespan.shutdown.complete"})
            return
