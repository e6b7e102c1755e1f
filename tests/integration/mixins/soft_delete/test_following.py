"""What goes with a deleted row, what holds it back, and what comes back with it."""

from __future__ import annotations

import pytest

from portico.db.session import Database
from portico.errors import ConflictError, ForeignKeyError
from portico.testing.statements import statements

from .trash import METADATA, Author, Comment, Contract, Editor, Letter, Post, Visit


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this folder."""
    await db.create_tables(METADATA)


async def _library() -> tuple[Author, list[Post], list[Comment]]:
    author = await Author.create(name="ann")
    posts = [await Post.create(title=title, author_id=author.id) for title in "abc"]
    comments = [await Comment.create(post_id=post.id) for post in posts for _ in range(2)]
    return author, posts, comments


async def test_children_go_with_their_parent_and_come_back(db: Database) -> None:
    """On every level, and no others: what was deleted before stays deleted."""
    author, posts, comments = await _library()
    other = await Post.create(title="other", author_id=(await Author.create(name="ben")).id)
    await comments[0].delete()
    await posts[1].delete()
    await author.delete()
    assert [post.id for post in await Post.all()] == [other.id]
    assert await Comment.count() == 0
    await author.restore()
    assert {post.id for post in await Post.all()} == {posts[0].id, posts[2].id, other.id}
    kept = {comments[number].id for number in (1, 4, 5)}
    assert {comment.id for comment in await Comment.all()} == kept


async def test_many_rows_take_few_statements(db: Database) -> None:
    """One for each table, and one more where nothing was left; whatever the number of rows."""
    author, _, _ = await _library()
    await Comment.bulk_create([Comment(post_id=post.id) for post in await Post.all() for _ in range(50)])
    async with statements(db) as seen:
        await author.delete()
    assert str(seen).count("UPDATE kept") <= 5
    assert await Comment.count() == 0


async def test_answers_go_with_what_they_answer(db: Database) -> None:
    """A table that refers to itself, ten levels deep and with a circle."""
    _, posts, _ = await _library()
    first = last = await Comment.create(post_id=posts[0].id)
    for _ in range(10):
        last = await Comment.create(post_id=posts[0].id, answers_id=last.id)
    await first.update(answers_id=last.id)
    before = await Comment.count()
    await last.delete()
    assert await Comment.count() == before - 11
    await last.restore()
    assert await Comment.count() == before


async def test_queries_take_along_what_hangs_on_their_rows(db: Database) -> None:
    """Some are restored, and only what went with these comes back."""
    _, posts, _ = await _library()
    assert await Post.filter(title__in=["a", "b"]).delete() == 2
    assert await Comment.count() == 2
    assert await Post.only_deleted().filter(title="a").restore() == 1
    assert {comment.post_id for comment in await Comment.all()} == {posts[0].id, posts[2].id}
    assert await Post.bulk_delete([posts[0], posts[2]]) == 2
    assert posts[0].is_deleted
    assert await Comment.count() == 0


async def test_a_row_comes_back_only_to_what_it_belongs_to(db: Database) -> None:
    """A post of a deleted author would be a row whose author nobody can see."""
    author, posts, comments = await _library()
    await posts[0].delete()
    await author.delete()
    for one in (posts[0], posts[1], comments[0]):
        with pytest.raises(ConflictError, match="deleted"):
            await one.restore()
    await author.restore()
    await posts[0].restore()
    assert await Post.count() == 3
    assert await Comment.count() == 6


async def test_a_child_waits_for_all_that_it_belongs_to(db: Database) -> None:
    """An answer belongs to its post and to what it answers; both have to be there."""
    _, posts, comments = await _library()
    answer = await Comment.create(post_id=posts[1].id, answers_id=comments[0].id)
    await posts[1].delete()
    await comments[0].delete()
    await posts[1].restore()
    assert await Comment.get_or_none(answer.id) is None
    await comments[0].restore()
    with_post = {comment.id for comment in await Comment.filter(post_id=posts[1].id)}
    assert answer.id not in with_post
    await answer.restore()
    assert await Comment.get(answer.id) is not None


async def test_a_key_with_restrict_holds_its_row(db: Database) -> None:
    """As long as a row that is there refers to it; the refusal leaves everything as it was."""
    editor = await Editor.create(name="eve")
    contract = await Contract.create(editor_id=editor.id)
    with pytest.raises(ForeignKeyError, match="contracts") as refused:
        await editor.delete()
    assert refused.value.fields == ("id",)
    assert not editor.is_deleted
    assert await Editor.get(editor.id) is not None
    with pytest.raises(ForeignKeyError):
        await Editor.filter(name="eve").delete()
    await contract.delete()
    await editor.delete()
    with pytest.raises(ConflictError, match="editors"):
        await contract.restore()


async def test_other_keys_write_nothing(db: Database) -> None:
    """The relation reads as none, and is whole again with the row; rows that are not kept stay."""
    editor = await Editor.create(name="eve")
    letter = await Letter.create(editor_id=editor.id)
    await Visit.create(editor_id=editor.id)
    await editor.delete()
    found = await Letter.prefetch("editor").get(letter.id)
    assert found.editor is None
    assert found.editor_id == editor.id
    assert await Visit.count() == 1
    await editor.restore()
    again = await Letter.prefetch("editor").get(letter.id)
    assert again.editor is not None


async def test_removing_for_good_is_the_databases_own(db: Database) -> None:
    """Its foreign keys see rows, deleted or not."""
    author, posts, _ = await _library()
    await posts[0].delete()
    await author.hard_delete()
    assert await Post.with_deleted().count() == 0
    editor = await Editor.create(name="eve")
    contract = await Contract.create(editor_id=editor.id)
    await contract.delete()
    with pytest.raises(ForeignKeyError):
        await editor.hard_delete()
