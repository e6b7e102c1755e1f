"""Two doors to the same rows: one with compiled statements, one without.

async with both(url, rows) as doors:
await doors.same("/articles?likes__gte=3", who="reader")
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
import sqlalchemy as sa
from fastapi import Header

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.session import Database, run
from tests.fixtures.database import COMPILED
from tests.integration.differential.world import METADATA, MODELS, SEARCH, made_rows, policies

ON: Any = "private" if COMPILED == "off" else COMPILED
KEY = "a key that both doors have, so that cursors are the same"
_OWN = frozenset({"date", "x-request-id"})


async def who(x_user: Annotated[str, Header()]) -> Principal:
    """An administrator, or somebody who sees some of the rows."""
    return Principal(x_user, is_admin=x_user == "root")


@dataclass
class Doors:
    """The clients of both, and how many requests were made."""

    compiled: httpx.AsyncClient
    general: httpx.AsyncClient
    database: Database
    api: Portico
    made: int = 0
    found: list[httpx.Response] = field(default_factory=list[httpx.Response])

    async def same(
        self, path: str, *, who: str = "root", body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """What both answer; a difference in status, headers or bytes fails."""
        sent = {"x-user": who, **(headers or {})}
        method = "GET" if body is None else "POST"
        one = await self.compiled.request(method, path, json=body, headers=sent)
        other = await self.general.request(method, path, json=body, headers=sent)
        self.made += 1
        assert _parts(one) == _parts(other), f"{who} {method} {path} {body}"
        return one


def _parts(reply: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    content = reply.content
    if reply.status_code >= 400:
        # Each request has an id of its own, which problem documents repeat.
        content = content.replace(reply.headers["x-request-id"].encode(), b"")
    return reply.status_code, content, {k: v for k, v in reply.headers.items() if k not in _OWN}


@asynccontextmanager
async def both(url: str, seed: int, chosen: Mapping[str, Policy] | None = None) -> AsyncGenerator[Doors]:
    """The world of the differential test behind two doors."""
    rules = chosen or policies()
    async with (
        Database(url, name="compiled", compiled=ON) as database,
        Database(url, name="general", compiled="off") as general,
    ):
        await database.create_tables(METADATA)
        for name, several in made_rows(random.Random(seed)).items():
            await run(database, sa.insert(METADATA.tables[name]), several)
        apis = [_api(one, rules) for one in (database, general)]
        async with _client(apis[0]) as one, _client(apis[1]) as other:
            yield Doors(one, other, database, apis[0])


def _api(database: Database, rules: Mapping[str, Policy]) -> Portico:
    api = Portico(database, principal=who, secret_key=KEY)
    for name, model in MODELS.items():
        api.expose(model, policy=rules[name], search=list(SEARCH[name]))
    return api


def _client(api: Portico) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=api.app())
    return httpx.AsyncClient(transport=transport, base_url="http://test")
