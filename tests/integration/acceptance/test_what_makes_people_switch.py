"""Fifteen points that a newcomer checks before switching, as far as they are built; the number is the point.

Points 1 (README blocks), 2 (type checkers) and 15 (one version) are in tests/docs, tests/typing and
tests/architecture; 9, 11 and 14 (mixins, migrations, admin) come with those features.
"""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
from sqlalchemy import select

from portico.app import Portico
from portico.db.query import Q
from portico.db.session import Database, atomic, on_commit
from portico.errors import NotLoadedError, UnknownNameError
from portico.testing.statements import statements
from tests.fixtures.blog import Blog, Post, Tag, User, Vote


@pytest.fixture
async def client(db: Database, blog: Blog) -> httpx.AsyncClient:
    """HTTP over the blog, everything public."""
    api = Portico(db)
    for model in (User, Post, Tag, Vote):
        api.expose(model, policy="public")
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app()), base_url="http://test")


async def test_2_a_model_is_used_by_plain_select(db: Database, blog: Blog) -> None:
    """No adapter stands between a model and SQLAlchemy."""
    async with db.session() as session:
        names = await session.scalars(select(User.username).order_by(User.username))
        assert names.all() == ["ann", "ben"]


@pytest.mark.parametrize("wrong", ["titel", "title__icontian", "author__usernme"])
async def test_3_an_unknown_name_is_an_error_in_python(blog: Blog, wrong: str) -> None:
    """A typo never means "all rows"; the message holds the nearest name and the choices."""
    with pytest.raises(UnknownNameError, match="Did you mean") as caught:
        await Post.filter(**{wrong: "x"})
    assert caught.value.nearest
    assert caught.value.choices


@pytest.mark.parametrize("query", ["titel=x", "sort=titel", "include=autor", "author.usernme=x"])
async def test_3_an_unknown_name_is_422_over_http(client: httpx.AsyncClient, query: str) -> None:
    """Never 500, never ignored."""
    answer = await client.get(f"/posts?{query}")
    assert answer.status_code == 422
    assert "Did you mean" in answer.json()["detail"]


async def test_4_lookups_span_relations_without_duplicates(client: httpx.AsyncClient, blog: Blog) -> None:
    """A post with two matching tags is one post, in Python and over HTTP, and the total says so."""
    found = Post.filter(Q(tags__name="python") | Q(tags__name="async"), author__username__icontains="AN")
    assert sorted([post.title for post in await found]) == ["Hello", "Second"]
    assert await found.count() == 2
    page = (await client.get("/posts?tags.name__in=python,async&count=exact")).json()
    assert (len(page["items"]), page["page"]["count"]) == (2, 2)


async def test_4_wildcards_in_user_text_are_text(blog: Blog) -> None:
    """Per cent and underscore find themselves only."""
    await Post.create(title="100% sure", author_id=blog.ann.id)
    assert [post.title for post in await Post.filter(title__contains="0%")] == ["100% sure"]
    assert await Post.filter(title__contains="%").count() == 1
    assert await Post.filter(title__contains="_").count() == 0


async def test_5_a_secret_reaches_no_answer(client: httpx.AsyncClient, blog: Blog) -> None:
    """A password goes in; neither it nor its hash comes out, by any route."""
    made = await client.post("/users", json={"username": "eve", "password": "hunter2hunter2"})
    answers = [
        made,
        await client.get("/users"),
        await client.get(f"/users/{made.json()['id']}"),
        await client.get("/posts?include=author"),
        await client.get("/users?password=hunter2hunter2"),
        await client.get("/users?sort=password"),
    ]
    text = "".join(answer.text for answer in answers[:4])
    assert "argon2" not in text
    assert "hunter2" not in "".join(answer.text for answer in answers)
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 422, 422]


async def test_6_a_hundred_posts_with_author_and_tags_are_three_statements(db: Database, blog: Blog) -> None:
    """One for the posts, one for each relation, whatever the number of rows."""
    posts = await Post.bulk_create([Post(title=f"post {n}", author_id=blog.ann.id) for n in range(100)])
    await blog.python.posts.add(*posts)
    async with statements(db) as seen:
        found = await Post.order_by("id").prefetch("author", "tags")
    assert (len(seen), seen.round_trips) == (3, 3)
    assert {(post.author.username, post.tags[0].name) for post in found[3:]} == {("ann", "python")}


async def test_7_an_unloaded_relation_names_the_call_that_loads_it(db: Database, blog: Blog) -> None:
    """No MissingGreenlet; and one call loads it for all siblings."""
    posts = await Post.order_by("id")
    with pytest.raises(NotLoadedError, match=r'Post\.author.*await obj\.load\("author"\)'):
        _ = posts[0].author
    async with statements(db) as seen:
        await posts[0].load("author")
    assert [post.author.username for post in posts] == ["ann", "ann", "ben"]
    assert len(seen) == 1


async def test_8_composite_keys_are_first_class(client: httpx.AsyncClient, blog: Blog) -> None:
    """get, bulk calls and URLs take them."""
    third, ben = blog.third.id, blog.ben.id
    answer = await client.post("/votes", json={"post_id": third, "user_id": ben, "value": -1})
    assert answer.headers["location"].endswith(f"/votes/{third},{ben}")
    assert (await client.get(f"/votes/{third},{ben}")).json()["value"] == -1
    assert (await Vote.get((third, ben))).value == -1
    assert set(await Vote.in_bulk([(third, ben)])) == {(third, ben)}
    assert await Vote.bulk_delete([(third, ben)]) == 1


async def test_10_after_commit_means_after_the_commit(blog: Blog) -> None:
    """A nested unit is a savepoint; what it promised vanishes with it."""
    told: list[str] = []
    async with atomic():
        on_commit(lambda: told.append("outer"))
        with suppress(RuntimeError):
            async with atomic():
                await Tag.create(name="gone")
                on_commit(lambda: told.append("inner"))
                raise RuntimeError
        assert told == []
    assert told == ["outer"]
    assert await Tag.filter(name="gone").count() == 0


async def test_12_a_duplicate_is_a_conflict_with_the_field(client: httpx.AsyncClient) -> None:
    """409, the field named, no SQL and no value from the database in the body."""
    answer = await client.post("/tags", json={"name": "python"})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/name"
    assert "INSERT" not in answer.text.upper()
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_13_pages_are_stable_and_limited(client: httpx.AsyncClient) -> None:
    """Rows with equal sort keys come once each; a page has a largest size."""
    titles = [
        (await client.get(f"/posts?sort=author_id&limit=1&offset={n}")).json()["items"][0]["title"]
        for n in range(3)
    ]
    assert sorted(titles) == ["Hello", "Second", "Third"]
    assert (await client.get("/posts?limit=100000")).status_code == 422
