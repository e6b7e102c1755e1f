"""Row-level security of PostgreSQL: the role and the tenant that a listener sets hold for every request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from httpx import ASGITransport
from sqlalchemy import event

from portico import Mapped, Model, Portico
from portico.db.engine import Compiled
from portico.db.fields import IntegerField, StringField
from portico.db.session import Database, run

metadata = sa.MetaData()
_tenant: ContextVar[str] = ContextVar("tenant")
READER = "portico_test_reader"


class Letter(Model):
    """Something that belongs to a tenant; only the database keeps them apart."""

    id: Mapped[int] = IntegerField(primary_key=True)
    tenant: Mapped[str] = StringField()

    class Meta:
        """In its own metadata."""

        metadata = metadata


PREPARED = (
    f"DO $$ BEGIN CREATE ROLE {READER};"
    " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
    f"GRANT USAGE ON SCHEMA public TO {READER}",
    f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {READER}",
    f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {READER}",
    "ALTER TABLE letters ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON letters USING (tenant = current_setting('app.tenant', true))",
    "INSERT INTO letters (tenant) SELECT (ARRAY['ann', 'bob'])[1 + n % 2] FROM generate_series(0, 9) AS n",
)


def _begun(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"SET ROLE {READER}")
    connection.exec_driver_sql("SELECT set_config('app.tenant', $1, false)", (_tenant.get(""),))


def _taken(connection: Any, _record: Any, _proxy: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET ROLE {READER}")
    cursor.execute(f"SELECT set_config('app.tenant', '{_tenant.get('')}', false)")
    cursor.close()


@pytest.fixture
async def kept(url: str, backend: str, way: Compiled) -> AsyncIterator[Database]:
    """Five letters of Ann's and five of Bob's; whoever is connected owns the table and would see all."""
    if backend != "postgresql":
        pytest.skip("only PostgreSQL has rules for rows")
    async with Database(url, name="kept", compiled=way) as database:
        await database.create_tables(metadata)
        for text in PREPARED:
            await run(database, sa.text(text))
        yield database


@pytest.fixture
async def client(kept: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Requests in whose context the tenant is known, as a middleware would see to it."""
    app = FastAPI()

    async def know(request: Request, call_next: Callable[[Request], Any]) -> Response:
        _tenant.set(request.headers.get("x-tenant", ""))
        answer: Response = await call_next(request)
        return answer

    app.middleware("http")(know)
    api = Portico(kept, idempotency=False)
    api.expose(Letter, policy="public")
    api.mount(app)
    async with httpx.AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


LISTENERS: dict[str, Callable[..., None]] = {"begin": _begun, "checkout": _taken}


@pytest.mark.parametrize("name", LISTENERS)
async def test_a_tenant_sees_and_changes_its_own_rows(
    kept: Database, client: httpx.AsyncClient, name: str
) -> None:
    """Also when the listener comes after the first request, and with many tenants at the same time."""
    assert (await client.get("/letters?count=none")).json()["page"]["limit"] == 50
    event.listen(kept.engine.sync_engine, name, LISTENERS[name])

    async def seen(tenant: str) -> set[str]:
        answer = await client.get("/letters", headers={"x-tenant": tenant})
        return {row["tenant"] for row in answer.json()["items"]}

    for _ in range(3):
        found = await asyncio.gather(*(seen(tenant) for tenant in ("ann", "bob", "eve") * 4))
        assert found == [{"ann"}, {"bob"}, set()] * 4
    bobs = {"x-tenant": "bob"}
    assert (await client.get("/letters/1", headers=bobs)).status_code == 404
    assert (await client.patch("/letters/1", headers=bobs, json={"tenant": "bob"})).status_code == 404
    assert (await client.delete("/letters/1", headers=bobs)).status_code == 404
    made = await client.post("/letters", headers=bobs, json={"tenant": "bob"})
    assert made.status_code == 201
    assert (await client.get(made.headers["location"], headers=bobs)).json()["tenant"] == "bob"
    assert (await client.delete(made.headers["location"], headers=bobs)).status_code == 204


@pytest.mark.parametrize("name", LISTENERS)
async def test_many_rows_at_once_obey_the_database(kept: Database, name: str) -> None:
    """COPY is one statement among others: a row of another tenant's refuses all."""
    event.listen(kept.engine.sync_engine, name, LISTENERS[name])
    _tenant.set("ann")
    with pytest.raises(Exception, match="row-level security"):
        await Letter.bulk_create([Letter(tenant="ann" if n else "bob") for n in range(200)], returning=False)
    await Letter.bulk_create([Letter(tenant="ann") for _ in range(200)], returning=False)
    assert await Letter.filter().count() == 205
