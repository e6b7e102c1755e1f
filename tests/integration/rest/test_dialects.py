"""Dialects: how the same rows are asked for and answered by clients that speak otherwise."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import httpx
import pytest
from tests.integration.rest.blog import Post, Tag, User, Vote

from portico.access import Policy
from portico.app import Portico
from portico.db.session import Database
from portico.errors import ConfigurationError

Speaking: TypeAlias = "Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]"


@pytest.fixture
def speaking(tables: Database) -> Speaking:
    """A client of the blog in a dialect; with ``posts`` that of the posts alone."""

    @asynccontextmanager
    async def made(dialect: str, posts: str | None = None) -> AsyncGenerator[httpx.AsyncClient]:
        api = Portico(tables, title="Blog", dialect=dialect)
        api.expose(User, policy="public", search=["username"])
        api.expose(Post, policy="public", search=["title", "body"], include=["author"], dialect=posts)
        api.expose(Vote, policy="public")
        api.expose(Tag, policy=Policy(read=True))
        transport = httpx.ASGITransport(app=api.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client

    return made


async def fill(client: httpx.AsyncClient) -> None:
    """Ann has five posts, Ben none."""
    for name in ("ann", "ben"):
        await client.post("/users", json={"username": name, "password": "secret word"})
    for number in range(1, 6):
        await client.post("/posts", json={"title": f"Post {number}", "likes": number, "author_id": 1})


async def test_classic_lists_answer_data_and_a_total(speaking: Speaking) -> None:
    """What clients of hand-written applications read."""
    async with speaking("classic") as client:
        await fill(client)
        found = (await client.get("/posts?skip=1&limit=2&sort_by=likes&sort_dir=desc")).json()
        assert found.keys() == {"data", "total", "skip", "limit"}
        assert [row["likes"] for row in found["data"]] == [4, 3]
        assert (found["total"], found["skip"], found["limit"]) == (5, 1, 2)
        assert found["data"][0]["author"]["username"] == "ann"


@pytest.mark.parametrize(
    ("asked", "likes"),
    [
        ("filter_by=likes:3", [3]),
        ("filter_by=likes__gte:4,title__icontains:post", [4, 5]),
        ("filter_by=author.username:ann,likes__lt:2", [1]),
        ('filter_by={"likes":{"lte":2}}', [1, 2]),
        ('filter_by={"or":[{"likes":1},{"likes":5}]}', [1, 5]),
        ("search=post 2", [2]),
        ("sort_by=likes&sort_dir=DESC&limit=1", [5]),
        ("filter_by=", [1, 2, 3, 4, 5]),
    ],
)
async def test_classic_filters_are_pairs_or_a_tree(speaking: Speaking, asked: str, likes: list[int]) -> None:
    """Pairs for what a person types, the tree for everything else; both mean what they mean elsewhere."""
    async with speaking("classic") as client:
        await fill(client)
        assert [row["likes"] for row in (await client.get(f"/posts?{asked}")).json()["data"]] == likes


async def test_classic_writes_answer_a_message_and_the_key(speaking: Speaking) -> None:
    """200 and never the row; PUT leaves alone what is not sent."""
    async with speaking("classic") as client:
        await fill(client)
        made = await client.post("/posts", json={"title": "New", "likes": 9, "author_id": 1})
        assert (made.status_code, made.json()) == (200, {"message": "Post created successfully", "id": 6})
        put = await client.put("/posts/6", json={"title": "Newer"})
        assert (put.status_code, put.json()) == (200, {"message": "Post updated successfully", "id": 6})
        row = (await client.get("/posts/6")).json()
        assert (row["title"], row["likes"]) == ("Newer", 9)
        gone = await client.delete("/posts/6")
        assert (gone.status_code, gone.json()) == (200, {"message": "Post deleted successfully", "id": 6})
        vote = await client.post("/votes", json={"user_id": 1, "label": "a,b"})
        assert vote.json()["id"] == "1,a~2b"


async def test_classic_refusals_look_as_those_of_the_framework(speaking: Speaking) -> None:
    """A list of places for fields and parameters, a sentence for everything else, and a message with both."""
    async with speaking("classic") as client:
        await fill(client)
        body = (await client.post("/posts", json={"title": 5, "author_id": 1})).json()
        assert body["detail"][0]["loc"] == ["body", "title"]
        assert isinstance(body["message"], str)
        parameter = (await client.get("/posts?skip=-1")).json()
        assert parameter["detail"][0]["loc"] == ["query", "skip"]
        absent = await client.get("/posts/99")
        assert (absent.status_code, absent.json()["detail"]) == (404, "There is no Post '99'.")
        twice = await client.post("/users", json={"username": "ann", "password": "secret word"})
        assert twice.status_code == 409
        assert twice.json()["message"]
        assert absent.headers["x-request-id"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("offset=1", "offset"),
        ("likes=1", "likes"),
        ("filter_by=nonsense", "filter_by"),
        ("filter_by=lik:1", "filter_by"),
        ("filter_by=likes:one", "filter_by"),
        ("filter_by={", "filter_by"),
        ('filter_by={"lik":1}', "filter_by"),
        ("sort_by=lik", "sort_by"),
        ("sort_dir=up", "sort_dir"),
        ("skip=a", "skip"),
        ("limit=0", "limit"),
        ("limit=1&limit=2", "limit"),
    ],
)
async def test_classic_parameters_that_mean_nothing_are_refused(
    speaking: Speaking, asked: str, parameter: str
) -> None:
    """By the name that the client sent, not by that of the plan behind it."""
    async with speaking("classic") as client:
        refused = await client.get(f"/posts?{asked}")
        assert refused.status_code == 422
        assert [one["loc"] for one in refused.json()["detail"]] == [["query", parameter]]


async def test_plain_lists_are_bare(speaking: Speaking) -> None:
    """The total stands in a header; conditions and sort keys are those of the house."""
    async with speaking("plain") as client:
        await fill(client)
        found = await client.get("/posts?skip=1&limit=2&sort=-likes&likes__gte=2")
        assert [row["likes"] for row in found.json()] == [4, 3]
        assert found.headers["x-total-count"] == "4"
        made = await client.post("/posts", json={"title": "New", "author_id": 1})
        assert (made.status_code, made.headers["location"]) == (201, "/posts/6")
        refused = await client.get("/posts?skip=-1")
        assert refused.json()["errors"][0]["parameter"] == "skip"
        assert (await client.get("/posts?offset=1")).status_code == 422


async def test_a_resource_may_speak_otherwise_than_its_application(speaking: Speaking) -> None:
    """One old client is no reason to change all of them."""
    async with speaking("portico", posts="classic") as client:
        await fill(client)
        assert "items" in (await client.get("/users")).json()
        assert "data" in (await client.get("/posts")).json()


@pytest.mark.parametrize("dialect", ["classic", "plain"])
async def test_a_dialect_is_in_the_document(speaking: Speaking, dialect: str) -> None:
    """Generated clients read what is answered, not what another dialect would."""
    async with speaking(dialect) as client:
        document = (await client.get("/openapi.json")).json()
        listed = document["paths"]["/posts"]["get"]
        names = {one["name"] for one in listed["parameters"]}
        assert {"skip", "limit"} <= names
        assert not names & {"offset", "cursor"}
        answer: Any = listed["responses"]["200"]["content"]["application/json"]["schema"]
        assert (answer.get("type") == "array") is (dialect == "plain")


async def test_an_unknown_dialect_is_refused_at_the_start(db: Database) -> None:
    """With the one that was meant."""
    with pytest.raises(ConfigurationError, match="clasic") as caught:
        Portico(db, dialect="clasic")
    assert "classic" in str(caught.value.hint)
    with pytest.raises(ConfigurationError, match="expose"):
        Portico(db).expose(Post, policy="public", dialect="clasic")
