"""Links are written by one statement, and what is in hand follows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from portico.db.relations import load_relation, load_relations
from portico.db.session import atomic
from portico.errors import DuplicateError, ForeignKeyError, NotFoundError, NotLoadedError, UsageError
from tests.integration.relations.blog import Category, Comment, Post, Tag, Team, User
from tests.integration.relations.conftest import Blog

LINKS = "SELECT post_id, tag_id FROM posts_tags"


@pytest.fixture
async def blog(blog: Blog) -> Blog:
    """Two authors, two posts by the first, three tags, three comments without a post."""
    await blog.save(
        User(id=1, username="ann"), User(id=2, username="bea"), *(Tag(id=i, name=f"t{i}") for i in (1, 2, 3))
    )
    await blog.save(Post(id=1, title="one", author_id=1), Post(id=2, title="two", author_id=1))
    await blog.save(*(Comment(id=i, body=f"c{i}") for i in (1, 2, 3)))
    return blog


async def test_adding_children_is_one_update(blog: Blog) -> None:
    """Objects and keys go together; the objects know their new parent."""
    post, first = await blog.one(Post, id=1), await blog.one(Comment, id=1)
    await post.comments.add(first, 2)
    assert [sql.split()[0] for sql in blog.sent if not sql.startswith("BEGIN")] == ["UPDATE"]
    assert first.post is post
    assert first.post_id == 1
    assert await blog.rows("SELECT id FROM comments WHERE post_id = 1") == [(1,), (2,)]


async def test_adding_tags_is_one_insert(blog: Blog) -> None:
    """Two links, one statement, without loading what is there."""
    post, tag = await blog.one(Post, id=1), await blog.one(Tag, id=1)
    await post.tags.add(tag, 2)
    assert len(blog.sent) == 1
    assert await blog.rows(LINKS) == [(1, 1), (1, 2)]


async def test_adding_a_link_that_exists_changes_nothing(blog: Blog) -> None:
    """The database passes over it, so no look before is needed."""
    post = await blog.one(Post, id=1)
    await post.tags.add(1, 2)
    await post.tags.add(2, 3, 3)
    assert await blog.rows(LINKS) == [(1, 1), (1, 2), (1, 3)]


async def test_many_at_once_make_one_link(blog: Blog) -> None:
    """Twenty tasks add the same tag: none fails, one row is there."""
    posts = [await blog.one(Post, id=1) for _ in range(20)]
    await asyncio.gather(*(post.tags.add(1) for post in posts))
    assert await blog.rows(LINKS) == [(1, 1)]


async def test_a_target_that_does_not_exist_is_an_error(blog: Blog) -> None:
    """Passing over existing links must not pass over broken ones."""
    post = await blog.one(Post, id=1)
    with pytest.raises(ForeignKeyError):
        await post.tags.add(1, 99)
    with pytest.raises(NotFoundError):
        await post.comments.add(1, 99)
    assert await blog.rows(LINKS) == []
    assert await blog.rows("SELECT id FROM comments WHERE post_id = 1") == []


async def test_loaded_collections_on_both_ends_follow(blog: Blog) -> None:
    """Add and remove keep what is in hand true."""
    post, tag = await blog.one(Post, id=1), await blog.one(Tag, id=1)
    await load_relation(blog.db, [post], "tags")
    await load_relation(blog.db, [tag], "posts")
    await post.tags.add(tag)
    assert list(post.tags) == [tag]
    assert list(tag.posts) == [post]
    await tag.posts.remove(post)
    assert (list(post.tags), list(tag.posts)) == ([], [])


async def test_a_loaded_collection_is_forgotten_when_only_keys_are_known(blog: Blog) -> None:
    """An incomplete list would be a lie; reading asks for a load."""
    post = await blog.one(Post, id=1)
    await load_relation(blog.db, [post], "tags")
    await post.tags.add(1)
    with pytest.raises(NotLoadedError):
        list(post.tags)
    assert [tag.id for tag in await post.tags] == [1]


async def test_a_child_moves_from_one_loaded_parent_to_another(blog: Blog) -> None:
    """The old parent's list loses it."""
    one, two = await blog.all(Post)
    comment = await blog.one(Comment, id=1)
    await load_relation(blog.db, [one, two], "comments")
    await one.comments.add(comment)
    await two.comments.add(comment)
    assert (list(one.comments), list(two.comments), comment.post) == ([], [comment], two)


