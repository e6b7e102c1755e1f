"""EXISTS over to-many paths gives each row once, however the steps are nested."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.relations import Path, path_of
from portico.db.session import fetch
from tests.integration.relations.blog import Category, Comment, Company, Post, Tag, Team, User
from tests.integration.relations.conftest import Blog


@pytest.fixture
async def blog(blog: Blog) -> Blog:
    """Ann (acme) wrote 1 (news, art; two comments) and 2 (news); bea wrote 3; cid follows ann."""
    await blog.save(Company(id=1, name="acme"), Tag(id=1, name="news"), Tag(id=2, name="art"))
    await blog.save(
        User(id=1, username="ann", company_id=1),
        *(User(id=i, username=n) for i, n in ((2, "bea"), (3, "cid"))),
    )
    await blog.save(*(Post(id=i, title=f"p{i}", author_id=a) for i, a in ((1, 1), (2, 1), (3, 2))))
    await blog.save(
        Comment(id=1, body="x", post_id=1), Comment(id=2, body="y", post_id=1), Comment(id=3, body="z")
    )
    posts, cid = await blog.all(Post), await blog.one(User, id=3)
    await posts[0].tags.add(1, 2)
    await posts[1].tags.add(1)
    await cid.following.add(1)
    return blog


async def _ids(blog: Blog, model: type[Any], condition: Any, *joined: Path) -> list[int]:
    statement = sa.select(model)
    for path in joined:
        statement = statement.outerjoin(path.join_target)
    return [found.id for found in await fetch(blog.db, statement.where(condition).order_by(model.id))]


def _path(attribute: Any) -> Path:
    path = path_of(attribute)
    assert path is not None
    return path


async def test_to_many_then_to_many(blog: Blog) -> None:
    """Users with a post that has a tag."""
    path = _path(User.posts.tags)
    assert await _ids(blog, User, path.exists(User.posts.tags.name == "news")) == [1]
    assert await _ids(blog, User, ~path.exists(User.posts.tags.name == "news")) == [2, 3]
    assert await _ids(blog, User, path.exists()) == [1]


async def test_to_many_then_to_one(blog: Blog) -> None:
    """Tags on a post whose author works somewhere."""
    path = _path(Tag.posts.author.company)
    assert await _ids(blog, Tag, path.exists(Tag.posts.author.company.name == "acme")) == [1, 2]


async def test_to_one_then_to_many(blog: Blog) -> None:
    """Comments on a post that has a tag; the to-one part is joined around."""
    path = _path(Comment.post.tags)
    assert await _ids(blog, Comment, path.exists(Comment.post.tags.name == "art"), _path(Comment.post)) == [
        1,
        2,
    ]


async def test_conditions_on_several_lengths_of_one_path_share_an_exists(blog: Blog) -> None:
    """One post must fulfil both: its title, and its author's name."""
    posts, author = _path(User.posts), _path(User.posts.author)
    both = sa.and_(User.posts.title == "p1", User.posts.author.username == "ann")
    assert await _ids(blog, User, posts.exists(both, author)) == [1]
    missing = sa.and_(User.posts.title == "p3", User.posts.editor.username == None)  # noqa: E711 -- an expression
    assert await _ids(blog, User, posts.exists(missing, _path(User.posts.editor))) == [2]


async def test_an_exists_inside_an_exists_refers_to_the_right_row(blog: Blog) -> None:
    """The inner one is about the post of the outer one, not about any post."""
    comments = _path(User.posts.comments)
    inner = (
        sa.select(sa.literal(1))
        .where(Comment.post_id == User.posts.id, Comment.body == "x")
        .correlate_except(Comment)
        .exists()
    )
    assert await _ids(blog, User, _path(User.posts).exists(inner)) == [1]
    both = sa.and_(
        comments.exists(User.posts.comments.body == "x"), _path(User.posts).exists(User.posts.title == "p2")
    )
    assert await _ids(blog, User, both) == [1]


async def test_a_class_with_itself(blog: Blog) -> None:
    """Followers, and a tree, there and back."""
    assert await _ids(blog, User, _path(User.following).exists(User.following.username == "ann")) == [3]
    assert await _ids(blog, User, _path(User.followers).exists(User.followers.username == "cid")) == [1]
    there_and_back = _path(User.following.followers)
    assert await _ids(blog, User, there_and_back.exists(User.following.followers.username == "cid")) == [3]
    await blog.save(
        Category(id=1, name="root"),
        Category(id=2, name="mid", parent_id=1),
        Category(id=3, name="leaf", parent_id=2),
    )
    grandchildren = _path(Category.children.children)
    assert await _ids(blog, Category, grandchildren.exists(Category.children.children.name == "leaf")) == [1]


async def test_a_junction_model_is_a_path_of_its_own(blog: Blog) -> None:
    """By member, and by the columns of the membership."""
    await blog.save(Team(id=1, name="red"), Team(id=2, name="blue"))
    red, blue = await blog.all(Team)
    await red.members.add(1, through={"role": "chief"})
    await blue.members.add(1)
    assert await _ids(blog, Team, _path(Team.memberships).exists(Team.memberships.role == "chief")) == [1]
    assert await _ids(blog, Team, _path(Team.members).exists(Team.members.username == "ann")) == [1, 2]


async def test_updates_and_counts_take_the_same_condition(blog: Blog) -> None:
    """EXISTS multiplies nothing."""
    condition = _path(User.posts).exists(User.posts.id > 0)
    count = sa.select(sa.func.count()).select_from(User).where(condition)
    async with blog.db.session() as session:
        assert await session.scalar(count) == 2
        await session.execute(sa.update(User).where(condition).values(key="wrote"))
    assert len(await blog.all(User, key="wrote")) == 2
