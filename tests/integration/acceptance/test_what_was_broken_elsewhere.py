"""What a comparable library got wrong when it was tried, each as a test that ours gets it right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import DateTimeField, ForeignKeyField, IntegerField, UUIDField
from portico.db.models import Model
from portico.db.query import Q
from portico.db.session import Database, atomic
from portico.errors import DuplicateError, InvalidError, NotFoundError, UnknownNameError, UsageError
from portico.testing.statements import statements
from tests.fixtures.blog import Blog, Comment, Post, Tag, User

MOMENT = datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=2)))


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Parent(Base):
    id: Mapped[object] = UUIDField(primary_key=True)


class Child(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    at: Mapped[datetime | None] = DateTimeField(nullable=True, default=None)
    parent_id: Mapped[object] = ForeignKeyField(Parent, on_delete="cascade", on_update="cascade")


@pytest.fixture
async def family(db: Database) -> Child:
    """A child of a parent with a UUID for a key."""
    await db.create_tables(Parent.metadata)
    parent = await Parent.create()
    return await Child.create(parent_id=parent.id)


async def test_fields_are_validated(blog: Blog) -> None:
    """``email="not-an-email", age=3`` with ``min_value=18`` was stored."""
    with pytest.raises(InvalidError) as caught:
        await User.create(username="eve", email="not-an-email", age=3)
    assert set(caught.value.fields) == {"email", "age"}
    assert await User.count() == 2


async def test_an_update_leaves_the_foreign_key_alone(family: Child) -> None:
    """ON UPDATE CASCADE was written into the column as text by any update."""
    parent = family.parent_id
    await family.update(at=MOMENT)
    assert (await Child.get(family.id)).parent_id == parent


async def test_a_foreign_key_has_the_type_of_its_target(family: Child) -> None:
    """Foreign keys were always integers."""
    with pytest.raises(InvalidError):
        await Child.create(parent_id="not a uuid")


async def test_a_datetime_with_a_zone_comes_back_as_the_same_moment(family: Child) -> None:
    """Aware values failed on one database and lost their zone on another."""
    await family.update(at=MOMENT)
    stored = (await Child.get(family.id)).at
    assert stored == MOMENT
    assert stored is not None
    assert stored.tzinfo is UTC
    with pytest.raises(InvalidError):
        await family.update(at=datetime(2024, 1, 1))  # noqa: DTZ001 -- a naive value is the mistake under test


async def test_update_refuses_an_unknown_name(blog: Blog) -> None:
    """``update(nosuch=5)`` was accepted in silence."""
    with pytest.raises(UnknownNameError):
        await blog.hello.update(nosuch=5)
    with pytest.raises(UnknownNameError):
        await Post.filter(id=1).update(nosuch=5)


async def test_get_of_a_missing_row_is_an_error(blog: Blog) -> None:
    """It was None, and the failure came three lines later."""
    with pytest.raises(NotFoundError):
        await Post.get(999)


@pytest.mark.parametrize(
    ("lookup", "value", "expected"),
    [
        ("age__gte", 20, 1),
        ("age__ne", 34, 1),
        ("age__not_in", [34], 1),
        ("age__between", (30, 40), 1),
        ("age__isnull", True, 1),
        ("username__icontains", "N", 2),
        ("username__ilike", "A%", 1),
        ("username__regex", "^b.n$", 1),
    ],
)
async def test_no_lookup_is_ignored(blog: Blog, lookup: str, value: object, expected: int) -> None:
    """An operator that was not known returned all rows."""
    assert await User.filter(**{lookup: value}).count() == expected


async def test_two_conditions_on_one_field_both_count(blog: Blog) -> None:
    """Only the first key of a pair was looked at."""
    assert await User.filter(age__gte=20, age__lt=30).count() == 0


async def test_q_can_be_negated_and_spans_relations(blog: Blog) -> None:
    """``~Q`` was a TypeError, and Q knew no relations."""
    assert [u.username for u in await User.filter(~Q(posts__tags__name="async"))] == ["ben"]


async def test_bulk_create_is_one_statement(db: Database, blog: Blog) -> None:
    """A hundred rows with one relation were 201 statements."""
    async with statements(db) as seen:
        await Post.bulk_create([Post(title=f"p{n}", author=blog.ann) for n in range(100)])
    assert len(seen) == 1


async def test_deleting_a_parent_deletes_its_children_as_declared(blog: Blog) -> None:
    """ON DELETE CASCADE was declared, and the children were set to NULL."""
    await Comment.filter(author_id=blog.ben.id).delete()
    await blog.ann.delete()
    assert [post.title for post in await Post.all()] == ["Third"]


async def test_an_inner_failure_costs_the_inner_row_only(blog: Blog) -> None:
    """Without savepoints an inner failure lost the outer row."""
    async with atomic():
        await Tag.create(name="kept")
        with pytest.raises(DuplicateError):
            async with atomic():
                await Tag.create(name="python")
    assert await Tag.filter(name="kept").exists()


@pytest.mark.parametrize("wrong", [-1, "10", 1.5])
async def test_limits_mean_the_same_everywhere(blog: Blog, wrong: object) -> None:
    """``page=0`` was page 1 on one database and an error on another, ``limit=0`` all rows."""
    assert await Post.all().limit(0) == []
    with pytest.raises(UsageError):
        Post.all().limit(wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- the mistake under test


async def test_a_response_leaves_the_password_out(blog: Blog) -> None:
    """Every column went out, the password hash among them."""
    await blog.ann.update(password="correct horse battery")
    ann = await User.get(blog.ann.id)
    assert "password" not in ann.to_response().model_dump()
    assert "argon2" not in repr(ann) + repr(ann.password)
