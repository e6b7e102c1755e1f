"""``on_delete="restrict"``, the default: a row that is referred to stays, the same on every database."""

from __future__ import annotations

import pytest

from portico.db.session import Database, atomic
from portico.errors import ForeignKeyError
from tests.fixtures.blog import Blog, Comment, User


async def test_a_row_that_is_referred_to_cannot_be_deleted(db: Database, blog: Blog) -> None:
    """Ben has commented, and a comment keeps its author."""
    with pytest.raises(ForeignKeyError) as caught:
        await blog.ben.delete()
    assert caught.value.fields == ("id",)
    with pytest.raises(ForeignKeyError):
        await User.filter(username="ben").delete()
    assert await User.count() == 2


async def test_it_can_when_nothing_refers_to_it_any_more(db: Database, blog: Blog) -> None:
    """The refusal did not spoil the object."""
    with pytest.raises(ForeignKeyError):
        await blog.ben.delete()
    async with atomic():
        await Comment.filter(author_id=blog.ben.id).delete()
        await blog.ben.delete()
    assert await User.count() == 1
