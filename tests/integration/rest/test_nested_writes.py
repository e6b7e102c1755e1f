"""One request that writes a row and rows around it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from fastapi import FastAPI
from tests.fixtures.blog import Blog, Comment, Post, Tag, User
from tests.integration.rest.around import Client, open_blog, pointers, speaking

from portico.access import Policy
from portico.app import Portico
from portico.db.session import Database
from portico.errors import ConfigurationError, UnknownFieldError
from portico.resources import Limits
from portico.testing.statements import statements

GOOD = {"body": "a", "author_id": 1}
NESTED: dict[type[Any], list[str]] = {Post: ["author", "tags", "comments"], User: ["profile", "posts"]}


def open_nested(db: Database, **options: Any) -> FastAPI:
    """The blog with relations in its bodies."""
    return open_blog(db, nested=NESTED, **options)


@pytest.fixture
async def client(blog: Blog, db: Database) -> AsyncGenerator[Client]:
    """The blog behind its door."""
    async with speaking(open_nested(db)) as made:
        yield made


async def shown(client: Client, key: int) -> dict[str, Any]:
    """A post with what is around it."""
    post: dict[str, Any] = (await client.get(f"/posts/{key}?include=author,tags,comments")).json()
    return {
        "author": post["author"]["username"],
        "tags": sorted(tag["name"] for tag in post["tags"]),
        "comments": sorted(comment["body"] for comment in post["comments"]),
    }


async def counts() -> list[int]:
    """How many rows there are."""
    return [await model.filter().count() for model in (User, Post, Tag, Comment)]


async def test_a_post_comes_with_its_author_tags_and_comments(client: Client, blog: Blog) -> None:
    """The reason for nested writes: one request, one unit."""
    body = {
        "title": "New",
        "author": {"create": {"username": "cid"}},
        "tags": {"connect": [blog.python.id], "create": [{"name": "new"}]},
        "comments": {
            "create": [{"body": "One", "author_id": blog.ben.id}, {"body": "Two", "author_id": blog.ann.id}]
        },
    }
    made = await client.post("/posts", json=body)
    assert made.status_code == 201, made.text
    assert await shown(client, made.json()["id"]) == {
        "author": "cid",
        "tags": ["new", "python"],
        "comments": ["One", "Two"],
    }


async def test_a_reference_is_connected_by_key(client: Client, blog: Blog) -> None:
    """Instead of the foreign key, which is not required any more, and not both."""
    made = await client.post("/posts", json={"title": "x", "author": {"connect": blog.ben.id}})
    assert (made.status_code, made.json()["author_id"]) == (201, blog.ben.id)
    plain = await client.post("/posts", json={"title": "x", "author_id": blog.ben.id})
    assert plain.status_code == 201
    both = await client.post("/posts", json={"title": "x", "author_id": 1, "author": {"connect": 1}})
    neither = await client.post("/posts", json={"title": "x"})
    assert [(one.status_code, pointers(one)) for one in (both, neither)] == [(422, ["/author_id"])] * 2
    assert "author" in neither.json()["errors"][0]["message"]


async def test_an_update_connects_disconnects_and_sets(client: Client, blog: Blog) -> None:
    """The links follow; what is not named stays."""
    path = f"/posts/{blog.hello.id}"
    changed = await client.patch(
        path,
        json={
            "title": "Changed",
            "author": {"connect": blog.ben.id},
            "tags": {"disconnect": [blog.python.id], "create": [{"name": "new"}]},
            "comments": {"create": [{"body": "More.", "author_id": 1}]},
        },
    )
    assert (changed.status_code, changed.json()["title"], changed.json()["author_id"]) == (
        200,
        "Changed",
        blog.ben.id,
    )
    assert await shown(client, blog.hello.id) == {
        "author": "ben",
        "tags": ["async", "new"],
        "comments": ["More.", "Well said."],
    }
    assert (await client.patch(path, json={"tags": {"set": [blog.python.id]}})).status_code == 200
    assert (await shown(client, blog.hello.id))["tags"] == ["python"]
    assert (await client.patch(path, json={"tags": {"set": []}})).status_code == 200
    assert (await shown(client, blog.hello.id))["tags"] == []


async def test_a_child_is_taken_over_from_another_owner(client: Client, blog: Blog) -> None:
    """Connecting the child of a one-to-many changes the child's foreign key."""
    comment = (await Comment.filter())[0]
    await client.patch(f"/posts/{blog.third.id}", json={"comments": {"connect": [comment.id]}})
    assert (await shown(client, blog.third.id))["comments"] == ["Well said."]
    assert (await shown(client, blog.hello.id))["comments"] == []


