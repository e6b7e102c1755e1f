"""Thousands of generated requests give what a slow and obvious evaluator gives.

PORTICO_TEST_REQUESTS says how many for each database (400 unless said), PORTICO_TEST_SEED with which seed; a
failure prints both and the request.
"""

from __future__ import annotations

import json
import os
import random
import secrets
from collections.abc import AsyncGenerator
from typing import Annotated, Any
from urllib.parse import urlencode

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Header

from portico.access import Principal
from portico.app import Portico
from portico.db.session import Database, run
from tests.integration.differential.reference import Asked, Reference
from tests.integration.differential.requests import Generator, body, parameters
from tests.integration.differential.world import (
    METADATA,
    MODELS,
    RELATIONS,
    SEARCH,
    Rows,
    made_rows,
    policies,
)

REQUESTS = int(os.environ.get("PORTICO_TEST_REQUESTS", "400"))
SEED = int(os.environ.get("PORTICO_TEST_SEED", "0")) or secrets.randbelow(10**9)


async def who(x_user: Annotated[str, Header()]) -> Principal:
    """Half of the requests come from an administrator, half from somebody who sees some of the rows."""
    return Principal(x_user, is_admin=x_user == "root")


@pytest.fixture
def rows() -> Rows:
    """The rows that the seed gives."""
    return made_rows(random.Random(SEED))


@pytest.fixture
async def client(db: Database, rows: Rows) -> AsyncGenerator[httpx.AsyncClient]:
    """The world behind its REST door."""
    await db.create_tables(METADATA)
    for name, several in rows.items():
        await run(db, sa.insert(METADATA.tables[name]), several)
    api = Portico(db, principal=who)
    for name, policy in policies().items():
        api.expose(MODELS[name], policy=policy, search=list(SEARCH[name]))
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


@pytest.mark.timeout(3600)
async def test_generated_requests_answer_as_the_reference_does(client: httpx.AsyncClient, rows: Rows) -> None:
    """Rows, their order and what they bring along, and the totals: the same, however a request is spelt."""
    chance = random.Random(SEED)
    references = {user: Reference(rows, user) for user in ("root", "reader")}
    found = 0
    for number in range(REQUESTS):
        user = chance.choice(list(references))
        resource = chance.choice(list(RELATIONS))
        asked = Generator(chance, ruled=user != "root").asked(resource)
        spelling = chance.choice(("parameters", "body"))
        reply = await _sent(client, resource, asked, spelling, user)
        place = f"seed {SEED}, request {number}, {user} by {spelling} of {resource}: {_shown(asked)}"
        assert reply.status_code == 200, f"{place}\n{reply.text}"
        items, total = references[user].page(resource, asked)
        page = reply.json()
        assert page["items"] == items, place
        assert page["page"]["count"] == (None if asked.count == "none" else total), place
        found += len(items)
    assert found > REQUESTS / 4, f"seed {SEED}: the requests find next to nothing"


async def _sent(
    client: httpx.AsyncClient, resource: str, asked: Asked, spelling: str, user: str
) -> httpx.Response:
    headers = {"x-user": user}
    if spelling == "body":
        return await client.post(f"/{resource}/query", json=body(asked), headers=headers)
    return await client.get(f"/{resource}?{urlencode(parameters(asked))}", headers=headers)


def _shown(asked: Asked) -> Any:
    return json.dumps({"body": body(asked), "parameters": parameters(asked)}, ensure_ascii=False)
