"""Portico inside somebody else's application."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException, Response
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.app import Portico
from portico.db.fields import IntegerField, StringField
from portico.db.models import Model
from portico.db.session import Database
from portico.errors import ConfigurationError, NotFoundError, UsageError

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Item(Base):
    """Something to serve."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)


class Admin(Base):
    """A class whose table has the name of a fixed page."""

    id: Mapped[int] = IntegerField(primary_key=True)

    class Meta(Base.Meta):
        table = "admin"


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client without a network."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


@pytest.fixture
async def api(db: Database) -> Portico:
    """An API over one table."""
    await db.create_tables(metadata)
    made = Portico(db)
    made.expose(Item, policy="public")
    return made


async def test_the_users_routes_win_before_and_after(api: Portico) -> None:
    """Where mount() stands in the file does not matter."""
    app = FastAPI()
    app.get("/items/mine")(lambda: {"from": "before"})
    api.mount(app)
    app.get("/items/yours")(lambda: {"from": "after"})
    app.get("/")(lambda: {"from": "root"})
    async with client_of(app) as client:
        for path, source in (("/items/mine", "before"), ("/items/yours", "after"), ("/", "root")):
            assert (await client.get(path)).json() == {"from": source}
        assert (await client.get("/items")).json()["items"] == []


async def test_the_users_lifespan_runs_inside_ours(api: Portico) -> None:
    """The database works while the user's start-up and shutdown code runs."""
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[dict[str, Any]]:
        await Item.create(name="made at start")
        yield {"kept": True}
        seen.append((await Item.get(1)).name)

    app = FastAPI(lifespan=lifespan)
    api.mount(app)
    async with app.router.lifespan_context(app) as state:
        assert state == {"kept": True}
        async with client_of(app) as client:
            assert (await client.get("/items/1")).json()["name"] == "made at start"
    assert seen == ["made at start"]


async def test_errors_of_ours_in_the_users_routes_are_problems(api: Portico) -> None:
    """A user's `await Item.get(7)` needs no try."""
    app = FastAPI()
    api.mount(app)

    @app.get("/own/{key}")
    async def own(key: int) -> str:
        return (await Item.get(key)).name

    async with client_of(app) as client:
        missing = await client.get("/own/7")
        assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
        invalid = await client.get("/own/x")
        assert isinstance(invalid.json()["detail"], list)


async def test_the_developers_own_mistakes_are_not_hidden(api: Portico) -> None:
    """A wrong call is a bug: it must reach the log with its traceback, not become a polite reply."""
    app = FastAPI()
    api.mount(app)

    @app.get("/wrong")
    async def wrong() -> None:
        raise UsageError("A bug.")

    async with client_of(app) as client:
        with pytest.raises(UsageError):
            await client.get("/wrong")


async def test_the_users_handlers_come_first(api: Portico) -> None:
    """An application with its own format of errors keeps it, for generated routes too."""
    app = FastAPI()
    app.add_exception_handler(NotFoundError, lambda _request, _error: Response("mine", 404))
    api.mount(app)
    async with client_of(app) as client:
        assert (await client.get("/items/7")).text == "mine"


async def test_dependencies_of_the_application_guard_generated_routes(api: Portico) -> None:
    """`FastAPI(dependencies=[...])` is said of all routes, and means all."""

    def refuse() -> None:
        raise HTTPException(403, "No.")

    app = FastAPI(dependencies=[Depends(refuse)])
    api.mount(app)
    async with client_of(app) as client:
        assert (await client.get("/items")).status_code == 403


async def test_a_prefix_goes_before_the_resources(db: Database) -> None:
    """Below a prefix, every name is free."""
    await db.create_tables(metadata)
    api = Portico(db, prefix="/api", title="Shop")
    api.expose(Admin, policy="read_only")
    api.expose(Item, policy="public", name="things")
    async with client_of(api.app()) as client:
        assert (await client.get("/api/admin")).json()["items"] == []
        made = await client.post("/api/things", json={"name": "x"})
        assert made.headers["location"] == "/api/things/1"
        front = (await client.get("/")).json()
        assert front["title"] == "Shop"
        assert [(one["path"], one["operations"]) for one in front["resources"]] == [
            ("/api/admin", ["read"]),
            ("/api/things", ["read", "create", "update", "delete"]),
        ]


async def test_health_asks_the_database(api: Portico, tmp_path: Any) -> None:
    """200 with one word; 503 when the database does not answer."""
    async with client_of(api.app()) as client:
        assert (await client.get("/health")).json() == {"status": "healthy"}
    async with (
        Database(f"sqlite+aiosqlite:///{tmp_path}/no/such/directory/x.db") as lost,
        client_of(Portico(lost).app()) as client,
    ):
        reply = await client.get("/health")
        assert (reply.status_code, reply.json()) == (503, {"status": "unhealthy"})


async def test_read_only_resources_answer_405_to_writes(db: Database) -> None:
    """And say in Allow what there is."""
    await db.create_tables(metadata)
    api = Portico(db)
    api.expose(Item, policy="read_only")
    async with client_of(api.app()) as client:
        reply = await client.post("/items", json={"name": "x"})
        assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert (await client.delete("/items/1")).status_code == 405


async def test_documents_are_served_by_fastapi(api: Portico) -> None:
    """The usual pages at the usual places."""
    async with client_of(api.app()) as client:
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert (await client.get(path)).status_code == 200


def test_mistakes_in_declarations_stop_the_start(db: Database) -> None:
    """None of them may wait for the first request."""
    api = Portico(db)
    with pytest.raises(ConfigurationError, match="read_only"):
        api.expose(Item)
    api.expose(Admin, policy="public")
    with pytest.raises(ConfigurationError, match="prefix"):
        api.mount(FastAPI())
    late = Portico(db)
    late.mount(FastAPI())
    with pytest.raises(ConfigurationError, match=r"before mount\(\)"):
        late.expose(Item, policy="public")


async def test_an_api_works_below_another_application_and_behind_a_proxy(db: Database) -> None:
    """Locations and links are those that the client can use."""
    await db.create_tables(metadata)
    api = Portico(db)
    api.expose(Item, policy="public")
    outer, inner = FastAPI(), api.app()
    outer.mount("/v1", inner)
    async with client_of(outer) as client:
        made = await client.post("/v1/items/", json={"name": "x"})
        assert made.headers["location"] == "/v1/items/1"
        assert (await client.get("/v1/items/1/")).json()["name"] == "x"
    behind = httpx.ASGITransport(app=inner, root_path="/proxy")
    async with httpx.AsyncClient(transport=behind, base_url="http://test") as client:
        assert (await client.post("/items", json={"name": "y"})).headers["location"] == "/proxy/items/2"
        assert (await client.get("/")).json()["resources"][0]["path"] == "/proxy/items"


async def test_a_lifespan_may_begin_again(api: Portico) -> None:
    """Test clients start and stop one application many times."""
    app = api.app()
    for number in range(2):
        async with app.router.lifespan_context(app):
            made = await Item.create(name=f"run {number}")
            assert made.id == number + 1


async def test_all_models_can_be_exposed_at_once(db: Database) -> None:
    """Those that were exposed before keep what was said of them."""
    await db.create_tables(metadata)
    api = Portico(db, prefix="/api")
    api.expose(Item, policy="read_only", name="things")
    api.expose_all(policy="public", include=[Item, Admin])
    assert {one.name: set(one.operations) for one in api.resources} == {
        "things": {"read"},
        "admin": {"read", "create", "update", "delete"},
    }
    with pytest.raises(ConfigurationError, match="policy"):
        Portico(db).expose_all()
