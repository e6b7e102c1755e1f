"""The same requests to the same empty tables twice: with compiled statements and without.

compiled, general = await twice(url, requests, expose)
assert compiled.replies == general.replies and compiled.rows == general.rows
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
import sqlalchemy as sa

from portico.app import Portico
from portico.db.session import Database, run
from tests.integration.compiled.writing.ledger import metadata, wind

Expose = Callable[[Portico], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """One request; a body is JSON text, so that it may be broken."""

    method: str
    path: str
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class Run:
    """What came back, what is stored, and the compiled statements that were sent."""

    replies: list[tuple[int, bytes, dict[str, str]]] = field(
        default_factory=list[tuple[int, bytes, dict[str, str]]]
    )
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict[str, list[tuple[Any, ...]]])
    compiled: list[str] = field(default_factory=list[str])


async def twice(url: str, requests: Sequence[Sent], expose: Expose, *, who: Any = None) -> tuple[Run, Run]:
    """Both runs, the compiled one first."""
    runs: list[Run] = []
    kinds: tuple[Literal["private", "off"], ...] = ("private", "off")
    for kind in kinds:
        wind()
        async with (
            Database(url, name=kind, compiled=kind) as database,
            serving(database, expose, who) as client,
        ):
            await database.drop_tables(metadata)
            await database.create_tables(metadata)
            made = Run()
            note_writes(database, made.compiled)
            for one in requests:
                made.replies.append(parts(await send(client, one)))
            for table in metadata.sorted_tables:
                found = await run(database, sa.select(table).order_by(*table.primary_key))
                made.rows[table.name] = [tuple(row) for row in found]
            runs.append(made)
    return runs[0], runs[1]


def note_writes(database: Database, texts: list[str]) -> None:
    """Note every compiled statement that is not a reading."""

    def hear(text: str) -> None:
        if not text.startswith("SELECT"):
            texts.append(text)

    database.engines.hearers.append(hear)


@asynccontextmanager
async def serving(database: Database, expose: Expose, who: Any = None) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of what is exposed."""
    api = Portico(database, principal=None if who is None else (lambda: who))
    expose(api)
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def send(client: httpx.AsyncClient, one: Sent) -> httpx.Response:
    """The reply to a request."""
    kind = {} if one.body is None else {"Content-Type": "application/json"}
    return await client.request(one.method, one.path, content=one.body, headers=kind | one.headers)


def parts(reply: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers, without the id that each request has of its own."""
    identity = reply.headers.get("x-request-id", "").encode()
    content = reply.content.replace(identity, b"") if identity else reply.content
    return reply.status_code, content, {k: v for k, v in reply.headers.items() if k != "x-request-id"}
