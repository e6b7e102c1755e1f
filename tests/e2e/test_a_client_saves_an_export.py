"""A story over real connections: an export is read to its end, or seen to be broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.app import Portico
from portico.db.fields import IntegerField, TextField
from portico.db.models import Model
from portico.db.session import Database

metadata = MetaData()
NUMBER, LONG = 2_000, "x" * 20_000
"""Forty megabytes: no buffer on the way holds them."""


class Page(Model):
    """Something long."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = TextField(default="")

    class Meta:
        metadata = metadata


@asynccontextmanager
async def served(app: FastAPI) -> AsyncGenerator[str]:
    """The address of a server that runs the application."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="on", log_level="critical"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await running


@pytest.fixture
async def db(tmp_path: Path) -> AsyncGenerator[Database]:
    """A database of long pages."""
    async with Database(f"sqlite:///{tmp_path}/pages.db") as made:
        await made.create_tables(metadata)
        await Page.bulk_create([Page(text=LONG) for _ in range(NUMBER)])
        yield made


@pytest.fixture
async def client(db: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of a served application."""
    api = Portico(db)
    api.expose(Page, policy="read_only")
    async with served(api.app()) as url, httpx.AsyncClient(base_url=url, timeout=20) as made:
        yield made


async def test_a_whole_export_ends_properly(client: httpx.AsyncClient) -> None:
    """Every row, and the end of the reply after it."""
    answer = await client.get("/pages/export?format=csv&id__lte=1200")
    assert answer.status_code == 200
    assert answer.text.count("\r\n") == 1201


async def test_a_broken_export_ends_the_connection(client: httpx.AsyncClient, db: Database) -> None:
    """What was read so far must not be taken for everything."""
    async with client.stream("GET", "/pages/export") as answer:
        pieces = answer.aiter_bytes()
        await anext(pieces)
        await db.execute_raw("DROP TABLE pages")
        with pytest.raises(httpx.RemoteProtocolError):
            async for _ in pieces:
                pass
    assert (await client.get("/health")).status_code == 200


async def test_a_client_that_leaves_costs_nothing_more(client: httpx.AsyncClient, db: Database) -> None:
    """The database is free at once: its file can be written, and the next request is answered."""
    async with client.stream("GET", "/pages/export") as answer:
        await anext(answer.aiter_bytes())
    await db.execute_raw("DELETE FROM pages")
    assert (await client.get("/pages/export")).text == ""
