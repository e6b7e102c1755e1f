"""What objects say about each other before and after they are written."""

from __future__ import annotations

import pickle

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import load_only, make_transient, make_transient_to_detached

from portico.db.relations import (
    close_deferred,
    foreign_key_values,
    link_pending,
    load_relation,
    pending_links,
    relations_written,
)
from portico.db.session import fetch
from portico.errors import NotLoadedError, UsageError
from tests.integration.relations.blog import Account, Comment, Payment, Post, Profile, Tag, User
from tests.integration.relations.conftest import Blog


@pytest.fixture
async def blog(blog: Blog) -> Blog:
    """Two users and two tags."""
    await blog.save(
        User(id=1, username="ann"), User(id=2, username="bea"), Tag(id=1, name="a"), Tag(id=2, name="b")
    )
    return blog


async def test_a_saved_author_gives_the_key_at_once(blog: Blog) -> None:
    """``post.author_id`` says what will be written, from the constructor and from an assignment."""
    ann, bea = await blog.all(User)
    post = Post(title="x", author=ann)
    assert (post.author_id, post.author) == (1, ann)
    post.author = bea
    assert post.author_id == 2
    post.editor = bea
    post.editor = None
    assert (post.editor_id, post.editor) == (None, None)
    assert ann not in (post.author, post.editor)


async def test_a_new_author_gives_the_key_once_saved(blog: Blog) -> None:
    """Until then the error names the call to make."""
    cid = User(username="cid")
    post = Post(title="x", author=cid)
    assert list(cid.posts) == [post]
    with pytest.raises(
        UsageError, match=r"Post\.author holds a User that is not in the database yet.*user\.save"
    ):
        foreign_key_values(post)
    cid.id = 3
    make_transient_to_detached(cid)
    assert foreign_key_values(post) == {"author_id": 3}


async def test_a_relation_of_another_class_is_refused(blog: Blog) -> None:
    """At the assignment, not at the flush."""
    with pytest.raises(UsageError, match=r"Post\.author takes a User, not Tag"):
        Post(title="x", author=Tag(name="no"))
    with pytest.raises(UsageError, match=r"Post\.tags takes Tag objects, not User"):
        Post(title="x", tags=[User(username="no")])


async def test_emptying_a_composite_relation_keeps_columns_that_must_stay(blog: Blog) -> None:
    """A shared part of the key, such as a region, is not emptied with it."""
    await blog.save(Account(region="eu", number=1))
    account = await blog.one(Account)
    payment = Payment(account=account)
    assert (payment.region, payment.account_number) == ("eu", 1)
    payment.account = None
    assert (payment.region, payment.account_number) == ("eu", None)


async def test_one_to_one_is_kept_in_step_from_both_ends(blog: Blog) -> None:
    """The row with the key is the one to save."""
    ann, bea = await blog.all(User)
    profile = Profile(bio="x", user=ann)
    assert ann.profile is profile
    await blog.save(profile)
    bea.profile = profile
    assert (profile.user_id, profile.user) == (2, bea)
    found = await blog.all(User)
    await load_relation(blog.db, found, "profile")
    assert [user.profile and user.profile.bio for user in found] == ["x", None]


async def test_links_of_the_constructor_wait_for_the_row(blog: Blog) -> None:
    """What a model's insert does: row, links, settled."""
    tags = await blog.all(Tag)
    await blog.save(Comment(id=1, body="c"))
    comment = await blog.one(Comment)
    post = Post(id=1, title="x", author_id=1, tags=tags, comments=[comment])
    assert pending_links(post) == {"tags": (tags, []), "comments": ([comment], [])}
    await _insert(blog, post)
    await link_pending(blog.db, post)
    relations_written(post, new=True)
    assert (list(post.tags), comment.post_id, comment.post) == (tags, 1, post)
    assert await blog.rows("SELECT post_id, tag_id FROM posts_tags") == [(1, 1), (1, 2)]
    assert pending_links(post) == {}


async def test_appends_outside_of_a_session_wait_for_a_save(blog: Blog) -> None:
    """A loaded list may be changed; the next save writes the difference."""
    post, tags = Post(id=1, title="x", author_id=1), await blog.all(Tag)
    await _insert(blog, post)
    relations_written(post, new=True)
    post.tags.append(tags[0])
    await link_pending(blog.db, post)
    post.tags = [tags[1]]
    assert pending_links(post) == {"tags": ([tags[1]], [tags[0]])}
    await link_pending(blog.db, post)
    assert await blog.rows("SELECT post_id, tag_id FROM posts_tags") == [(1, 2)]


