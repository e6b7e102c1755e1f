"""What a type checker knows about queries: each line is checked by mypy and pyright."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any, assert_type

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.query import F, Prefetch, Q, Query, Rows
from portico.db.relations import Many, ManyToOne, OneToMany, OptRef


class Base(DeclarativeBase):
    """Plain mapped classes are typed as models are."""


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Many[Post] = OneToMany(back_populates="author")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    likes: Mapped[int | None]
    published: Mapped[bool | None]
    created: Mapped[dt.datetime]
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    author: OptRef[User] = ManyToOne(back_populates="posts")


async def conditions_keep_the_model() -> None:
    """Lookups, typed expressions, paths and Q meet in one call."""
    query = Query(Post)
    assert_type(query, Query[Post])
    assert_type(query.filter(Post.likes > 3, Post.author.name == "ann", title__icontains="x"), Query[Post])
    assert_type(query.filter(Q(title="x") | ~Q(Post.likes > 3)).exclude(Post.published), Query[Post])
    assert_type(query.filter(likes__gt=F("id") * 2).order_by("-id", Post.created.desc()), Query[Post])
    assert_type(query.join(Post.author).distinct().limit(3).offset(1)[2:5], Query[Post])
    assert_type(query.prefetch("author", Prefetch("author", limit=1)).only(Post.title, "id"), Query[Post])


async def answers_are_typed() -> None:
    """Awaiting gives objects."""
    query = Query(Post).all()
    assert_type(await query, list[Post])
    assert_type(await query.first(), Post | None)
    assert_type(await query.last(), Post | None)
    assert_type(await query.one(), Post)
    assert_type(await query.one_or_none(), Post | None)
    assert_type(await query.get(1), Post)
    assert_type(await query.get_or_none(None, Post.id == 1, title="x"), Post | None)
    assert_type(await query.in_bulk([1, 2]), dict[Any, Post])
    assert_type(await query.count(), int)
    assert_type(await query.exists(), bool)
    assert_type(await query.explain(), str)
    assert_type(query.__aiter__(), AsyncIterator[Post])
    assert_type([post async for post in query], list[Post])


async def rows_are_typed_by_their_columns() -> None:
    """One to eight columns; names give dictionaries."""
    query = Query(Post)
    assert_type(query.values(Post.id, Post.author.name), Rows[Row[int, str]])
    assert_type(await query.values(Post.id), list[Row[int]])
    assert_type(
        await query.values(Post.id, Post.likes, Post.created), list[Row[int, int | None, dt.datetime]]
    )
    assert_type(await query.values(Post.id, sa.func.count(Post.id)), list[Row[int, int]])
    assert_type(await query.values("id", "author__name"), list[dict[str, Any]])
    assert_type(await query.values(), list[dict[str, Any]])
    assert_type(await query.values(Post.id, Post.title).filter(id=1).first(), Row[int, str] | None)
    assert_type(await query.values_list(Post.id, Post.title), list[tuple[int, str]])
    assert_type(await query.values_list("id", "title"), list[tuple[Any, ...]])
    assert_type(await query.values_list(Post.title, flat=True), list[str])
    assert_type(await query.values_list(Post.title, flat=True).distinct()[:3], list[str])
    assert_type(await query.values_list("title", flat=True), list[Any])
    assert_type(await query.scalar(Post.likes), int | None)
    assert_type(await query.scalar(Post.title), str | None)


async def eight_columns_are_typed() -> None:
    """The longest row that keeps its types."""
    rows = Query(Post).values(
        Post.id, Post.title, Post.id, Post.title, Post.id, Post.title, Post.id, Post.title
    )
    assert_type(await rows, list[Row[int, str, int, str, int, str, int, str]])


async def writes_are_typed() -> None:
    """A number of rows, or what was asked to be returned."""
    query = Query(Post).filter(id=1)
    assert_type(await query.update(title="x", likes=Post.likes + 1), int)
    assert_type(await query.update(returning=True, title="x"), list[Post])
    assert_type(await query.update(returning=["id"], title="x"), list[Any])
    assert_type(await query.delete(), int)
    assert_type(await query.delete(returning=True), list[Post])
