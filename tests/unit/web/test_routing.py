"""Generated routes have good manners: slashes, HEAD, OPTIONS, 405, and the user's own routes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from portico.web import HANDLED, GeneratedRoute, Neighbours, PathMethods, answer_error, strict


class Thing(BaseModel):
    """A body."""

    name: str
    size: int = 1


async def generated(key: str = "") -> dict[str, str]:
    """What Portico made."""
    return {"from": "generated", "key": key}


async def created(body: Annotated[Thing, strict(Thing)]) -> dict[str, Any]:
    """What Portico made."""
    return {"from": "generated", "body": body.model_dump()}


async def taken(body: Thing) -> dict[str, Any]:
    """What the user wrote, with a body."""
    return {"from": "own", "body": body.model_dump()}


async def own() -> dict[str, str]:
    """What the user wrote."""
    return {"from": "own"}


def add_generated(app: FastAPI) -> None:
    """Two paths as the REST door makes them."""
    endpoints: dict[str, dict[str, Callable[..., Any]]] = {
        "/things": {"GET": generated, "POST": created},
        "/things/{key}": {"GET": generated},
    }
    for path, methods in endpoints.items():
        for method, endpoint in methods.items():
            app.router.add_api_route(path, endpoint, methods=[method], route_class_override=GeneratedRoute)
        made = [route for route in app.routes if isinstance(route, GeneratedRoute) and route.path == path]
        for route in made:
            route.among = Neighbours(app.router)
        app.router.routes.append(PathMethods(made))
    for error in HANDLED:
        app.add_exception_handler(error, answer_error)


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client without a network."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


@pytest.fixture
def app() -> FastAPI:
    """An application with generated routes."""
    made = FastAPI()
    add_generated(made)
    return made


async def told_by(app: FastAPI, path: str, method: str = "GET", **more: Any) -> str:
    """Who answered."""
    async with client_of(app) as client:
        return str((await client.request(method, path, **more)).json()["from"])


@pytest.mark.parametrize("path", ["/things", "/things/", "/things/a", "/things/a/"])
async def test_paths_answer_with_and_without_a_slash(app: FastAPI, path: str) -> None:
    """A redirect would lose bodies in some clients and costs a round trip in all."""
    assert await told_by(app, path) == "generated"


@pytest.mark.parametrize("path", ["/things", "/things/special"])
async def test_a_route_declared_before_wins(path: str) -> None:
    """The user's own code is never shadowed."""
    app = FastAPI()
    app.get(path)(own)
    add_generated(app)
    assert await told_by(app, path) == "own"


@pytest.mark.parametrize("declared", ["/things/special", "/things/{slug}", "/things"])
async def test_a_route_declared_after_wins_too(app: FastAPI, declared: str) -> None:
    """Where `mount()` stands in a file must not matter."""
    app.get(declared)(own)
    assert await told_by(app, declared.replace("{slug}", "x")) == "own"


async def test_a_route_of_a_router_included_after_wins_too(app: FastAPI) -> None:
    """FastAPI keeps included routers in an object of their own."""
    router = APIRouter()
    router.get("/special")(own)
    assert await told_by(app, "/things/special") == "generated"
    app.include_router(router, prefix="/things")
    assert await told_by(app, "/things/special") == "own"
    assert await told_by(app, "/things/other") == "generated"


async def test_a_catch_all_declared_after_does_not_win(app: FastAPI) -> None:
    """A page for everything else is not meant for what is there."""
    app.get("/{page}")(own)
    app.get("/{rest:path}")(own)
    app.mount("/", FastAPI())
    assert await told_by(app, "/things") == "generated"
    assert await told_by(app, "/things/a") == "generated"
    assert await told_by(app, "/other") == "own"


async def test_methods_that_the_user_left_out_stay_generated(app: FastAPI) -> None:
    """Overriding one operation keeps the others."""
    app.get("/things")(own)
    assert await told_by(app, "/things") == "own"
    assert await told_by(app, "/things", "POST", json={"name": "a"}) == "generated"


