"""Writes for one state of a row only, and readings that are sent once."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from tests.integration.rest.blog import Post, User, metadata

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.session import Database

FULL = {
    "title": "Grüße",
    "body": "text",
    "likes": 3,
    "price": "1.5",
    "rating": 0.1,
    "mood": "good",
    "published": True,
    "extra": {"b": [1, 2.5, None], "a": "x"},
    "seen_at": "2026-01-31T12:00:00.123456+02:00",
}

OTHER: dict[str, object] = {"mood": "bad", "published": False, "extra": [], "seen_at": None}


def browser(app: FastAPI) -> httpx.AsyncClient:
    """A client of some application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


@pytest.fixture
async def post(client: httpx.AsyncClient, ann: int) -> httpx.Response:
    """The answer to a new post with a value in every field."""
    answer = await client.post("/posts", json={**FULL, "author_id": ann})
    assert answer.status_code == 201, answer.text
    return answer


async def test_all_answers_about_one_state_carry_the_same_tag(
    client: httpx.AsyncClient, post: httpx.Response
) -> None:
    """What was sent and what is stored may be spelled differently (1.5 and 1.50, two time zones)."""
    read = await client.get("/posts/1")
    assert read.headers["etag"] == post.headers["etag"]
    assert post.headers["etag"].startswith('"')
    for method, body in (
        ("PATCH", {"price": "2", "rating": 1e22, "seen_at": "2026-02-01T00:00:00Z"}),
        ("PUT", {**FULL, "author_id": 1}),
        ("POST", {"likes": 2}),
    ):
        path = "/posts/1/increment" if method == "POST" else "/posts/1"
        written = await client.request(method, path, json=body)
        assert written.status_code == 200, written.text
        assert written.headers["etag"] == (await client.get("/posts/1")).headers["etag"]


async def test_a_tag_changes_with_every_field_and_only_with_them(
    client: httpx.AsyncClient, post: httpx.Response
) -> None:
    """Otherwise a change would go unnoticed."""
    seen = {post.headers["etag"]}
    for name, value in {**FULL, "title": "x", "body": "y", "likes": 4, "price": "7", "rating": 0.2}.items():
        changed = OTHER.get(name, value)
        answer = await client.patch("/posts/1", json={name: changed})
        assert answer.headers["etag"] not in seen, name
        seen.add(answer.headers["etag"])
    again = await client.patch("/posts/1", json={"title": "x"})
    assert again.headers["etag"] in seen


async def test_a_change_for_another_state_is_refused(client: httpx.AsyncClient, post: httpx.Response) -> None:
    """The first writer wins, and the second one learns of it."""
    stale = {"If-Match": post.headers["etag"]}
    first = await client.patch("/posts/1", json={"title": "First"}, headers=stale)
    assert first.status_code == 200
    for method, path, body in (
        ("PATCH", "/posts/1", {"title": "Second"}),
        ("PUT", "/posts/1", {"title": "Second", "author_id": 1}),
        ("POST", "/posts/1/increment", {"likes": 1}),
        ("DELETE", "/posts/1", None),
    ):
        refused = await client.request(method, path, json=body, headers=stale)
        assert refused.status_code == 412, (method, refused.text)
        assert refused.json()["code"] == "precondition-failed"
    fresh = {"If-Match": first.headers["etag"]}
    assert (await client.get("/posts/1")).json()["title"] == "First"
    assert (await client.delete("/posts/1", headers=fresh)).status_code == 204


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("*", 200),
        ('"other", {tag}', 200),
        ('{tag} , "other"', 200),
        ("W/{tag}", 412),
        ('"other"', 412),
        ("", 400),
        ("plain", 400),
        ('"open', 400),
        ('"a" "b"', 400),
        ('"' + "a" * 9000 + '"', 400),
    ],
)
async def test_if_match_is_read_as_http_says(
    client: httpx.AsyncClient, post: httpx.Response, sent: str, status: int
) -> None:
    """Strong comparison, lists, the asterisk; what cannot be understood is not passed over."""
    headers = {"If-Match": sent.format(tag=post.headers["etag"])}
    answer = await client.patch("/posts/1", json={"title": "New"}, headers=headers)
    assert answer.status_code == status, answer.text


