"""What of an API is offered, guarded and included where: operations, dependencies, routers, documents."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer
from openapi_spec_validator import validate
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.app import Portico
from portico.db.fields import IntegerField, StringField
from portico.db.models import Model
from portico.db.session import Database
from portico.errors import ConfigurationError
from portico.resources import Limits
from portico.resources.hooks import Hooks
from portico.settings import get_settings

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Thing(Base):
    """Something to serve."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)


class Slow(Hooks[Thing]):
    """Hooks that take their time."""

    async def before_create(self, *_given: Any, **_more: Any) -> None:
        """Longer than anybody waits."""
        await asyncio.sleep(5)


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client without a network."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


@pytest.fixture
async def things(db: Database) -> Database:
    """The database with one table."""
    await db.create_tables(metadata)
    return db


async def test_only_the_named_operations_are_offered(things: Database) -> None:
    """The others are neither there nor in the document."""
    api = Portico(things)
    api.expose(Thing, policy="public", operations=["list", "create"])
    app = api.app()
    assert {path: set(one) for path, one in app.openapi()["paths"].items() if "things" in path} == {
        "/things": {"get", "post"}
    }
    async with client_of(app) as client:
        assert (await client.post("/things", json={"name": "x"})).status_code == 201
        assert (await client.get("/things/1")).status_code == 404
        assert (await client.delete("/things")).headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_a_wrong_operation_is_named_with_the_right_one(things: Database) -> None:
    """A misspelt name must not open or close anything silently."""
    api = Portico(things)
    with pytest.raises(ConfigurationError, match="'creat'") as caught:
        api.expose(Thing, policy="public", operations=["creat"])
    assert "create" in str(caught.value.hint)
    with pytest.raises(ConfigurationError, match="dependencies"):
        api.expose(Thing, policy="public", dependencies={"creat": []})


def refuse() -> None:
    """A dependency that lets nobody through."""
    raise HTTPException(403, "No.")


def counted(x_tenant: str = Header()) -> str:
    """A dependency that needs a header."""
    return x_tenant


async def test_dependencies_of_single_operations_guard_these_alone(things: Database) -> None:
    """Reading stays open while writing asks for more; the document says so."""
    api = Portico(things)
    api.expose(Thing, policy="public", dependencies={"create": [Depends(refuse)], "get": [Depends(counted)]})
    app = api.app()
    async with client_of(app) as client:
        assert (await client.post("/things", json={"name": "x"})).status_code == 403
        assert (await client.get("/things")).status_code == 200
        assert (await client.get("/things/1")).status_code == 422
    paths = app.openapi()["paths"]
    assert "x-tenant" in [one["name"] for one in paths["/things/{id}"]["get"]["parameters"]]
    assert "x-tenant" not in [one["name"] for one in paths["/things"]["get"]["parameters"]]


async def test_dependencies_of_the_api_guard_all_of_it(things: Database) -> None:
    """Those of `Portico(dependencies=...)`, with the security scheme that they stand for."""
    api = Portico(things, dependencies=[Depends(HTTPBearer())])
    api.expose(Thing, policy="public")
    app = api.app()
    async with client_of(app) as client:
        assert (await client.get("/things")).status_code in (401, 403)
        assert (await client.get("/things", headers={"Authorization": "Bearer x"})).status_code == 200
    document = app.openapi()
    assert document["paths"]["/things"]["get"]["security"] == [{"HTTPBearer": []}]
    assert "HTTPBearer" in document["components"]["securitySchemes"]
    app.dependency_overrides[refuse] = lambda: None


async def test_the_router_can_be_included_under_any_prefix(things: Database) -> None:
    """As any router of FastAPI: twice, under a prefix, below a router of one's own."""
    api = Portico(things)
    api.expose(Thing, policy="public")
    app, own = FastAPI(), APIRouter()
    own.include_router(api.router, prefix="/shop")
    app.include_router(own, prefix="/v1")
    async with app.router.lifespan_context(app), client_of(app) as client:
        made = await client.post("/v1/shop/things", json={"name": "x"})
        assert (made.status_code, made.headers["location"]) == (201, "/v1/shop/things/1")
        assert (await client.get("/v1/shop/things/1")).json()["name"] == "x"
        missing = await client.get("/v1/shop/things/7")
        assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
        wrong = await client.post("/v1/shop/things", json={"name": 5})
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/name")
        document = (await client.get("/openapi.json")).json()
    validate(document)
    assert document["paths"]["/v1/shop/things"]["get"]["operationId"] == "listThings"


async def test_an_application_with_a_document_of_its_own_finds_all_routes(things: Database) -> None:
    """The way to change a document that FastAPI's guide shows keeps working."""
    api = Portico(things)
    api.expose(Thing, policy="public")
    app = FastAPI()
    vars(app)["openapi"] = lambda: get_openapi(title="Mine", version="1", routes=app.routes)
    api.mount(app)
    document = app.openapi()
    assert document["info"]["title"] == "Mine"
    assert document["paths"]["/things"]["post"]["requestBody"]
    assert "ThingRead" in document["components"]["schemas"]


@pytest.mark.parametrize(("environment", "asked", "status"), [
    ("development", None, 200), ("production", None, 404), ("production", True, 200), ("test", False, 404),
])  # fmt: skip
async def test_documents_are_off_in_production_unless_asked_for(
    things: Database, monkeypatch: pytest.MonkeyPatch, environment: str, asked: bool | None, status: int
) -> None:
    """They tell strangers what there is to attack."""
    monkeypatch.setenv("ENVIRONMENT", environment)
    monkeypatch.setenv("SECRET_KEY", "a long secret that is only known to this test")
    get_settings.cache_clear()
    try:
        api = Portico(things)
        api.expose(Thing, policy="public")
        app = api.app(docs=asked)
    finally:
        get_settings.cache_clear()
    async with client_of(app) as client:
        assert {(await client.get(path)).status_code for path in ("/docs", "/redoc", "/openapi.json")} == {
            status
        }
        assert (await client.get("/")).json()["docs"] == ("/docs" if status == 200 else None)


async def test_what_takes_too_long_is_given_up_and_undone(things: Database) -> None:
    """503 with a code, and nothing half done."""
    api = Portico(things, limits=Limits(request_seconds=0.2))
    api.expose(Thing, policy="public", hooks=Slow)
    async with client_of(api.app()) as client:
        late = await client.post("/things", json={"name": "x"})
    assert (late.status_code, late.json()["code"]) == (503, "timed-out")
    assert await Thing.all().count() == 0
