"""Mistakes with queries that a type checker must see: every line marked so is an error in both."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.query import Q, Query


class Base(DeclarativeBase):
    """A base of its own."""


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


async def mistakes() -> None:
    """A wrong name, type or place."""
    query = Query(Post)
    query.filter(Post.titel == "x")  # expect-error
    query.filter(True)  # expect-error
    query.filter("title")  # expect-error
    query.filter(Post.title)  # expect-error
    query.filter(Post.title.icontains("x"), Q(id=1))
    query.limit("10")  # expect-error
    query[0]  # expect-error
    query.values(3)  # expect-error
    query.values_list("id", "title", flat=3)  # expect-error
    query.join("author", kind="outer")  # expect-error
    query.using(3)  # expect-error
    Q(id=1) | 3  # expect-error
    _ = (await query.one()).titel  # expect-error
    _ = (await query.first()).title  # expect-error
    for key in await query.values_list(Post.id, flat=True):
        key.upper()  # expect-error
