"""Routes along relations: what belongs to a row, and what a row leads to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import Depends, HTTPException
from tests.fixtures.blog import Blog, Post, User
from tests.integration.rest.around import Client, open_blog, speaking

from portico.access import Policy
from portico.app import Portico
from portico.db.session import Database
from portico.testing.statements import statements


@pytest.fixture
async def client(blog: Blog, db: Database) -> AsyncGenerator[Client]:
    """The blog behind its door."""
    async with speaking(open_blog(db)) as made:
        yield made


async def test_a_list_holds_what_belongs_to_the_row_and_nothing_else(client: Client, blog: Blog) -> None:
    """/users/1/posts is the reason for these routes."""
    answer = await client.get(f"/users/{blog.ann.id}/posts")
    assert [post["title"] for post in answer.json()["items"]] == ["Hello", "Second"]
    assert answer.json()["page"]["count"] == 2


async def test_the_whole_grammar_of_lists_holds(client: Client, blog: Blog) -> None:
    """A nested list is a list: filters, order, search, includes and pages are the same."""
    answer = await client.get(
        f"/users/{blog.ann.id}/posts?title__icontains=e&comments.body__icontains=well"
        "&search=hello&sort=-title&include=author,tags&limit=1&count=exact"
    )
    (post,) = answer.json()["items"]
    assert (post["title"], post["author"]["username"]) == ("Hello", "ann")
    assert {tag["name"] for tag in post["tags"]} == {"python", "async"}
    assert (await client.get(f"/users/{blog.ann.id}/posts?titel=x")).status_code == 422


async def test_pages_of_it_are_linked_under_its_own_path(client: Client, blog: Blog) -> None:
    """The next page is the next of these, not of all posts."""
    first = await client.get(f"/users/{blog.ann.id}/posts?limit=1&sort=-id")
    link = first.headers["link"].split(";")[0].strip("<>")
    second = await client.get(link)
    assert link.startswith(f"/users/{blog.ann.id}/posts?")
    assert [one["items"][0]["title"] for one in (first.json(), second.json())] == ["Second", "Hello"]


async def test_cursors_belong_to_one_owner(client: Client, blog: Blog) -> None:
    """They go on in the list they came from, and nowhere else."""
    mine = (await client.get(f"/users/{blog.ann.id}/posts?limit=1&sort=-title")).json()
    follow = f"limit=1&sort=-title&cursor={quote(mine['page']['next'])}"
    after = await client.get(f"/users/{blog.ann.id}/posts?{follow}")
    assert [post["title"] for post in after.json()["items"]] == ["Hello"]
    assert after.json()["page"]["next"] is None
    for path in (f"/users/{blog.ben.id}/posts", "/posts", f"/tags/{blog.python.id}/posts"):
        assert (await client.get(f"{path}?{follow}")).status_code == 400


async def test_a_member_has_to_belong_to_the_row(client: Client, blog: Blog) -> None:
    """Post 3 is Ben's: below Ann it does not exist."""
    assert (await client.get(f"/users/{blog.ann.id}/posts/{blog.hello.id}")).json()["title"] == "Hello"
    assert (await client.get(f"/users/{blog.ann.id}/posts/{blog.third.id}")).status_code == 404
    assert (await client.get(f"/users/{blog.ann.id}/posts/x")).status_code == 404


async def test_a_to_one_relation_answers_one_row(client: Client, blog: Blog) -> None:
    """The author of a post, and the profile that holds the key itself."""
    author = await client.get(f"/posts/{blog.hello.id}/author?include=profile")
    assert (author.json()["username"], author.json()["profile"]["bio"]) == ("ann", "Writes.")
    assert (await client.get(f"/users/{blog.ann.id}/profile")).json()["bio"] == "Writes."
    assert (await client.get(f"/users/{blog.ben.id}/profile")).status_code == 404
    assert (await client.get("/posts/999/author")).status_code == 404


async def test_a_many_to_many_relation_has_both_ends(client: Client, blog: Blog) -> None:
    """Tags of a post, posts of a tag."""
    tags = await client.get(f"/posts/{blog.hello.id}/tags?sort=name")
    assert [tag["name"] for tag in tags.json()["items"]] == ["async", "python"]
    posts = await client.get(f"/tags/{blog.python.id}/posts?author.username=ann&sort=id")
    assert [post["title"] for post in posts.json()["items"]] == ["Hello", "Second"]
    assert (await client.get(f"/tags/{blog.asynchronous.id}/posts/{blog.second.id}")).status_code == 404


async def test_rows_with_keys_of_several_parts_take_part(client: Client, blog: Blog) -> None:
    """A vote is addressed by post and user, as a member and as an owner."""
    key = f"{blog.hello.id},{blog.ben.id}"
    assert (await client.get(f"/posts/{blog.hello.id}/votes/{key}")).json()["user_id"] == blog.ben.id
    assert (await client.get(f"/votes/{key}/user")).json()["username"] == "ben"
    assert (await client.get(f"/posts/{blog.second.id}/votes/{key}")).status_code == 404


