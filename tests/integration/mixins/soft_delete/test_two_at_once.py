"""Two sessions that delete, restore and create the same row, in every order that matters."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from portico.db.changes import RowChange, Watcher, unwatch, watch
from portico.db.session import Database, atomic
from portico.errors import DuplicateError, NotFoundError

from .trash import METADATA, Author, Post, Tag

ROUNDS = 8
MARK = frozenset({"deleted_at"})


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this folder."""
    await db.create_tables(METADATA)


async def test_one_of_two_who_delete_a_row_has_deleted_it(db: Database) -> None:
    """The other is told that there is none; the first moment stays."""
    for number in range(ROUNDS):
        tag = await Tag.create(name=f"t{number}")
        twins = [await Tag.get(tag.id), await Tag.get(tag.id)]
        done = await asyncio.gather(*(twin.delete() for twin in twins), return_exceptions=True)
        assert [type(one) for one in done if one is not None] == [NotFoundError]
        winner = twins[done.index(None)]
        assert (await Tag.only_deleted().get(tag.id)).deleted_at == winner.deleted_at


async def test_a_restored_row_and_a_new_one_do_not_share_a_key(db: Database) -> None:
    """One of them has it, whoever came first; the other knows the field. MariaDB may want a second try."""
    for number in range(ROUNDS):
        tag = await Tag.create(name=f"t{number}")
        await tag.delete()
        done = await asyncio.gather(
            atomic.run(tag.restore, retries=5),
            atomic.run(partial(Tag.create, name=f"t{number}"), retries=5),
            return_exceptions=True,
        )
        failed = [one for one in done if isinstance(one, BaseException)]
        assert [type(one) for one in failed] == [DuplicateError]
        assert await Tag.filter(name=f"t{number}").count() == 1


async def test_two_who_restore_a_row_both_have_it(db: Database) -> None:
    """With what went with it."""
    author = await Author.create(name="ann")
    await Post.create(title="a", author_id=author.id)
    await author.delete()
    other = await Author.only_deleted().get(author.id)
    await asyncio.gather(author.restore(), other.restore())
    assert not author.is_deleted
    assert not other.is_deleted
    assert await Post.count() == 1


class _Listening(Watcher):
    """Keeps what it is told after commits."""

    def __init__(self) -> None:
        self.told: list[RowChange] = []

    def wants(self, model: type[object]) -> bool:
        return model in {Author, Post}

    def after_commit(self, changes: object) -> None:
        self.told += list(changes)  # type: ignore[call-overload]  # a sequence of changes


async def test_who_watches_is_told_of_every_row(db: Database) -> None:
    """A deletion and a restore are updates of the mark, of the rows that followed, too."""
    author = await Author.create(name="ann")
    post = await Post.create(title="a", author_id=author.id)
    listening = _Listening()
    watch(listening)
    try:
        await author.delete()
        await Author.filter(id=author.id).restore()
        await Post.filter(id=post.id).delete()
    finally:
        unwatch(listening)
    assert {(change.kind, change.changed) for change in listening.told} == {("update", MARK)}
    said = [change.model for change in listening.told]
    assert (set(said[:2]), said[2:]) == ({Author, Post}, [Author, Post, Post])
