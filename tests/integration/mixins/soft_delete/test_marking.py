"""A deleted row is there and out of sight, by every way of deleting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.query import Query
from portico.db.session import Database, atomic, run
from portico.errors import DuplicateError, InvalidError, NotFoundError, UsageError, VersionConflictError
from portico.testing.statements import statements

from .trash import METADATA, Author, Editor, Letter, Post, Poster, Sticker, Tag, Visit

KEPT = pytest.mark.parametrize("kept", [Tag, Sticker])


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this folder."""
    await db.create_tables(METADATA)


def _class(tag: Any) -> Any:
    return tag.__class__


async def _by_session(db: Database, tag: Any) -> None:
    async with db.session() as session:
        await session.delete(await session.get(_class(tag), tag.id))


async def _by_unit(db: Database, tag: Any) -> None:
    async with atomic(db):
        await tag.delete()


def _same(tag: Any) -> Query[Any]:
    found: Query[Any] = _class(tag).filter(id=tag.id)
    return found


def _in_bulk(tag: Any, given: Any) -> Awaitable[int]:
    done: Awaitable[int] = _class(tag).bulk_delete([given])
    return done


WAYS: dict[str, Callable[[Database, Any], Awaitable[Any]]] = {
    "object": lambda _, tag: tag.delete(),
    "query": lambda _, tag: _same(tag).delete(),
    "returning": lambda _, tag: _same(tag).delete(returning=True),
    "columns": lambda _, tag: _same(tag).delete(returning=["id"]),
    "bulk": lambda _, tag: _in_bulk(tag, tag),
    "bulk by key": lambda _, tag: _in_bulk(tag, tag.id),
    "session": _by_session,
    "unit": _by_unit,
}


@KEPT
@pytest.mark.parametrize("way", WAYS)
async def test_every_way_of_deleting_marks_the_row(db: Database, kept: Any, way: str) -> None:
    """A single one that removes it would lose what somebody wants back."""
    tag, other = await kept.create(name="a"), await kept.create(name="b")
    await WAYS[way](db, tag)
    assert [each.id for each in await kept.all()] == [other.id]
    deleted = await kept.only_deleted().get(tag.id)
    assert (deleted.name, deleted.is_deleted) == ("a", True)


@KEPT
async def test_the_object_in_hand_says_so(kept: Any) -> None:
    """It is the same row, so that it can be restored."""
    tag = await kept.create(name="a")
    await tag.delete()
    assert tag.is_deleted
    await tag.restore()
    assert not tag.is_deleted
    assert (await kept.get(tag.id)).deleted_at is None


async def test_a_deletion_is_one_statement(db: Database) -> None:
    """Where nothing depends on the row it costs what a delete costs."""
    tag = await Tag.create(name="a")
    async with statements(db) as seen:
        await tag.delete()
    assert len(seen) == 1
    await Tag.create(name="b")
    async with statements(db) as seen:
        assert await Tag.filter(name="b").delete() == 1
    assert len(seen) == 1


async def test_what_is_deleted_is_not_there_to_be_deleted(db: Database) -> None:
    """As a row that is gone; by number, none."""
    tag = await Tag.create(name="a")
    again = await Tag.get(tag.id)
    await tag.delete()
    for one in (tag, again):
        with pytest.raises(NotFoundError):
            await one.delete()
    assert await Tag.filter(id=tag.id).delete() == 0
    assert await Tag.bulk_delete([tag.id]) == 0


async def test_restoring_what_is_there_changes_nothing(db: Database) -> None:
    """Two who restore one row at once both have it."""
    tag = await Tag.create(name="a")
    await tag.restore()
    assert not tag.is_deleted
    await tag.hard_delete()
    with pytest.raises(NotFoundError):
        await (await _stale(tag)).restore()


async def _stale(tag: Tag) -> Tag:
    other = Tag(name="x")
    other.id = tag.id
    await other.save()
    same = await Tag.get(other.id)
    await other.hard_delete()
    return same


@pytest.mark.parametrize("deleted", [False, True])
async def test_restoring_does_not_make_a_stale_object_current(*, deleted: bool) -> None:
    """It reads the mark and lacks what others wrote, so its save is refused as before."""
    poster = await Poster.create(text="mine")
    await Poster.filter(id=poster.id).update(text="theirs")
    if deleted:
        await Poster.filter(id=poster.id).delete()
    await poster.restore()
    with pytest.raises(VersionConflictError):
        await poster.update(text="mine again")
    await poster.refresh()
    await poster.delete()
    await poster.restore()
    await poster.update(text="new")


async def test_a_unit_keeps_deleted_objects_when_others_are_removed() -> None:
    """A deleted row that is in hand is not gone because a query does not see it."""
    tag = await Tag.create(name="a")
    await tag.delete()
    async with atomic():
        held = await Tag.with_deleted().get(tag.id)
        await Tag.filter(name="b").hard_delete()
        await held.restore()
    assert await Tag.exists(id=tag.id)


