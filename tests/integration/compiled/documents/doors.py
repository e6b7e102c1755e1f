"""Two doors to the same rows: what one answers by compiled statements, the other answers without."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
from fastapi import Header

from portico.access import Principal
from portico.app import Portico
from portico.db.session import Database
from portico.testing.statements import statements

Expose = Callable[[Database, Any], Portico]


@dataclass(frozen=True)
class Doors:
    """The clients of both, with the database of the compiled one."""

    compiled: httpx.AsyncClient
    general: httpx.AsyncClient
    database: Database

    async def same(self, path: str, who: str = "nobody") -> httpx.Response:
        """What both answer: another status, tag or body in one of them fails."""
        one, other = [await door.get(path, headers={"x-who": who}) for door in (self.compiled, self.general)]
        assert one.status_code == other.status_code, f"{who} {path}: {one.text} {other.text}"
        if one.status_code == 200:
            assert one.content == other.content, f"{who} {path}"
        assert one.headers.get("etag") == other.headers.get("etag"), f"{who} {path}"
        return one

    async def costs(self, path: str, who: str = "nobody") -> int:
        """How many statements the compiled door sends for a page that both show alike."""
        await self.same(path, who)
        async with statements(self.database) as seen:
            reply = await self.compiled.get(path, headers={"x-who": who})
        assert reply.status_code == 200, reply.text
        return seen.round_trips


@asynccontextmanager
async def opened(
    database: Database, expose: Expose, people: Mapping[str, Principal]
) -> AsyncGenerator[Doors]:
    """Both doors to a database, for people who are named in a header."""

    async def principal(x_who: Annotated[str, Header()] = "nobody") -> Principal:
        return people[x_who]

    async with (
        Database(database.url, name="general", compiled="off") as general,
        Database(database.url, name="compiled", compiled="private") as compiled,
        _client(expose(compiled, principal)) as one,
        _client(expose(general, principal)) as other,
    ):
        yield Doors(one, other, compiled)


def _client(api: Portico) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app()), base_url="http://test")
