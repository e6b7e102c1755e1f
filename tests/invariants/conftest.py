"""Both tenants behind the walls of one kind, and somebody who asks over HTTP."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Request

from portico.db.mixins import TenantSchemas, enable_row_security
from portico.db.session import Database, registry
from tests.fixtures.servers import run_on

from .kinds import KINDS, Kind, kind_of
from .world import World, api_of, furnish, make_tables

PASSWORD = "only-for-tests"


async def get_tenant(request: Request) -> str | None:
    """The tenant that a request says; an application would look at who is logged in."""
    return request.headers.get("x-tenant")


@pytest.fixture(params=KINDS)
def kind(
    request: pytest.FixtureRequest,
    backend: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Kind:
    """A way of keeping tenants apart, with or without everything that the mixins have.

    Everything is logged that anybody would ever log: engines decide about it when they are made.
    """
    caplog.set_level(logging.DEBUG)
    if "schemas" in request.param and backend == "sqlite":
        pytest.skip("SQLite has no schemas")
    if "policies" in request.param and backend != "postgresql":
        pytest.skip("only PostgreSQL has row-level security")
    monkeypatch.setattr(registry, "_metadatas", [])
    found = kind_of(request.param)
    monkeypatch.setattr(registry, "_metadatas", [found.metadata])
    return found


@pytest.fixture
async def owner(kind: Kind, db: Database) -> AsyncIterator[Database]:
    """The database as who owns its tables uses it; they are there."""
    try:
        await make_tables(kind, db)
        yield db
    finally:
        if kind.schemas:
            schemas = TenantSchemas(db)
            for tenant in await schemas.tenants():
                await schemas.drop(tenant)


@pytest.fixture
def role(kind: Kind, url: str) -> Iterator[str | None]:
    """A role that owns nothing, where policies are to be looked at."""
    if not kind.policies:
        yield None
        return
    name = f"portico_{uuid.uuid4().hex[:12]}"
    run_on(url, f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    yield name
    run_on(url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@pytest.fixture
async def used(owner: Database, kind: Kind, role: str | None, url: str) -> AsyncIterator[Database]:
    """The database as the application uses it."""
    if role is None:
        yield owner
        return
    for things in ("USAGE ON SCHEMA public", "ALL ON ALL TABLES IN SCHEMA public"):
        await owner.execute_raw(f"GRANT {things} TO {role}")
    await owner.execute_raw(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
    await enable_row_security(owner, [one for one in kind.metadata.tables.values() if "tenant_id" in one.c])
    mine = sa.make_url(url).set(username=role, password=PASSWORD)
    async with Database(mine, name="walled", row_security=True) as database:
        with database.use():
            yield database


@pytest.fixture
async def world(kind: Kind, used: Database, caplog: pytest.LogCaptureFixture) -> AsyncIterator[World]:
    """Two tenants, and nothing logged of how they came."""
    transport = httpx.ASGITransport(api_of(kind, used, get_tenant).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        made = World(kind, used, client)
        await furnish(made)
        caplog.clear()
        yield made