async def test_if_match_on_a_row_that_is_not_there_is_404(client: httpx.AsyncClient, ann: int) -> None:
    """A condition tells nothing that a request without it would not."""
    for method in ("PATCH", "DELETE"):
        body = {"title": "x"} if method == "PATCH" else None
        answer = await client.request(method, "/posts/99", json=body, headers={"If-Match": "*"})
        assert answer.status_code == 404, ann


async def test_if_none_match_refuses_to_overwrite(client: httpx.AsyncClient, post: httpx.Response) -> None:
    """With the asterisk it means: only when there is none."""
    body = {"title": "New", "author_id": 1}
    answer = await client.put("/posts/1", json=body, headers={"If-None-Match": "*"})
    assert answer.status_code == 412
    answer = await client.put("/posts/1", json=body, headers={"If-None-Match": '"other"'})
    assert answer.status_code == 200, post.text


@pytest.mark.parametrize("sent", ["{tag}", "W/{tag}", "*", '"other",{tag}'])
async def test_what_a_client_has_is_not_sent_again(
    client: httpx.AsyncClient, post: httpx.Response, sent: str
) -> None:
    """304, without a body, with the tag; for readings a weak tag is as good."""
    headers = {"If-None-Match": sent.format(tag=post.headers["etag"])}
    answer = await client.get("/posts/1", headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == post.headers["etag"]
    await client.patch("/posts/1", json={"title": "New"})
    again = await client.get("/posts/1", headers={"If-None-Match": post.headers["etag"]})
    assert again.status_code == 200


async def test_a_wider_reading_has_a_tag_of_its_own_that_serves_to_write(
    client: httpx.AsyncClient, post: httpx.Response
) -> None:
    """With the author along it changes with the author, and still names the state of the row."""
    wide = await client.get("/posts/1?include=author")
    assert wide.headers["etag"] != post.headers["etag"]
    await client.patch("/users/1", json={"username": "bea"})
    known = {"If-None-Match": wide.headers["etag"]}
    assert (await client.get("/posts/1?include=author", headers=known)).status_code == 200
    assert (await client.get("/posts/1")).headers["etag"] == post.headers["etag"]
    match = {"If-Match": wide.headers["etag"]}
    assert (await client.patch("/posts/1", json={"title": "New"}, headers=match)).status_code == 200
    assert (await client.patch("/posts/1", json={"title": "Newer"}, headers=match)).status_code == 412


async def test_of_two_that_write_for_the_same_state_exactly_one_wins(
    client: httpx.AsyncClient, post: httpx.Response
) -> None:
    """The comparison and the write are one step, with real connections at the same time."""
    for turn in range(5):
        tag = (await client.get("/posts/1")).headers["etag"]
        answers = await asyncio.gather(
            *(
                client.patch("/posts/1", json={"title": f"{turn}-{n}"}, headers={"If-Match": tag})
                for n in range(8)
            )
        )
        assert sorted(one.status_code for one in answers) == [200] + [412] * 7, post.text


async def test_a_resource_may_insist_on_a_state(tables: Database) -> None:
    """428 says what is missing; the word of a resource comes before that of the application."""
    api = Portico(tables, require_if_match=True)
    api.expose(User, policy="public", require_if_match=False)
    api.expose(Post, policy="public")
    async with browser(api.app()) as client:
        await client.post("/users", json={"username": "ann"})
        made = await client.post("/posts", json={"title": "A", "author_id": 1})
        for method, path, body in (
            ("PATCH", "/posts/1", {"title": "x"}),
            ("PUT", "/posts/1", {"title": "x", "author_id": 1}),
            ("POST", "/posts/1/increment", {"likes": 1}),
            ("DELETE", "/posts/1", None),
        ):
            answer = await client.request(method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (428, "precondition-required")
        good = {"If-Match": made.headers["etag"]}
        assert (await client.patch("/posts/1", json={"title": "x"}, headers=good)).status_code == 200
        assert (await client.patch("/users/1", json={"username": "x"})).status_code == 200


class Base(DeclarativeBase):
    """Plain SQLAlchemy."""

    metadata = MetaData()


class Page(Base):
    """A row that counts its versions."""

    __tablename__ = "pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(50))
    edited: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


async def test_a_version_column_is_the_tag_and_moves_with_every_write(db: Database) -> None:
    """By the one statement and by the longer way alike."""
    await db.create_tables(Base.metadata)
    api = Portico(db)
    api.expose(Page, policy="public")
    async with browser(api.app()) as client:
        made = await client.post("/pages", json={"text": "a"})
        assert made.headers["etag"] == '"v1"', made.text
        short = await client.patch("/pages/1", json={"text": "b"})
        assert (short.headers["etag"], short.json()["version"]) == ('"v2"', 2)
        long = await client.patch("/pages/1", json={"text": "c"}, headers={"If-Match": '"v2"'})
        assert (long.status_code, long.headers["etag"]) == (200, '"v3"')
        late = await client.patch("/pages/1", json={"text": "d"}, headers={"If-Match": '"v2"'})
        assert late.status_code == 412
        assert (await client.get("/pages/1")).headers["etag"] == '"v3"'


async def test_readings_under_a_rule_are_for_one_caller_alone(tables: Database) -> None:
    """A cache that many share must not hand on what a rule let somebody see."""
    api = Portico(tables, principal=lambda: Principal(1))
    api.expose(User, policy=Policy(read=lambda who: User.id == who.id))
    api.expose(Post, policy="read_only", cache_control="private, max-age=60")
    async with browser(api.app()) as client:
        users = (await client.get("/users")).headers
        assert (users["cache-control"], users["vary"]) == ("private, no-cache", "Authorization, Cookie")
        posts = (await client.get("/posts")).headers
        assert (posts["cache-control"], posts["vary"]) == ("private, max-age=60", "Authorization, Cookie")


async def test_what_everybody_may_read_says_nothing_of_caches_unless_told(
    client: httpx.AsyncClient, post: httpx.Response, tables: Database
) -> None:
    """That is for the application to decide."""
    assert "cache-control" not in (await client.get("/posts/1")).headers, post.text
    api = Portico(tables)
    api.expose(User, policy="public", cache_control="public, max-age=60")
    async with browser(api.app()) as other:
        read = await other.get("/users/1")
        assert read.headers["cache-control"] == "public, max-age=60"
        assert "vary" not in read.headers
        same = await other.get("/users/1", headers={"If-None-Match": read.headers["etag"]})
        assert (same.status_code, same.headers["cache-control"]) == (304, "public, max-age=60")


@pytest.mark.parametrize(
    ("sent", "is_one"),
    [
        ("*", True),
        ('"a1"', True),
        ('W/"a1", "b2"', True),
        ("", False),
        ("0", False),
        ("a1", False),
        ("**", False),
    ],
)
async def test_the_document_takes_the_tags_that_the_server_takes(
    app: FastAPI, client: httpx.AsyncClient, sent: str, *, is_one: bool
) -> None:
    """Tools make headers of it; what it takes is never refused as unreadable."""
    assert metadata.tables
    parameters = app.openapi()["paths"]["/posts/{id}"]["patch"]["parameters"]
    (schema,) = (one["schema"] for one in parameters if one["name"] == "If-Match")
    described = sent == schema["if"]["const"] or bool(re.search(schema["else"]["pattern"], sent))
    assert (schema["type"], described) == ("string", is_one)
    answer = await client.patch("/posts/1", json={"likes": 1}, headers={"If-Match": sent})
    assert (answer.status_code != 400) is is_one, answer.text


def test_conditions_and_tags_are_documented(app: FastAPI) -> None:
    """A generated client knows them."""
    assert metadata.tables
    paths = app.openapi()["paths"]
    one = paths["/posts/{id}"]
    assert {"304", "200"} <= one["get"]["responses"].keys()
    assert "ETag" in one["get"]["responses"]["200"]["headers"]
    for method in ("patch", "put", "delete"):
        assert "412" in one[method]["responses"]
        assert "If-Match" in [each.get("name") for each in one[method]["parameters"]]
    assert "Idempotency-Key" in [each.get("name") for each in paths["/posts"]["post"]["parameters"]]
