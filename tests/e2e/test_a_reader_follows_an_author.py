"""A story over a real server: somebody writes, somebody reads, and one of them makes mistakes."""

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
from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.mixins import TimestampMixin
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref
from portico.db.session import Database

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Author(Base):
    """Somebody who writes."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50, unique=True)
    articles: Many[Article] = OneToMany(back_populates="author")


class Article(TimestampMixin, Base):
    """Something written."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=100)
    author_id: Mapped[int] = ForeignKeyField(Author, on_delete="cascade")
    author: Ref[Author] = ManyToOne(back_populates="articles")


@asynccontextmanager
async def served(app: FastAPI) -> AsyncGenerator[str]:
    """The address of a server that runs the application."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="on", log_level="warning"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await running


@pytest.fixture
async def client(tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of a served application whose own lifespan makes the tables."""
    async with Database(f"sqlite:///{tmp_path}/blog.db") as db:

        @asynccontextmanager
        async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
            await db.create_tables(metadata)
            yield

        app = FastAPI(lifespan=lifespan)
        api = Portico(db)
        api.expose_all(policy="public", include=[Author, Article])
        api.mount(app)
        async with served(app) as address, httpx.AsyncClient(base_url=address) as made:
            yield made


async def test_a_reader_follows_an_author(client: httpx.AsyncClient) -> None:
    """From an empty database to the second page of an author's articles."""
    author = await client.post("/authors", json={"name": "Ann"})
    for number in range(5):
        body = {"title": f"Part {number}", "author_id": author.json()["id"]}
        assert (await client.post("/articles", json=body)).status_code == 201
    page = await client.get("/articles?author.name=Ann&sort=-id&limit=2&include=author")
    assert [(one["title"], one["author"]["name"]) for one in page.json()["items"]] == [
        ("Part 4", "Ann"), ("Part 3", "Ann"),
    ]  # fmt: skip
    following = await client.get(page.links["next"]["url"])
    assert [one["title"] for one in following.json()["items"]] == ["Part 2", "Part 1"]
    article = following.json()["items"][0]
    changed = await client.patch(f"/articles/{article['id']}", json={"title": "Part two"})
    assert changed.json()["updated_at"] > changed.json()["created_at"] == article["created_at"]


async def test_a_careless_client_is_told_what_is_wrong(client: httpx.AsyncClient) -> None:
    """Each mistake has its own answer, and none of them is a server error."""
    await client.post("/authors", json={"name": "Ann"})
    again = await client.post("/authors", json={"name": "Ann"})
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (409, "/name")
    typo = await client.get("/authors?nmae=Ann")
    assert (typo.status_code, "Did you mean 'name'?" in typo.json()["detail"]) == (422, True)
    refused = await client.put("/authors", json={})
    assert refused.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST"
    assert (await client.head("/authors/1")).status_code == 200
    assert (await client.get("/health")).json() == {"status": "healthy"}
    assert (await client.request("DELETE", "/authors/1")).status_code == 204
