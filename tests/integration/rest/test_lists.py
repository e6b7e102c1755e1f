"""Lists over HTTP: pages, counts, conditions, order, includes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.integration.rest.blog import Post, User, Vote

from portico.db.session import Database
from portico.testing.statements import statements


@pytest.fixture
async def blog(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Two users and seven posts."""
    ann = await User.create(username="ann")
    bea = await User.create(username="Bea")
    titles = ["Alpha", "beta", "Gamma 50%", "delta", "Épsilon", "zeta_", "eta"]
    await Post.bulk_create(
        [
            Post(
                title=title,
                likes=n % 3,
                author_id=(ann if n % 2 else bea).id,
                rating=None if n % 3 else n / 2,
            )
            for n, title in enumerate(titles)
        ]
    )
    await Vote.create(user_id=ann.id, label="up")
    return client


async def listed(client: httpx.AsyncClient, query: str) -> list[Any]:
    """The titles of a list of posts."""
    reply = await client.get(f"/posts?{query}")
    assert reply.status_code == 200, reply.text
    return [row["title"] for row in reply.json()["items"]]


async def test_a_list_is_a_page_with_its_place(blog: httpx.AsyncClient) -> None:
    """Items, and where they stand; a list that fits is counted without asking."""
    reply = (await blog.get("/posts")).json()
    assert len(reply["items"]) == 7
    assert reply["page"] == {
        "limit": 50, "offset": 0, "next": None, "prev": None, "count": 7, "count_mode": "exact",
    }  # fmt: skip


async def test_pages_are_linked_and_cover_the_list(blog: httpx.AsyncClient) -> None:
    """Following `next` gives every row once, whatever the page size."""
    for size in (1, 2, 3, 7):
        path, seen = f"/posts?limit={size}&sort=-likes", list[int]()
        while path:
            reply = await blog.get(path)
            seen += [row["id"] for row in reply.json()["items"]]
            path = reply.links.get("next", {}).get("url", "")
        assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    ("query", "count", "mode", "total"),
    [
        ("limit=2&count=exact", 7, "exact", "7"),
        ("limit=2&count=none", None, "none", None),
        ("limit=2", 7, "exact", "7"),
        ("limit=2&offset=100", 7, "exact", "7"),
        ("limit=2&likes=0&count=exact", 3, "exact", "3"),
    ],
)
async def test_counts_are_as_asked(
    blog: httpx.AsyncClient, query: str, count: int | None, mode: str, total: str | None
) -> None:
    """`X-Total-Count` stands only where the number is exact."""
    reply = await blog.get(f"/posts?{query}")
    page = reply.json()["page"]
    assert (page["count"], page["count_mode"], reply.headers.get("x-total-count")) == (count, mode, total)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("title=beta", ["beta"]),
        ("title=BETA", []),
        ("title__icontains=ETA", ["beta", "zeta_", "eta"]),
        ("title__contains=%25", ["Gamma 50%"]),
        ("title__contains=_", ["zeta_"]),
        ("title__istartswith=é", ["Épsilon"]),
        ("title__in=beta,eta,nothing", ["beta", "eta"]),
        ("likes__gte=1&likes__lt=2", ["beta", "Épsilon"]),
        ("likes__not_in=0,1", ["Gamma 50%", "zeta_"]),
        ("rating__isnull=false", ["Alpha", "delta", "eta"]),
        ("author.username=ann&likes=0", ["delta"]),
        ("author.username__icontains=B", ["Alpha", "Gamma 50%", "Épsilon", "eta"]),
        ("author.posts.title=eta", ["Alpha", "Gamma 50%", "Épsilon", "eta"]),
        ("search=eta", ["beta", "zeta_", "eta"]),
        ("search=gamma%2050", ["Gamma 50%"]),
    ],
)
async def test_conditions_pick_the_same_rows_everywhere(
    blog: httpx.AsyncClient, query: str, titles: list[str]
) -> None:
    """Case, accents, wildcards and NULL mean the same on each database."""
    assert sorted(await listed(blog, query)) == sorted(titles)


async def test_rows_come_in_the_order_asked_for(blog: httpx.AsyncClient) -> None:
    """Over relations too, with the key behind everything."""
    assert (await listed(blog, "sort=-likes,title"))[:2] == ["Gamma 50%", "zeta_"]
    assert await listed(blog, "sort=-author.username,id&limit=4") == ["beta", "delta", "zeta_", "Alpha"]


async def test_includes_are_nested_and_cost_one_statement_each(
    blog: httpx.AsyncClient, tables: Database
) -> None:
    """One statement for the rows, one for each relation, and none to count a short list."""
    async with statements(tables) as seen:
        reply = await blog.get("/posts?include=author.posts&title=beta")
    row = reply.json()["items"][0]
    assert row["author"]["username"] == "ann"
    assert [post["title"] for post in row["author"]["posts"]] == ["beta", "delta", "zeta_"]
    assert "password" not in reply.text
    assert len(seen) == 3


async def test_one_row_brings_its_relations(blog: httpx.AsyncClient) -> None:
    """The same words on one row as on a list."""
    users = (await blog.get("/users?username=ann")).json()["items"]
    reply = await blog.get(f"/users/{users[0]['id']}?include=posts")
    assert [post["title"] for post in reply.json()["posts"]] == ["beta", "delta", "zeta_"]


async def test_a_get_is_one_statement(blog: httpx.AsyncClient, tables: Database) -> None:
    """One statement and one round trip, without a transaction around it."""
    async with statements(tables) as seen:
        assert (await blog.get("/posts?limit=1&count=none")).status_code == 200
    assert len(seen) == seen.round_trips == 1


async def test_unknown_names_are_422_with_the_nearest(blog: httpx.AsyncClient) -> None:
    """Never ignored, never a 500."""
    for query in (
        "titel=x",
        "title__icontian=x",
        "sort=titel",
        "include=autor",
        "author.usernam=x",
        "limit=abc",
    ):
        reply = await blog.get(f"/posts?{query}")
        assert reply.status_code == 422
        assert reply.json()["code"] == "invalid-parameter"
        assert reply.json()["errors"][0]["parameter"] == query.split("=")[0]