async def test_an_empty_list_is_no_missing_owner(client: Client, blog: Blog) -> None:
    """Nothing there is 200, nobody there is 404."""
    empty = await client.get(f"/posts/{blog.third.id}/tags")
    assert (empty.status_code, empty.json()["items"]) == (200, [])
    assert (await client.get("/posts/999/tags")).status_code == 404
    assert (await client.get("/posts/999/tags?offset=5&count=exact")).status_code == 404


async def test_an_owner_out_of_reach_is_as_absent_as_one_that_never_was(blog: Blog, db: Database) -> None:
    """Same status, same words, same statements: the answer tells nothing (T4)."""
    policy = Policy(read=lambda who: User.id == who.id, create=True)
    async with speaking(open_blog(db, User=policy)) as client:
        assert (await client.get(f"/users/{blog.ann.id}/posts")).json()["page"]["count"] == 2
        for path in ("posts", "posts/1", "profile"):
            seen: list[tuple[Any, ...]] = []
            for key in (blog.ben.id, 998):
                async with statements(db) as sent:
                    answer = await client.get(f"/users/{key}/{path}")
                problem = answer.json()
                said = problem["detail"].replace(str(key), "?")
                seen.append((answer.status_code, said, problem["code"], sent.sql))
            assert seen[0] == seen[1]
            assert seen[0][0] == 404


async def test_what_belongs_to_a_row_may_be_out_of_reach_itself(blog: Blog, db: Database) -> None:
    """The policy of the target holds on its way through the owner."""
    async with speaking(open_blog(db, Post=Policy(read=shown))) as client:
        listed = await client.get(f"/users/{blog.ben.id}/posts")
        assert (listed.status_code, listed.json()["items"]) == (200, [])
        assert (await client.get(f"/users/{blog.ben.id}/posts/{blog.third.id}")).status_code == 404


def shown(_: Any) -> Any:
    """Only what is published."""
    return Post.published == True  # noqa: E712 -- SQL


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/users/{ann}/posts", 1),
        ("/users/{ann}/posts?include=tags", 2),
        ("/users/{ann}/posts/{hello}", 1),
        ("/posts/{hello}/author", 1),
        ("/posts/{third}/tags", 2),
    ],
)
@pytest.mark.parametrize("ruled", [False, True])
async def test_the_owner_costs_no_statement_of_its_own(
    blog: Blog, db: Database, path: str, most: int, *, ruled: bool
) -> None:
    """Round trips are the price of a request; only an empty page looks twice."""
    policy = Policy(read=lambda who: User.id == who.id) if ruled else "public"
    keys = {"ann": blog.ann.id, "hello": blog.hello.id, "third": blog.third.id}
    async with speaking(open_blog(db, User=policy)) as client:
        await client.get(path.format(**keys))
        async with statements(db) as seen:
            answer = await client.get(path.format(**keys))
    assert answer.status_code == 200
    assert seen.round_trips <= most


async def test_a_relation_is_closed_where_its_target_is(blog: Blog, db: Database) -> None:
    """What is not exposed, or may be read by nobody, has no route."""
    api = Portico(db)
    api.expose(User, policy="public")
    api.expose(Post, policy=Policy(create=True))
    async with speaking(api.app()) as client:
        assert (await client.get(f"/users/{blog.ann.id}/posts")).status_code == 404
        paths = (await client.get("/openapi.json")).json()["paths"]
        assert not [path for path in paths if path.startswith("/users/{id}/posts")]


async def test_a_row_is_made_below_its_owner(client: Client, blog: Blog) -> None:
    """The foreign key comes from the path, and the new row lives where all of its kind do."""
    made = await client.post(f"/users/{blog.ben.id}/posts", json={"title": "New"})
    assert (made.status_code, made.json()["author_id"]) == (201, blog.ben.id)
    assert made.headers["location"] == f"/posts/{made.json()['id']}"
    same = await client.post(f"/users/{blog.ben.id}/posts", json={"title": "Same", "author_id": blog.ben.id})
    assert same.status_code == 201


async def test_a_body_cannot_contradict_its_path(client: Client, blog: Blog) -> None:
    """Two owners in one request are one too many."""
    refused = await client.post(f"/users/{blog.ben.id}/posts", json={"title": "x", "author_id": blog.ann.id})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/author_id")
    assert (await client.get(f"/users/{blog.ben.id}/posts")).json()["page"]["count"] == 1


async def test_nothing_is_made_below_an_owner_that_is_not_there(blog: Blog, db: Database) -> None:
    """Absent and out of reach are one answer, and leave nothing behind."""
    policy = Policy(read=lambda who: User.id == who.id)
    async with speaking(open_blog(db, User=policy)) as client:
        for key in (blog.ben.id, 998):
            async with statements(db) as seen:
                answer = await client.post(f"/users/{key}/posts", json={"title": "x"})
            assert answer.status_code == 404
            assert not [sql for sql in seen.sql if sql.startswith("INSERT")]


