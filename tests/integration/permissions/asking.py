"""Somebody who asks the office over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

import httpx
from fastapi import Header

from portico.access import Principal
from portico.db.session import Database

from .world import ANYBODY, Office, expose_all

PATHS: Final = {"person": "persons", "document": "documents", "comment": "comments", "tag": "tags"}
REHEARSED: Final = {"Prefer": "tx=rollback"}


@dataclass(frozen=True)
class Asking:
    """One of the people, and what is stored while they ask."""

    client: httpx.AsyncClient
    name: str
    office: Office

    @property
    def who(self) -> Principal:
        """The principal."""
        return ANYBODY[self.name]

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request; no request of anybody may be a fault of the server."""
        headers = {"x-who": self.name, **options.pop("headers", {})}
        reply = await self.client.request(method, path, headers=headers, **options)
        assert reply.status_code < 500, (method, path, reply.text)
        return reply

    async def get(self, path: str, **options: Any) -> Any:
        """What a GET answers; None when it is refused."""
        reply = await self.send("GET", path, **options)
        return reply.json() if reply.status_code == 200 else None

    async def rehearse(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A write that is undone when it is answered."""
        reply = await self.send(method, path, headers=REHEARSED, **options)
        if reply.is_success:
            assert "tx=rollback" in reply.headers["preference-applied"], (method, path)
        return reply


async def principal(x_who: Annotated[str, Header()] = "nobody") -> Principal:
    """Who a header says."""
    return ANYBODY[x_who]


async def client_of(db: Database) -> httpx.AsyncClient:
    """A client of the office."""
    api = expose_all(db, principal)
    await api.create_tables()
    transport = httpx.ASGITransport(app=api.app())
    return httpx.AsyncClient(transport=transport, base_url="http://test")
