"""What type checkers see; run by mypy and pyright, and the bodies are run too."""

from __future__ import annotations

from typing import assert_type

from sqlalchemy.orm import InstrumentedAttribute

from portico.db.relations import Related
from tests.integration.relations.blog import Post, Profile, Tag, User


def test_paths_are_typed_by_their_targets() -> None:
    """No plugin: the class-level type of a relation is the target's class."""
    assert_type(Post.author.username, InstrumentedAttribute[str])
    assert_type(Post.editor.username, InstrumentedAttribute[str])
    assert_type(User.posts.title, InstrumentedAttribute[str])
    assert_type(User.posts.author.posts.tags.name, InstrumentedAttribute[str])


def test_instances_are_typed_by_how_many_there_are() -> None:
    """One, one or none, several."""
    user = User(id=1, username="ann")
    post = Post(title="x", author=user, tags=[Tag(name="t")])
    assert_type(post.author, User)
    assert_type(post.editor, User | None)
    assert_type(post.tags, Related[Tag])
    assert_type(post.tags[0].name, str)
    assert_type(user.profile, Profile | None)
    assert_type([tag.name for tag in post.tags], list[str])


async def calls_are_typed(post: Post, tag: Tag) -> None:
    """Not run: what awaiting gives."""
    assert_type(await post.tags, list[Tag])
    assert_type(await post.tags.create(name="x"), Tag)
    await post.tags.add(tag, 1)
    post.author = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue] -- Ref is never None
    post.editor = None
    _ = Post.author.usernme  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue] -- misspelt
