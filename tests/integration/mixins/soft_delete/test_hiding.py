"""No way of reading or changing rows meets one that is deleted, unless it asks for it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portico.db.query import Prefetch
from portico.db.session import Database, atomic
from portico.errors import NotFoundError

from .trash import METADATA, Author, Post, Tag


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this folder, a tag that is there, and one that is not."""
    await db.create_tables(METADATA)
    await Tag.bulk_create([Tag(name="there"), Tag(name="gone")])
    await Tag.filter(name="gone").delete()


async def test_reading_passes_deleted_rows_over(db: Database) -> None:
    """By key, by value, in numbers, streams, sets of rows and pages."""
    gone = await Tag.only_deleted().get(name="gone")
    assert await Tag.get_or_none(gone.id) is None
    assert await Tag.first() == await Tag.last() or await Tag.count() == 1
    assert not await Tag.exists(name="gone")
    assert await Tag.in_bulk([gone.id]) == {}
    assert [tag.name async for tag in Tag.all()] == ["there"]
    assert await Tag.all().values_list("name", flat=True) == ["there"]
    assert [tag.name for tag in (await Tag.order_by("name").placed()).rows] == ["there"]
    assert await Tag.filter(id=gone.id).update(name="other") == 0


async def test_plain_statements_pass_them_over(db: Database) -> None:
    """Sessions, tables of Core, aliases and subqueries."""
    alias = aliased(Tag)
    async with db.session() as session:
        assert [tag.name for tag in await session.scalars(sa.select(Tag))] == ["there"]
        table = Tag.__table__
        assert await session.scalar(sa.select(sa.func.count()).select_from(table)) == 1
        assert await session.scalar(sa.select(sa.func.count()).select_from(alias)) == 1
        some = sa.select(table.c.id).where(table.c.name == "gone").exists()
        assert not await session.scalar(sa.select(some))


async def test_what_is_asked_for_with_them_has_them(db: Database) -> None:
    """Objects, rows, numbers and streams of a query."""
    every = Tag.with_deleted().order_by("name")
    assert [tag.name for tag in await every] == ["gone", "there"]
    assert [tag.name async for tag in every] == ["gone", "there"]
    assert await every.count() == 2
    assert await every.filter(name="gone").exists()
    assert await every.values_list("name", flat=True) == ["gone", "there"]
    assert [name async for name in every.values_list("name", flat=True)] == ["gone", "there"]
    assert [tag.name for tag in (await every.placed()).rows] == ["gone", "there"]
    assert len(await every.in_bulk([tag.id for tag in await every])) == 2
    assert await Tag.count() == 1


async def test_a_stream_lifts_nothing_around_it(db: Database) -> None:
    """Between two rows other statements run, which did not ask for deleted rows."""
    async for _ in Tag.with_deleted():
        assert await Tag.count() == 1


async def test_an_object_in_hand_is_refreshed_while_its_row_is_there(db: Database) -> None:
    """Somebody else has deleted it."""
    held = await Tag.get(name="there")
    await Tag.filter(name="there").delete()
    with pytest.raises(NotFoundError):
        await held.refresh()
    held.name = "new"
    with pytest.raises(NotFoundError):
        await held.save()


async def test_a_row_is_made_where_the_only_twin_is_deleted(db: Database) -> None:
    """get_or_create and update_or_create know nothing of it."""
    made, created = await Tag.get_or_create(name="gone")
    assert created
    assert (await Tag.get(name="gone")).id == made.id
    await made.delete()
    again, created = await Tag.update_or_create(name="gone")
    assert created
    assert await Tag.with_deleted().filter(name="gone").count() == 3
    assert (await Tag.get(name="gone")).id == again.id


async def test_relations_stay_without_deleted_rows(db: Database) -> None:
    """with_deleted() is about the rows of the query; what hangs on them asks for itself."""
    author = await Author.create(name="ann")
    first = await Post.create(title="a", author_id=author.id)
    await Post.create(title="b", author_id=author.id)
    await first.delete()
    found = await Author.with_deleted().prefetch("posts").get(author.id)
    assert [post.title for post in found.posts] == ["b"]
    assert await Author.filter(posts__title="a").count() == 0
    whole = Prefetch("posts", query=Post.with_deleted().order_by("title"))
    found = await Author.filter().prefetch(whole).get(author.id)
    assert [post.title for post in found.posts] == ["a", "b"]


async def test_the_target_of_a_relation_may_be_deleted(db: Database) -> None:
    """It is none where it may be; where it may not, reading it says so."""
    author = await Author.create(name="ann")
    post = await Post.create(title="a", author_id=author.id)
    await author.delete()
    held = await Post.only_deleted().prefetch("author").get(post.id)
    with pytest.raises(NotFoundError, match=r"Post\.author refers to a Author that is deleted"):
        _ = held.author


async def test_a_unit_of_work_does_not_find_what_it_deleted(db: Database) -> None:
    """Nor by the identity map of its session."""
    async with atomic():
        tag = await Tag.get(name="there")
        await tag.delete()
        assert await Tag.all() == []
        assert await Tag.get_or_none(tag.id) is None
        await tag.restore()
        assert (await Tag.get(name="there")).id == tag.id