async def test_removing_children_empties_their_key(blog: Blog) -> None:
    """Only those that belong to this parent are touched."""
    one, two = await blog.all(Post)
    await one.comments.add(1, 2)
    await two.comments.add(3)
    first = await blog.one(Comment, id=1)
    await one.comments.remove(first, 3)
    assert (first.post_id, first.post) == (None, None)
    assert await blog.rows("SELECT id, post_id FROM comments WHERE post_id IS NOT NULL") == [(2, 1), (3, 2)]


async def test_children_that_need_a_parent_cannot_be_removed(blog: Blog) -> None:
    """The error names what can be done instead."""
    ann = await blog.one(User, id=1)
    for call in (ann.posts.remove(1), ann.posts.clear(), ann.posts.set([1])):
        with pytest.raises(UsageError, match=r"cannot be without its author_id.*delete"):
            await call
    assert len(await blog.rows("SELECT id FROM posts WHERE author_id = 1")) == 2


async def test_set_writes_the_difference(blog: Blog) -> None:
    """What stays is not written again, in one unit."""
    post = await blog.one(Post, id=1)
    await post.tags.add(1, 2)
    tags = await blog.all(Tag)
    await post.tags.set(tags[1:])
    verbs = [sql.split()[0] for sql in blog.sent]
    assert [verb for verb in verbs if verb in {"SELECT", "INSERT", "DELETE"}] == [
        "SELECT",
        "DELETE",
        "INSERT",
    ]
    assert await blog.rows(LINKS) == [(1, 2), (1, 3)]
    assert list(post.tags) == tags[1:]


async def test_set_of_children_moves_them(blog: Blog) -> None:
    """Children with a key that may be empty are replaced too."""
    post = await blog.one(Post, id=1)
    await post.comments.add(1, 2)
    await post.comments.set([2, 3])
    assert await blog.rows("SELECT id FROM comments WHERE post_id = 1") == [(2,), (3,)]


async def test_clear_is_one_statement(blog: Blog) -> None:
    """Both kinds, with loaded objects following."""
    post = await blog.one(Post, id=1)
    await post.tags.add(1, 2)
    await post.comments.add(1)
    await load_relations(blog.db, [post], ["tags", "comments"])
    comment = post.comments[0]
    blog.sent.clear()
    await post.tags.clear()
    await post.comments.clear()
    assert len(blog.sent) == 2
    assert (list(post.tags), list(post.comments), comment.post_id) == ([], [], None)
    assert await blog.rows(LINKS) == []


async def test_create_makes_a_linked_row(blog: Blog) -> None:
    """A child with its key set, a tag with its junction row."""
    post = await blog.one(Post, id=1)
    await load_relations(blog.db, [post], ["tags", "comments"])
    comment = await post.comments.create(id=7, body="hi")
    tag = await post.tags.create(id=7, name="new")
    assert (comment.post, comment.post_id, list(post.comments)) == (post, 1, [comment])
    assert list(post.tags) == [tag]
    assert await blog.rows(LINKS) == [(1, tag.id)]


async def test_a_junction_model_takes_its_own_columns(blog: Blog) -> None:
    """through= fills what the junction has more; links that exist keep theirs."""
    await blog.save(Team(id=1, name="red"))
    team = await blog.one(Team)
    await team.members.add(1, through={"role": "chief"})
    await team.members.add(1, 2)
    assert await blog.rows("SELECT user_id, role FROM memberships") == [(1, "chief"), (2, "member")]
    with pytest.raises(UsageError, match="has no junction"):
        await (await blog.one(Post, id=1)).comments.add(1, through={"x": 1})


async def test_a_junction_without_a_unique_pair_is_looked_at_first(blog: Blog) -> None:
    """Existing links are found by a look; a conflict on another unique column stays an error."""
    one, two = await blog.all(Post)
    await one.readers.add(1, through={"seat": 5})
    await one.readers.add(1, 2)
    assert await blog.rows("SELECT reader, seat FROM readings WHERE reader = 1") == [(1, 5)]
    assert await blog.rows("SELECT reader FROM readings") == [(1,), (2,)]
    with pytest.raises(DuplicateError):
        await two.readers.add(2, through={"seat": 5})
    assert [reader.id for reader in await one.readers] == [1, 2]


async def test_links_join_the_unit_around_them(blog: Blog) -> None:
    """A unit that rolls back takes links with it, in the database and in hand."""
    post, tag = await blog.one(Post, id=1), await blog.one(Tag, id=1)
    await load_relation(blog.db, [post], "tags")
    async with atomic(blog.db):
        with pytest.raises(ForeignKeyError):
            await _add_and_fail(blog, post, tag)
    assert await blog.rows(LINKS) == []
    assert (list(post.tags), tag in post.tags) == ([], False)