async def test_making_a_row_below_its_owner_asks_the_rules_of_the_row(blog: Blog, db: Database) -> None:
    """The create rule of posts holds, whichever way they come."""
    policy = Policy(read=True, create=lambda who: Post.author_id == who.id)
    async with speaking(open_blog(db, Post=policy)) as client:
        mine = await client.post(f"/users/{blog.ann.id}/posts", json={"title": "mine"})
        foreign = await client.post(f"/users/{blog.ben.id}/posts", json={"title": "not mine"})
    assert (mine.status_code, foreign.status_code) == (201, 403)
    assert await Post.filter(title="not mine").count() == 0


async def test_a_row_below_its_owner_costs_three_statements_at_most(
    client: Client, blog: Blog, db: Database
) -> None:
    """A look at the owner, and the row."""
    path = f"/users/{blog.ben.id}/posts"
    await client.post(path, json={"title": "warm"})
    async with statements(db) as seen:
        assert (await client.post(path, json={"title": "New"})).status_code == 201
    assert len(seen) <= 3


async def test_the_body_below_an_owner_is_as_strict_as_any(client: Client, blog: Blog) -> None:
    """Unknown names, wrong types and missing fields are refused."""
    path = f"/users/{blog.ben.id}/posts"
    for body in (
        {"titel": "x"},
        {"title": 5},
        {},
        {"title": "x", "author_id": None},
        {"title": "x", "author_id": "1"},
    ):
        assert (await client.post(path, json=body)).status_code == 422
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    assert schemas["UserPostsCreate"]["required"] == ["title"]


async def test_a_hidden_foreign_key_closes_its_relation(blog: Blog, db: Database) -> None:
    """From both ends: it would tell what the column holds."""
    api = Portico(db)
    api.expose(User, policy="public")
    api.expose(Post, policy="read_only", hidden=["author_id"])
    async with speaking(api.app()) as client:
        for path in (f"/users/{blog.ann.id}/posts", f"/posts/{blog.hello.id}/author"):
            assert (await client.get(path)).status_code == 404


async def test_each_relation_has_its_own_tag_and_a_short_document(client: Client) -> None:
    """Two hundred tables have a thousand relations: their lists do not repeat every filter."""
    paths = (await client.get("/openapi.json")).json()["paths"]
    listed = paths["/users/{id}/posts"]["get"]
    assert listed["tags"] == ["users.posts"]
    assert listed["operationId"] == "listPostsOfUser"
    names = {one["name"] for one in listed["parameters"]}
    assert {"id", "limit", "offset", "sort", "include", "count", "search"} <= names
    assert not [name for name in names if name.startswith("title")]
    assert paths["/users/{id}/posts/{post}"]["get"]["operationId"] == "getPostOfUser"
    assert paths["/posts/{id}/author"]["get"]["operationId"] == "getAuthorOfPost"


async def test_methods_of_relation_paths_are_honest(client: Client, blog: Blog) -> None:
    """HEAD works, and what is not allowed says what is."""
    path = f"/posts/{blog.hello.id}/author"
    assert (await client.head(path)).status_code == 200
    refused = await client.delete(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_the_dependencies_of_the_target_hold_on_the_way_to_it(blog: Blog, db: Database) -> None:
    """A door that opens posts through users asks what the posts ask."""

    def refuse() -> None:
        raise HTTPException(402, "Pay first.")

    asked: list[Any] = [[Depends(refuse)], {"list": [Depends(refuse)], "create": [Depends(refuse)]}]
    for dependencies in asked:
        api = Portico(db)
        api.expose(User, policy="public", nested=["posts"])
        api.expose(Post, policy="public", dependencies=dependencies)
        async with speaking(api.app()) as client:
            path = f"/users/{blog.ann.id}"
            assert (await client.get(path)).status_code == 200
            assert (await client.get(f"{path}/posts")).status_code == 402
            assert (await client.post(f"{path}/posts", json={"title": "x"})).status_code == 402
            assert (await client.patch(path, json={"age": 30})).status_code == 402


async def test_what_a_target_leaves_out_it_leaves_out_below_owners(blog: Blog, db: Database) -> None:
    """``operations=`` is about rows, whichever way leads to them."""
    api = Portico(db, prefix="/api")
    api.expose(User, policy="public")
    api.expose(Post, policy="public", operations=["get", "create"])
    async with speaking(api.app()) as client:
        path = f"/api/users/{blog.ann.id}/posts"
        assert (await client.get(path)).status_code == 405
        assert (await client.get(f"{path}/{blog.hello.id}")).status_code == 200
        made = await client.post(path, json={"title": "x"})
        assert made.headers["location"] == f"/api/posts/{made.json()['id']}"
