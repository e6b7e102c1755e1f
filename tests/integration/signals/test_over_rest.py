"""Hooks of models and receivers hear of what clients write; and an application ends with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from portico.app import Portico
from portico.db.models import Written, post_save
from portico.db.session import Database
from portico.resources.hooks import Change, Hooks
from portico.signals import drain
from tests.integration.signals.works import CREATED, DELETED, UPDATED, Diary, Song, Work, diary, house

__all__ = ["diary", "house"]


class WorkHooks(Hooks[Work]):
    """Hooks of the resource, which come before those of the model."""

    def __init__(self, told: list[str]) -> None:
        self.told = told

    def before_create(self, change: Change[Work]) -> None:
        """First."""
        self.told.append(f"before_{change.operation}")

    def after_create(self, change: Change[Work]) -> None:
        """Last."""
        self.told.append(f"after_{change.operation}")


def application(db: Database, hooks: Any = None) -> FastAPI:
    """An API of works and songs."""
    api = Portico(db)
    api.expose(Work, policy="public", hooks=hooks)
    api.expose(Song, policy="public")
    return api.app()


@pytest.fixture
async def client(house: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client without hooks of the resource."""
    transport = httpx.ASGITransport(app=application(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def test_each_request_that_writes_is_told(client: httpx.AsyncClient, diary: Diary) -> None:
    """As if it had been written in Python."""
    with diary.listening():
        path = (await client.post("/works", json={"title": "Eroica"})).headers["location"]
        assert (await client.patch(path, json={"year": 1803})).status_code == 200
        assert (await client.delete(path)).status_code == 204
    assert diary.names == [*CREATED, *UPDATED, *DELETED]


async def test_receivers_may_come_when_the_api_is_at_work(client: httpx.AsyncClient, diary: Diary) -> None:
    """What was found out about a class before is not kept."""
    for number in range(3):
        assert (await client.post("/works", json={"title": f"before {number}"})).status_code == 201
    with diary.listening():
        assert (await client.post("/works", json={"title": "after"})).status_code == 201
    assert diary.names == CREATED


async def test_a_hook_of_the_model_fills_and_refuses(client: httpx.AsyncClient) -> None:
    """The answer shows what was stored, and an error is what it is in Python."""
    made = await client.post("/songs", json={"title": "Anthem"})
    assert (made.status_code, made.json()["slug"]) == (201, "anthem")
    refused = await client.delete(made.headers["location"])
    assert (refused.status_code, refused.json()["detail"]) == (403, "The anthem stays.")
    assert await Song.count() == 1


async def test_hooks_of_the_resource_come_around_those_of_the_model(house: Database, diary: Diary) -> None:
    """What the resource fills in, the model sees."""
    told: list[str] = []
    transport = httpx.ASGITransport(app=application(house, hooks=WorkHooks(told)))
    with post_save.connected(lambda _event: told.append("post_save"), of=Work):
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.post("/works", json={"title": "Eroica"})).status_code == 201
    assert told == ["before_create", "post_save", "after_create"]


async def test_no_receiver_after_the_commit_reaches_the_client(client: httpx.AsyncClient) -> None:
    """The reply is there while the receiver still waits."""
    gate = asyncio.Event()

    async def wait_and_fail(_event: object) -> None:
        await gate.wait()
        raise SystemExit(3)

    with post_save.connected(wait_and_fail, of=Work, after_commit=True):
        assert (await client.post("/works", json={"title": "Eroica"})).status_code == 201
        gate.set()
        await drain(10)
    assert await Work.filter(title="Eroica").exists()


async def test_an_application_ends_when_its_receivers_have(house: Database) -> None:
    """What was committed is heard of, and the database is still there for it."""
    seen: list[str] = []

    async def look(event: Written[Work]) -> None:
        seen.append((await Work.get(event.instance.id)).title)

    app = application(house)
    with post_save.connected(look, of=Work, after_commit=True):
        async with app.router.lifespan_context(app):
            await Work.create(title="Eroica")
        assert seen == ["Eroica"]