async def test_the_trash_is_restored_or_emptied_by_queries(db: Database) -> None:
    """The verbs of a query, for many rows."""
    for name in "abcd":
        await Tag.create(name=name)
    await Tag.filter(name__in=["a", "b", "c"]).delete()
    assert await Tag.only_deleted().filter(name="a").restore() == 1
    assert await Tag.filter(name="b").restore() == 1
    assert await Tag.only_deleted().hard_delete() == 1
    assert await Tag.with_deleted().order_by("name").values_list("name", flat=True) == ["a", "b", "d"]


async def test_a_rollback_takes_the_mark_back(db: Database) -> None:
    """In the object as in the table."""
    tag = held = await Tag.create(name="a")
    with pytest.raises(ZeroDivisionError):
        async with atomic():
            held = await Tag.get(tag.id)
            await held.delete()
            assert await Tag.get_or_none(tag.id) is None
            _ = 1 / 0
    assert not held.is_deleted
    assert await Tag.get(tag.id) is not None


async def test_a_unit_lets_go_of_what_its_queries_delete(db: Database) -> None:
    """`session.get` would answer from the identity map, without a statement that could hide anything."""
    tag = await Tag.create(name="a")
    async with db.session() as session:
        held = await session.get(Tag, tag.id)
        await Tag.filter(name="a").delete()
        assert held is not None
        assert held.is_deleted
        assert await session.get(Tag, tag.id) is None


async def test_the_mark_is_nobodys_to_write(db: Database) -> None:
    """Whoever could set it would delete without what follows, and restore past the checks."""
    tag = await Tag.create(name="a")
    tag.deleted_at = tag.deleted_at or datetime.now(UTC)
    with pytest.raises(InvalidError):
        await tag.save()
    with pytest.raises(UsageError):
        await Tag.filter(id=tag.id).update(deleted_at=sa.func.now())
    assert "deleted_at" not in Tag.Create.model_fields
    assert "deleted_at" not in Tag.Update.model_fields


async def test_a_key_is_free_again_when_its_row_is_deleted(db: Database) -> None:
    """And a row whose key was taken since cannot come back; nothing is changed then."""
    tag = await Tag.create(name="a")
    with pytest.raises(DuplicateError) as taken:
        await Tag.create(name="a")
    assert taken.value.fields == ("name",)
    await tag.delete()
    second = await Tag.create(name="a")
    with pytest.raises(DuplicateError) as conflict:
        await tag.restore()
    assert conflict.value.fields == ("name",)
    assert tag.is_deleted
    await second.delete()
    await tag.restore()
    assert await Tag.only_deleted().count() == 1


async def test_a_class_without_the_mixin_says_what_is_missing() -> None:
    """The verbs are on every query, for types; the error names the cure."""
    for verb in ("with_deleted", "only_deleted"):
        with pytest.raises(UsageError, match="Visit keeps no deleted rows"):
            getattr(Visit.filter(), verb)()
    with pytest.raises(UsageError, match="Visit keeps no deleted rows"):
        await Visit.filter(id=1).hard_delete()
    with pytest.raises(UsageError, match="Visit keeps no deleted rows"):
        await Visit.filter(id=1).restore()


async def test_a_session_refuses_what_it_cannot_follow(db: Database) -> None:
    """Its flush would mark the row, and leave what hangs on it."""
    author = await Author.create(name="ann")
    await Post.create(title="a", author_id=author.id)
    with pytest.raises(UsageError, match=r"author\.delete"):
        async with db.session() as session:
            await session.delete(await session.get(Author, author.id))
    assert await Author.get(author.id) is not None


async def test_a_session_that_marks_one_object_inserts_no_other(db: Database) -> None:
    """An object whose row was removed is a new one again, and others may hold it yet."""
    editor = await Editor.create(name="ann")
    letter = await Letter.create(editor_id=editor.id)
    async with atomic() as unit:
        found = await unit.session.get_one(Letter, letter.id)
        await found.load("editor")
        assert found.editor is not None
        await found.editor.hard_delete()
        await unit.session.delete(found)
    assert not await Editor.with_deleted().exists()
    assert await Letter.only_deleted().count() == 1


async def test_a_delete_that_does_not_mean_it_is_refused(db: Database) -> None:
    """A statement of one's own would remove for good what everything else only marks."""
    tag = await Tag.create(name="kept")
    for statement in (sa.delete(Tag), sa.delete(Tag.__table__).where(Tag.id == tag.id)):
        with pytest.raises(UsageError, match="keeps its deleted rows"):
            await run(db, statement)
        async with db.session() as session:
            with pytest.raises(UsageError, match="hard_delete"):
                await session.execute(statement)
    assert await Tag.filter(id=tag.id).exists()
    assert await Tag.filter(id=tag.id).hard_delete() == 1
    assert not await Tag.with_deleted().filter(id=tag.id).exists()