async def test_other_methods_are_405_with_an_allow_header(app: FastAPI) -> None:
    """RFC 9110 asks for Allow; the body is a problem document."""
    async with client_of(app) as client:
        reply = await client.delete("/things")
        options = await client.options("/things/")
    assert reply.status_code == 405
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == "method-not-allowed"
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


async def test_a_method_the_user_added_is_not_405(app: FastAPI) -> None:
    """The user may add a DELETE of a whole collection."""
    app.delete("/things")(own)
    assert await told_by(app, "/things", "DELETE") == "own"


async def test_head_is_get_without_its_body(app: FastAPI) -> None:
    """Monitoring asks with HEAD; the headers are those of GET."""
    async with client_of(app) as client:
        head, get = await client.head("/things/a"), await client.get("/things/a")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b'{"name": "a"}', "text/plain", 415),
        (b'{"name": "a"}', "", 415),
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"name": NaN}', "application/json", 422),
        (b'{"name": "' + b"x" * 1_100_000 + b'"}', "application/json", 413),
        (b'{"name": "a"}', "application/merge-patch+json; charset=utf-8", 200),
    ],
)
async def test_bodies_have_their_statuses(
    app: FastAPI, content: bytes, content_type: str, status: int
) -> None:
    """Every bad body has a 4xx of its own, and every reply is a problem document."""
    async with client_of(app) as client:
        reply = await client.post("/things", content=content, headers={"content-type": content_type})
    assert reply.status_code == status
    if status != 200:
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json()["request_id"] == reply.headers["x-request-id"]


async def test_an_unknown_field_of_a_body_is_refused_with_the_nearest(app: FastAPI) -> None:
    """Schemas of users may ignore what they do not know; this door does not."""
    async with client_of(app) as client:
        reply = await client.post("/things", json={"name": "a", "sizze": 3})
    assert reply.status_code == 422
    assert reply.json()["errors"] == [{"message": "There is no such field.", "pointer": "/sizze"}]
    assert "Did you mean 'size'?" in reply.json()["detail"]


async def test_the_users_validation_errors_stay_as_they_were(app: FastAPI) -> None:
    """Handlers are Portico's only for its own routes: others' replies must not change under them."""
    app.post("/mine")(taken)
    async with client_of(app) as client:
        reply = await client.post("/mine", json={"size": "x"})
    assert reply.status_code == 422
    assert isinstance(reply.json()["detail"], list)


async def test_the_users_way_with_http_errors_holds_for_generated_routes() -> None:
    """An application with its own error format gets it everywhere."""
    app = FastAPI()
    app.add_exception_handler(HTTPException.__mro__[1], lambda _r, _e: Response("mine", 418))
    add_generated(app)
    async with client_of(app) as client:
        assert (await client.post("/things", content=b"x")).text == "mine"


def test_generated_routes_are_ordinary_api_routes(app: FastAPI) -> None:
    """Tools that walk the routes of an application understand them."""
    assert any(isinstance(route, APIRoute) and route.path == "/things" for route in app.routes)
    assert set(app.openapi()["paths"]["/things"]) == {"get", "post"}


async def test_the_document_shows_the_route_that_answers(app: FastAPI) -> None:
    """OpenAPI keeps the last of two operations; it must be the one that is served."""
    app.get("/things/{slug}", operation_id="mine")(own)
    paths = app.openapi()["paths"]
    assert paths["/things/{slug}"]["get"]["operationId"] == "mine"
    assert "/things/{key}" not in paths


async def test_the_root_of_a_sub_application_is_a_path_like_others() -> None:
    """`/api/` is the sub-application's own `/`, and not a trailing slash."""
    inner, outer = FastAPI(), FastAPI()
    inner.router.add_api_route("/", generated, route_class_override=GeneratedRoute)
    outer.mount("/api", inner)
    assert await told_by(outer, "/api/") == "generated"
