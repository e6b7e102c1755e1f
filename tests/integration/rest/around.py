"""The blog as the tests of relations serve it: with whoever a header names, and policies by class."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Request
from tests.fixtures.blog import Comment, Post, Profile, Tag, User, Vote

from portico.access import Principal
from portico.app import Portico
from portico.db.session import Database
from portico.resources import Limits

Client = httpx.AsyncClient


def somebody(request: Request) -> Principal:
    """Whoever the header names; Ann, as a rule."""
    return Principal(id=int(request.headers.get("who", 1)))


@asynccontextmanager
async def speaking(app: FastAPI) -> AsyncGenerator[Client]:
    """A client of an application."""
    async with Client(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        yield client


def open_blog(
    db: Database,
    *,
    nested: dict[type[Any], list[str]] | None = None,
    limits: Limits | None = None,
    **policies: Any,
) -> FastAPI:
    """The blog, open to everybody but where a policy is given."""
    api = Portico(db, principal=somebody, limits=limits)
    for model in (User, Profile, Post, Comment, Tag, Vote):
        api.expose(
            model,
            policy=policies.get(model.__name__, "public"),
            search=["title"] if model is Post else [],
            nested=(nested or {}).get(model, []),
        )
    return api.app()


async def tags_of(client: Client, post: Post) -> list[str]:
    """The names of the tags of a post."""
    listed = await client.get(f"/posts/{post.id}/tags?sort=name")
    return [tag["name"] for tag in listed.json()["items"]]


def pointers(answer: httpx.Response) -> list[str]:
    """Where in the body something is wrong."""
    return [one["pointer"] for one in answer.json()["errors"]]
