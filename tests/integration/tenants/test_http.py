"""Tenants over HTTP: every operation of the REST door, and routes of the application."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any, Final

import httpx
import pytest
from fastapi import Depends, FastAPI, Request

from portico.app import Portico
from portico.db.scoping import get_current_tenant, unscoped
from portico.db.session import Database
from portico.errors import ConfigurationError

from .world import OURS, THEIRS, Firm, Label, Paper, Person, World

Send = Callable[..., Any]


async def get_tenant(request: Request) -> str | None:
    """The firm that asks, by a header; an application would look at who is logged in."""
    return request.headers.get("x-tenant")


@pytest.fixture(params=[True, False], ids=["dispatched", "routed"])
async def client(request: pytest.FixtureRequest, world: World) -> AsyncGenerator[httpx.AsyncClient]:
    """An application with everything exposed, and routes of its own."""
    app = FastAPI()
    api = Portico(world.db, tenant=get_tenant, dispatch=request.param)
    api.expose(Firm, policy="public")
    api.expose(Person, policy="public", include=["papers"])
    api.expose(Label, policy="public")
    api.expose(
        Paper, policy="public", include=["author", "labels", "tags"], search=["title"], nested=["labels"]
    )
    await api.create_tables()

    @app.get("/mine")
    async def mine(tenant: Annotated[Any, Depends(api.tenant)]) -> list[Any]:
        return [tenant, await Person.count()]

    @app.get("/in-a-thread")
    def in_a_thread(tenant: Annotated[Any, Depends(api.tenant)]) -> list[Any]:
        return [tenant, get_current_tenant()]

    @app.get("/without")
    async def without() -> int:
        return await Person.count()

    api.mount(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def _ask(
    client: httpx.AsyncClient, method: str, path: str, tenant: str | None = OURS, **options: Any
) -> httpx.Response:
    headers = {**({"x-tenant": tenant} if tenant else {}), **options.pop("headers", {})}
    reply = await client.request(method, path, headers=headers, **options)
    assert reply.status_code < 500, reply.text
    return reply


READING: Final = [
    "/firm_papers",
    "/firm_papers?include=author,labels,tags",
    "/firm_papers?search=paper",
    "/firm_papers?sort=-title,author.name",
    "/firm_papers?author.name__icontains=person&count=exact",
    '/firm_papers?where={"or":[{"id":{"gt":0}},{"title":"x"}]}',
    "/firm_papers?id__in=1,2,3",
    "/firm_papers?limit=1",
    "/firm_papers/aggregate?metrics=count,sum:id,min:title,max:title",
    "/firm_papers/aggregate?group_by=title&metrics=count",
    "/firm_papers/facets?facets=title",
    "/firm_papers/export",
    "/firm_papers/export?format=csv&fields=id,title",
    "/firm_papers/1",
    "/firm_papers/1?include=author,labels,tags",
    "/firm_papers/2",
    "/firm_papers/2/author",
    "/firm_papers/1/labels",
    "/firm_papers/2/labels",
    "/firm_persons/1/papers",
    "/firm_persons/2/papers",
    "/firm_persons?include=papers",
    "/firm_labels/2",
]


async def test_no_operation_tells_anything_of_another_tenant(client: httpx.AsyncClient) -> None:
    """Bodies, headers, counts: none has a byte of it."""
    for path in READING:
        reply = await _ask(client, "GET", path)
        assert THEIRS not in reply.text + str(reply.headers), path
    reply = await _ask(client, "POST", "/firm_papers/query", json={"where": {"not": {"id": 0}}})
    assert [row["title"] for row in reply.json()["items"]] == ["acme paper"]


async def test_without_a_tenant_nothing_is_answered(client: httpx.AsyncClient) -> None:
    """A problem document, and never a row; what everybody shares is there."""
    for path in READING:
        reply = await _ask(client, "GET", path, None)
        assert (reply.status_code, reply.json()["code"]) == (403, "no-tenant"), path
        assert (OURS in reply.text, THEIRS in reply.text) == (False, False)
    assert (await _ask(client, "GET", "/firm_tags", None)).status_code == 200
    assert (await _ask(client, "POST", "/firm_persons", None, json={"name": "x"})).status_code == 403


WRITING: Final[list[tuple[str, str, Any]]] = [
    ("PATCH", "/firm_papers/{}", {"title": "taken"}),
    ("PUT", "/firm_papers/{}", {"title": "taken", "author_id": 1}),
    ("DELETE", "/firm_papers/{}", None),
    ("POST", "/firm_papers/{}/increment", {"pages": 1}),
    ("PUT", "/firm_papers/{}/labels/1", None),
    ("DELETE", "/firm_papers/{}/labels/2", None),
    ("PUT", "/firm_papers/1/labels/{}", None),
    ("DELETE", "/firm_papers/1/labels/{}", None),
    ("PUT", "/firm_papers/1/labels", ["{}"]),
    ("POST", "/firm_papers", {"title": "x", "author_id": "{}"}),
    ("PATCH", "/firm_papers/1", {"author_id": "{}"}),
    ("PATCH", "/firm_papers/1", {"editor_id": "{}"}),
    ("POST", "/firm_papers/bulk", [{"title": "x", "author_id": "{}"}]),
    ("PATCH", "/firm_papers/bulk", [{"id": "{}", "title": "taken"}]),
    ("DELETE", "/firm_papers/bulk?id={}", None),
    ("POST", "/firm_persons/{}/papers", {"title": "x"}),
]


def _about(key: int, template: Any) -> Any:
    written = json.dumps(template).replace('"{}"', str(key))
    return json.loads(written)


async def _stored() -> list[Any]:
    with unscoped():
        rows = await Paper.filter(tenant_id=THEIRS).values("id", "title", "pages", "author_id", "editor_id")
        return [rows, await Label.filter(tenant_id=THEIRS, papers__id__gt=0).count()]


async def test_a_row_of_another_tenant_is_one_that_is_not_there(client: httpx.AsyncClient) -> None:
    """The same status and words as for a key that nobody has, and nothing of it has changed."""
    before = await _stored()
    for method, path, body in WRITING:
        replies = [await _ask(client, method, path.format(key), json=_about(key, body)) for key in (2, 4711)]
        said = [(one.status_code, one.text.replace("4711", "2").split('"request_id"')[0]) for one in replies]
        assert said[0] == said[1], (method, path)
        assert said[0][0] >= 400 or method == "DELETE", (method, path, said)
    assert await _stored() == before


async def test_the_tenant_is_no_field(client: httpx.AsyncClient) -> None:
    """Not to be written, read, filtered or sorted by, in any body or query."""
    refused = [
        await _ask(client, "POST", "/firm_persons", json={"name": "x", "tenant_id": OURS}),
        await _ask(client, "PATCH", "/firm_persons/1", json={"tenant_id": THEIRS}),
        await _ask(client, "POST", "/firm_persons/bulk", json=[{"name": "x", "tenant_id": THEIRS}]),
        await _ask(client, "GET", "/firm_persons?tenant_id=rival"),
        await _ask(client, "GET", "/firm_persons?sort=tenant_id"),
        await _ask(client, "GET", "/firm_persons?fields=id,tenant_id"),
        await _ask(client, "GET", "/firm_papers?author.tenant_id=rival"),
        await _ask(client, "GET", "/firm_persons/aggregate?group_by=tenant_id&metrics=count"),
    ]
    assert [reply.status_code for reply in refused] == [422] * len(refused)
    assert "tenant_id" not in (await _ask(client, "GET", "/openapi.json")).text


async def test_a_new_row_is_the_tenants(client: httpx.AsyncClient) -> None:
    """By create, bulk, upsert and nested bodies, with names that others have."""
    name = "rival person"
    made = [
        await _ask(client, "POST", "/firm_persons", json={"name": name}),
        await _ask(client, "POST", "/firm_persons/bulk", json=[{"name": "one"}, {"name": "two"}]),
        await _ask(
            client,
            "POST",
            "/firm_papers",
            json={"title": "n", "author_id": 1, "labels": {"create": [{"word": "w"}]}},
        ),
    ]
    assert [reply.status_code for reply in made] == [201, 201, 201], [reply.text for reply in made]
    assert (await _ask(client, "POST", "/firm_persons", json={"name": name})).json()["code"] == "duplicate"
    with unscoped():
        assert await Person.filter(name=name, tenant_id=OURS).count() == 1
        assert await Label.filter(word="w", tenant_id=OURS).count() == 1


async def test_an_upsert_meets_the_tenants_own_row(client: httpx.AsyncClient) -> None:
    """By a name that another tenant has too: theirs is neither found nor changed."""
    before = await _stored()
    for status in (201, 200):
        reply = await _ask(client, "POST", "/firm_persons/upsert?on=name", json={"name": "rival person"})
        assert reply.status_code == status, reply.text
    assert await _stored() == before


async def test_a_cursor_is_the_tenants(client: httpx.AsyncClient) -> None:
    """A position in one tenant's list is none in another's."""
    for number in range(3):
        for tenant in (OURS, THEIRS):
            await _ask(client, "POST", "/firm_persons", tenant, json={"name": f"{number}"})
    page = (await _ask(client, "GET", "/firm_persons?limit=1&sort=name")).json()["page"]
    assert (await _ask(client, "GET", f"/firm_persons?limit=1&sort=name&cursor={page['next']}")).is_success
    other = await _ask(client, "GET", f"/firm_persons?limit=1&sort=name&cursor={page['next']}", THEIRS)
    assert (other.status_code, other.json()["code"]) == (400, "invalid-cursor")


async def test_a_kept_answer_is_the_tenants(client: httpx.AsyncClient) -> None:
    """The same key from another tenant is another request."""
    key = {"Idempotency-Key": "once"}
    first = await _ask(client, "POST", "/firm_persons", json={"name": "once"}, headers=key)
    again = await _ask(client, "POST", "/firm_persons", json={"name": "once"}, headers=key)
    other = await _ask(client, "POST", "/firm_persons", THEIRS, json={"name": "once"}, headers=key)
    assert first.json() == again.json() != other.json()
    assert other.status_code == 201


async def test_no_shared_cache_keeps_what_a_tenant_was_answered(client: httpx.AsyncClient) -> None:
    """Although everybody may read it; what all tenants share may be kept."""
    for path in ("/firm_persons", "/firm_persons/1", "/firm_papers/1/author"):
        headers = (await _ask(client, "GET", path)).headers
        assert (headers["cache-control"], headers["vary"]) == ("private, no-cache", "Authorization, Cookie")


async def test_requests_of_two_tenants_do_not_meet(client: httpx.AsyncClient) -> None:
    """Gets that arrive together may be asked together, but never answered to the wrong one."""
    asked = [
        _ask(client, "GET", f"/firm_persons/{key}", tenant)
        for _ in range(20)
        for key in (1, 2)
        for tenant in (OURS, THEIRS)
    ]
    replies = await asyncio.gather(*asked)
    assert [reply.status_code for reply in replies] == [200, 404, 404, 200] * 20
    assert all(
        f"{(OURS, THEIRS)[number % 2]} person" in one.text
        for number, one in enumerate(replies)
        if one.is_success
    )
    assert get_current_tenant() is None


async def test_routes_of_the_application_have_the_tenant(client: httpx.AsyncClient) -> None:
    """By one dependency, in the loop and in threads; a route without it has none."""
    assert (await _ask(client, "GET", "/mine")).json() == [OURS, 1]
    assert (await _ask(client, "GET", "/in-a-thread", THEIRS)).json() == [THEIRS, THEIRS]
    assert (await _ask(client, "GET", "/mine", None)).status_code == 403
    assert (await _ask(client, "GET", "/without")).status_code == 403


async def test_an_api_without_tenants_has_no_dependency(db: Database) -> None:
    """Asked for, it says what is missing."""
    with pytest.raises(ConfigurationError, match="tenant="):
        _ = Portico(db).tenant
