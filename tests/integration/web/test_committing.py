"""A failed commit never answers 2xx: the constraint that speaks at COMMIT is the test."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.app import Portico
from portico.db.session import Database
from portico.errors import PorticoError


class Base(DeclarativeBase):
    """Its own registry."""


class Node(Base):
    """A row whose reference is checked at COMMIT."""

    __tablename__ = "nodes"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("nodes.id", deferrable=True, initially="DEFERRED")
    )


@pytest.fixture
async def client(db: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """An application whose routes use a session of the database."""
    try:
        await db.create_tables(Base.metadata)
    except PorticoError:
        pytest.skip(f"{db.dialect_name} has no deferred constraints")
    app = FastAPI()

    @app.post("/nodes", status_code=201)
    async def add(
        session: Annotated[AsyncSession, Depends(db.get_session)],
        parent: int | None = None,
        fail: bool = False,
    ) -> dict[str, Any]:
        session.add(Node(id=1, parent_id=parent))
        await session.flush()
        if fail:
            raise HTTPException(418)
        return {"id": 1}

    @app.post("/streamed")
    async def stream(
        session: Annotated[AsyncSession, Depends(db.get_session)], parent: int | None = None
    ) -> StreamingResponse:
        session.add(Node(id=1, parent_id=parent))
        await session.flush()
        return StreamingResponse(iter(["a", "b"]))

    @app.middleware("http")
    async def around(request: Request, call_next: Any) -> Any:
        return await call_next(request)

    Portico(db).mount(app)
    app.middleware("http")(around)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as made:
        yield made


async def stored(db: Database) -> int:
    """How many rows there are."""
    return len(await db.fetch_all("SELECT id FROM nodes"))


@pytest.mark.parametrize("path", ["/nodes", "/streamed"])
async def test_what_is_answered_is_saved(client: httpx.AsyncClient, db: Database, path: str) -> None:
    """The row is there when the client reads the reply, also of a stream."""
    assert (await client.post(path)).status_code in (200, 201)
    assert await stored(db) == 1


@pytest.mark.parametrize("path", ["/nodes", "/streamed"])
async def test_a_commit_that_fails_is_the_reply(client: httpx.AsyncClient, db: Database, path: str) -> None:
    """On the plain stack this is 201, and then an error that nobody reads."""
    reply = await client.post(f"{path}?parent=99")
    assert (reply.status_code, reply.json()["code"]) == (409, "foreign-key")
    assert reply.headers["content-type"] == "application/problem+json"
    assert await stored(db) == 0


async def test_an_error_of_the_route_rolls_back(client: httpx.AsyncClient, db: Database) -> None:
    """What an endpoint refuses is not saved."""
    assert (await client.post("/nodes?fail=true")).status_code == 418
    assert await stored(db) == 0


async def test_the_next_request_works(client: httpx.AsyncClient, db: Database) -> None:
    """A failed commit leaves nothing behind in the pool."""
    await client.post("/nodes?parent=99")
    await db.execute_raw("DELETE FROM nodes")
    assert (await client.post("/nodes")).status_code == 201