async def test_a_single_child_is_made_and_taken_over(client: Client, blog: Blog) -> None:
    """A one-to-one whose key is on the other side."""
    made = await client.post("/users", json={"username": "cid", "profile": {"create": {"bio": "Short."}}})
    assert made.status_code == 201, made.text
    assert (await client.get(f"/users/{made.json()['id']}/profile")).json()["bio"] == "Short."
    taken = await client.patch(f"/users/{blog.ann.id}", json={"profile": {"create": {"bio": "Second."}}})
    assert taken.status_code == 409
    profile = (await client.get(f"/users/{blog.ann.id}/profile")).json()["id"]
    moved = await client.patch(f"/users/{blog.ben.id}", json={"profile": {"connect": profile}})
    assert (moved.status_code, (await client.get(f"/users/{blog.ann.id}/profile")).status_code) == (200, 404)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"comments": {"create": [GOOD, {"body": 5, "author_id": 1}]}}, 422, "/comments/create/1/body"),
        ({"comments": {"create": [{"author_id": 1}]}}, 422, "/comments/create/0/body"),
        ({"comments": {"create": [{"body": "a", "author_id": 999}]}}, 409, "/comments/create/0/author_id"),
        ({"comments": {"create": [GOOD | {"post_id": 1}]}}, 422, "/comments/create/0/post_id"),
        ({"comments": {"create": [{"bdy": "a"}]}}, 422, "/comments/create/0/bdy"),
        ({"comments": {"conect": [1]}}, 422, "/comments/conect"),
        ({"comments": {"connect": [999]}}, 409, "/comments/connect/0"),
        ({"tags": {"create": [{"name": "new"}, {"name": "python"}]}}, 409, "/tags/create/1/name"),
        ({"tags": {"connect": [1, 999]}}, 409, "/tags/connect/1"),
        ({"tags": {"connect": ["1"]}}, 422, "/tags/connect/0"),
        ({"tags": {"connect": [True]}}, 422, "/tags/connect/0"),
        ({"tags": {"connect": 1}}, 422, "/tags/connect"),
        ({"tags": {"connect": None}}, 422, "/tags/connect"),
        ({"tags": [1]}, 422, "/tags"),
        ({"tags": None}, 422, "/tags"),
        ({"tags": {}}, 422, "/tags"),
        ({"tags": {"set": [1]}}, 422, "/tags/set"),
        ({"author": {"create": {"username": "x", "age": 5}}}, 422, "/author/create/age"),
        ({"author": {"create": {"username": "ann"}}}, 409, "/author/create/username"),
        ({"author": {"create": {"username": "x"}, "connect": 1}}, 422, "/author"),
        ({"author": {"disconnect": True}}, 422, "/author/disconnect"),
        ({"author": {"connect": 999}}, 409, "/author/connect"),
    ],
)  # fmt: skip
async def test_errors_point_into_the_body_and_nothing_is_left(
    client: Client, blog: Blog, body: dict[str, Any], status: int, pointer: str
) -> None:
    """A failing child leaves no parent, whatever was written before it."""
    before = await counts()
    sent = {
        "title": "New",
        "author": {"create": {"username": "new"}},
        "tags": {"create": [{"name": "other"}]},
    }
    refused = await client.post("/posts", json=sent | body)
    assert (refused.status_code, pointers(refused)) == (status, [pointer]), refused.text
    assert await counts() == before


async def test_a_failing_update_changes_nothing(client: Client, blog: Blog) -> None:
    """The row itself and the links before the failing one are as they were."""
    path, before = f"/posts/{blog.hello.id}", await shown(client, blog.hello.id)
    body: dict[str, Any] = {
        "title": "Lost",
        "author": {"connect": blog.ben.id},
        "tags": {"set": []},
        "comments": {"create": [{"body": "a", "author_id": 999}]},
    }
    assert (await client.patch(path, json=body)).status_code == 409
    assert (await client.get(path)).json()["title"] == "Hello"
    assert await shown(client, blog.hello.id) == before


async def test_rows_out_of_reach_are_connected_like_rows_that_are_not_there(blog: Blog, db: Database) -> None:
    """Same status, words and pointer (T3, T4)."""
    policies: dict[str, Any] = {
        "User": Policy(read=lambda _: User.username != "ben", update=True),
        "Tag": Policy(read=lambda _: Tag.name != "async"),
        "Comment": Policy(read=lambda _: Comment.id > 900, update=True, create=True),
    }
    comment = (await Comment.filter())[0].id
    async with speaking(open_nested(db, **policies)) as client:
        for name, key in (("author", blog.ben.id), ("tags", blog.asynchronous.id), ("comments", comment)):
            said: list[Any] = []
            for one in (key, 998):
                connected = {"connect": one if name == "author" else [one]}
                answer = await client.patch(f"/posts/{blog.hello.id}", json={name: connected})
                problem = answer.json()
                said.append((answer.status_code, problem["detail"], problem["errors"]))
            assert said[0] == said[1]
            assert said[0][0] == 409


async def test_each_row_asks_its_own_rules(blog: Blog, db: Database) -> None:
    """The create rule of what is made, the update rule of a child that changes hands."""
    policies: dict[str, Any] = {
        "Comment": Policy(
            read=True,
            create=lambda who: Comment.author_id == who.id,
            update=lambda who: Comment.author_id == who.id,
        )
    }
    comment = (await Comment.filter())[0].id
    async with speaking(open_nested(db, **policies)) as client:
        path = f"/posts/{blog.third.id}"
        mine = {"create": [{"body": "mine", "author_id": blog.ann.id}]}
        foreign = {"create": [{"body": "not mine", "author_id": blog.ben.id}]}
        assert (await client.patch(path, json={"comments": mine})).status_code == 200
        assert (await client.patch(path, json={"comments": foreign})).status_code == 403
        taken = await client.patch(path, json={"comments": {"connect": [comment]}})
        assert taken.status_code == 403
    assert await Comment.filter(body="not mine").count() == 0