async def _add_and_fail(blog: Blog, post: Post, tag: Tag) -> None:
    async with atomic(blog.db):
        await post.tags.add(tag)
        assert list(post.tags) == [tag]
        await post.tags.add(99)


async def test_objects_of_a_unit_follow_by_key(blog: Blog) -> None:
    """Inside a unit, a key names the object that the unit holds."""
    async with atomic(blog.db) as unit:
        post, comment = await unit.session.get_one(Post, 1), await unit.session.get_one(Comment, 1)
        await post.comments.add(1)
        assert comment.post is post
    assert await blog.rows("SELECT id FROM comments WHERE post_id = 1") == [(1,)]


async def test_append_in_a_session_is_written_by_its_flush(blog: Blog) -> None:
    """SQLAlchemy users append to loaded collections, and the unit of work writes the link."""
    async with blog.db.session() as session:
        post, tag = await session.get_one(Post, 1), await session.get_one(Tag, 1)
        comment = await session.get_one(Comment, 1)
        await load_relations(blog.db, [post], ["tags", "comments"])
        await load_relation(blog.db, [tag], "posts")
        post.tags.append(tag)
        post.comments.append(comment)
        assert list(tag.posts) == [post]
    assert await blog.rows(LINKS) == [(1, 1)]
    assert await blog.rows("SELECT id FROM comments WHERE post_id = 1") == [(1,)]


async def test_append_names_the_cure_where_it_cannot_work(blog: Blog) -> None:
    """Not loaded, or made outside of the session."""
    outside = await blog.one(Tag, id=1)
    with pytest.raises(NotLoadedError, match=r"await obj\.tags\.add"):
        (await blog.one(Post, id=1)).tags.append(outside)
    async with blog.db.session() as session:
        post = await session.get_one(Post, 1)
        await load_relation(blog.db, [post], "tags")
        with pytest.raises(UsageError, match=r"outside of the session.*await obj\.tags\.add"):
            post.tags.append(outside)


async def test_a_session_adds_a_graph_without_pulling_in_detached_owners(blog: Blog) -> None:
    """``Post(author=ann)`` with an ann from elsewhere writes her key and leaves her outside."""
    ann = await blog.one(User, id=1)
    async with blog.db.session() as session:
        post = Post(id=7, title="three", author=ann, comments=[Comment(id=7, body="x")])
        session.add(post)
        await session.flush()
        assert post.author is ann
        assert ann not in session
        assert post.comments[0] in session
    assert await blog.rows("SELECT author_id FROM posts WHERE title = 'three'") == [(1,)]
    assert len(await blog.rows("SELECT id FROM comments WHERE body = 'x' AND post_id IS NOT NULL")) == 1


async def test_a_new_graph_is_written_whole_by_a_session(blog: Blog) -> None:
    """New objects on both ends: SQLAlchemy orders the inserts and fills the keys."""
    async with blog.db.session() as session:
        session.add(Post(id=7, title="x", author=User(id=7, username="cid"), tags=[Tag(id=7, name="fresh")]))
    sql = (
        "SELECT username FROM posts JOIN users ON users.id = author_id JOIN posts_tags ON post_id = posts.id"
    )
    assert await blog.rows(sql) == [("cid",)]


async def test_deleting_an_owner_obeys_the_database(blog: Blog) -> None:
    """ON DELETE decides: a session neither loads children nor empties their keys first."""
    async with blog.db.session() as session:
        ann = await session.get_one(User, 1)
        await load_relation(blog.db, [ann], "posts")
        await session.delete(ann)
    assert await blog.rows("SELECT id FROM posts") == []
    await blog.save(Category(id=1, name="root"), Category(id=2, name="leaf", parent_id=1))
    with pytest.raises(ForeignKeyError):
        await _delete_root(blog)


async def _delete_root(blog: Blog) -> None:
    async with blog.db.session() as session:
        await session.delete(await session.get_one(Category, 1))


async def test_what_is_not_saved_cannot_be_linked(blog: Blog) -> None:
    """Neither end; the message says what to save."""
    post = await blog.one(Post, id=1)
    with pytest.raises(UsageError, match=r"Tag is not in the database yet.*tags\.create"):
        await post.tags.add(Tag(name="new"))
    with pytest.raises(UsageError, match="Post is not in the database yet"):
        await Post(title="new").tags.add(1)
    wrong: Any = Comment(body="x")
    with pytest.raises(UsageError, match="takes Tag objects or keys, not Comment"):
        await post.tags.add(wrong)