async def test_a_new_row_has_empty_collections(blog: Blog) -> None:
    """Nothing can be there, so nothing has to be loaded."""
    post = Post(id=1, title="x", author_id=1)
    await _insert(blog, post)
    relations_written(post, new=True)
    assert (list(post.comments), list(post.tags)) == ([], [])


async def test_unsaved_targets_in_a_constructor_are_told(blog: Blog) -> None:
    """Before the row is written, so that nothing is half done."""
    with pytest.raises(UsageError, match=r"Post\.tags holds a Tag that is not in the database yet"):
        pending_links(Post(title="x", tags=[Tag(name="new")]))


async def test_the_other_end_does_not_write_what_this_end_will(blog: Blog) -> None:
    """``Post(author=cid)`` puts the post into cid's list; saving cid must neither fail nor write the post."""
    cid, post = User(id=3, username="cid"), Post(id=1, title="x", author_id=1)
    await _insert(blog, post)
    post.author = cid
    new = Post(title="y", author=cid, tags=[Tag(name="t")])
    assert list(cid.posts) == [post, new]
    assert pending_links(cid) == {}
    assert pending_links(new.tags[0]) == {}


async def test_an_object_that_a_rollback_made_new_again_keeps_its_links(blog: Blog) -> None:
    """Saving it once more writes them once more."""
    tags, post = await blog.all(Tag), Post(id=1, title="x", author_id=1)
    post.tags = tags
    await _insert(blog, post)
    relations_written(post, new=True)
    make_transient(post)
    assert pending_links(post) == {"tags": (tags, [])}


async def test_replacing_an_unloaded_collection_is_refused(blog: Blog) -> None:
    """Nobody knows what to take away; set() does."""
    ann = await blog.one(User, id=1)
    with pytest.raises(UsageError, match=r"await obj\.teams\.set"):
        ann.teams = []


async def test_a_column_left_out_raises_and_can_be_written(blog: Blog) -> None:
    """An unloaded column must never read as None."""
    statement = sa.select(User).options(load_only(User.id)).where(User.id == 1)
    (ann,) = await fetch(blog.db, statement)
    close_deferred([ann])
    with pytest.raises(
        NotLoadedError, match=r"User\.username was not loaded.*only.*refresh\(\"username\"\)"
    ) as caught:
        _ = ann.username
    assert (caught.value.model, caught.value.attribute) == ("User", "username")
    ann.username = "new"
    assert sa.inspect(ann).attrs.username.history.added == ["new"]


async def test_a_relation_whose_key_was_left_out_says_so(blog: Blog) -> None:
    """Without the foreign key nobody knows which author to load."""
    await blog.save(Post(id=1, title="x", author_id=1))
    (post,) = await fetch(blog.db, sa.select(Post).options(load_only(Post.title)))
    close_deferred([post])
    with pytest.raises(NotLoadedError, match=r"Post\.author_id was not loaded"):
        await load_relation(blog.db, [post], "author")


async def test_objects_with_relations_can_be_pickled(blog: Blog) -> None:
    """Caches keep them."""
    await blog.save(Post(id=1, title="x", author_id=1))
    posts = await blog.all(Post)
    await load_relation(blog.db, posts, "author")
    again = pickle.loads(pickle.dumps(posts[0]))  # noqa: S301 -- our own bytes
    assert again.author.username == "ann"


async def test_a_collection_reads_as_a_sequence(blog: Blog) -> None:
    """Iteration, length, membership, index, slices, equality with a list."""
    tags = await blog.all(Tag)
    post = Post(title="x", tags=tags)
    assert post.tags == tags
    assert (len(post.tags), post.tags[0], post.tags[-1:], post.tags.index(tags[1])) == (
        2,
        tags[0],
        tags[1:],
        1,
    )
    assert tags[0] in post.tags
    assert list(reversed(post.tags)) == tags[::-1]
    assert repr(post.tags) == repr(tags)
    assert Post(title="y").tags == []


async def _insert(blog: Blog, post: Post) -> None:
    """What a model's insert does."""
    values = {name: post.__dict__[name] for name in ("id", "title", "author_id")}
    async with blog.db.engine.begin() as connection:
        await connection.execute(sa.insert(Post).values(values))
    make_transient_to_detached(post)
    blog.sent.clear()