async def test_a_row_that_may_not_be_changed_hears_nothing_of_the_rest(blog: Blog, db: Database) -> None:
    """404 for the post, before a word about the tags; and no tag is left behind."""
    policy = Policy(read=True, update=lambda who: Post.author_id == who.id)
    async with speaking(open_nested(db, Post=policy)) as client:
        for body in ({"tags": {"create": [{"name": "new"}]}}, {"author": {"create": {"username": "ann"}}}):
            assert (await client.patch(f"/posts/{blog.third.id}", json=body)).status_code == 404
    assert await Tag.filter(name="new").count() == 0


async def test_what_nobody_may_create_is_not_offered(blog: Blog, db: Database) -> None:
    """The schema says what there is."""
    async with speaking(open_nested(db, Tag="read_only")) as client:
        schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
        refused = await client.patch(f"/posts/{blog.third.id}", json={"tags": {"create": [{"name": "x"}]}})
    assert set(schemas["PostUpdateTags"]["properties"]) == {"connect", "disconnect", "set"}
    assert (refused.status_code, pointers(refused)) == (422, ["/tags/create"])


async def test_more_items_than_the_limit_are_refused(blog: Blog, db: Database) -> None:
    """And the limit stands in the document."""
    async with speaking(open_nested(db, limits=Limits(nested=2))) as client:
        refused = await client.patch(f"/posts/{blog.third.id}", json={"tags": {"connect": [1, 2, 1]}})
        schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    assert (refused.status_code, pointers(refused)) == (422, ["/tags/connect"])
    assert schemas["PostCreateTags"]["properties"]["connect"]["maxItems"] == 2


async def test_schemas_have_stable_names_and_leave_the_others_alone(client: Client) -> None:
    """Clients are generated from them; bulk bodies take no relations."""
    document = (await client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    create, update = schemas["PostCreateNested"], schemas["PostUpdateNested"]
    assert create["required"] == ["title"]
    assert {"author", "tags", "comments", "author_id"} <= set(create["properties"]) & set(
        update["properties"]
    )
    assert set(schemas["PostCreateTags"]["properties"]) == {"create", "connect"}
    assert set(schemas["PostUpdateComments"]["properties"]) == {"create", "connect"}
    assert "post_id" not in schemas["PostCommentsItem"]["properties"]
    replaced = document["paths"]["/posts/{id}"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert replaced == {"$ref": "#/components/schemas/PostCreate"}
    assert "tags" not in schemas["PostCreate"]["properties"]


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ({"title": "x", "author": {"connect": 1}}, 2),
        ({"title": "x", "author": {"create": {"username": "x"}}}, 2),
        ({"title": "x", "author_id": 1, "tags": {"connect": [1, 2]}}, 3),
        ({"title": "x", "author_id": 1, "comments": {"create": [GOOD] * 3}}, 4),
        ({"tags": {"set": [1]}}, 5),
    ],
)
async def test_nested_writes_cost_what_they_name(
    client: Client, blog: Blog, db: Database, body: dict[str, Any], most: int
) -> None:
    """A statement for each row that is made, one for all keys of a relation."""
    if not db.capabilities.insert_returning:
        most += 2 + len(body.get("comments", {}).get("create", []))  # each new row is read back
    async with statements(db) as seen:
        if "title" in body:
            assert (await client.post("/posts", json=body)).status_code == 201
        else:
            assert (await client.patch(f"/posts/{blog.hello.id}", json=body)).status_code == 200
    assert len(seen) <= most


async def test_a_stale_write_changes_nothing_around_it(client: Client, blog: Blog) -> None:
    """If-Match is about the row, and holds for what is written with it."""
    path, before = f"/posts/{blog.hello.id}", await counts()
    body = {"tags": {"create": [{"name": "new"}]}, "author": {"create": {"username": "new"}}}
    refused = await client.patch(path, json=body, headers={"If-Match": '"stale"'})
    assert refused.status_code == 412
    assert await counts() == before


def test_a_relation_that_is_not_there_is_refused_at_start(db: Database) -> None:
    """With the one that was meant."""
    api = Portico(db)
    api.expose(Post, policy="public", nested=["tag"])
    api.expose(Tag, policy="public")
    with pytest.raises(UnknownFieldError, match="tags"):
        api.app()


def test_a_relation_that_cannot_be_written_is_refused_at_start(db: Database) -> None:
    """Its target is not exposed: there is no policy that could be asked."""
    api = Portico(db)
    api.expose(Post, policy="public", nested=["tags"])
    with pytest.raises(ConfigurationError, match="Tag is not exposed"):
        api.app()
