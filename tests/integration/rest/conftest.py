"""The blog behind its REST door, on each database."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import pytest
from fastapi import FastAPI
from tests.integration.rest.blog import Post, Tag, User, Vote, metadata

from portico.app import Portico
from portico.db.session import Database


@pytest.fixture
async def tables(db: Database) -> Database:
    """The database with the tables of the blog."""
    await db.create_tables(metadata)
    return db


@pytest.fixture
def app(tables: Database) -> FastAPI:
    """The blog, open to everybody."""
    api = Portico(tables, title="Blog")
    api.expose(User, policy="public")
    api.expose(Post, policy="public", search=["title", "body"])
    api.expose(Vote, policy="public")
    api.expose(Tag, policy="public")
    return api.app()


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the blog."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as made:
        yield made


@pytest.fixture
async def ann(client: httpx.AsyncClient) -> int:
    """The id of the first user."""
    return int(
        (await client.post("/users", json={"username": "ann", "password": "secret word"})).json()["id"]
    )
