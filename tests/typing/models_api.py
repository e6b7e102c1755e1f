"""What a type checker knows about models, without a plugin: each line is checked by mypy and pyright."""

from __future__ import annotations

from typing import assert_type

from sqlalchemy import MetaData, Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField, TextField
from portico.db.models import DjangoModel, Model
from portico.db.query import Query
from portico.db.relations import Many, ManyToOne, OneToMany, OptRef, Ref, Related


class Base(Model):
    class Meta:
        abstract = True
        metadata = MetaData()


class User(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    username: Mapped[str] = StringField(max_length=50, unique=True)
    nick: Mapped[str | None] = StringField(max_length=50, nullable=True, default=None)
    posts: Many[Post] = OneToMany(back_populates="author")


class Post(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=200)
    body: Mapped[str] = TextField(default="")
    author_id: Mapped[int] = ForeignKeyField(User)
    editor_id: Mapped[int | None] = ForeignKeyField(User, nullable=True)
    author: Ref[User] = ManyToOne(back_populates="posts", foreign_key="author_id")
    editor: OptRef[User] = ManyToOne(foreign_key="editor_id")


class Plain(DjangoModel):
    id = IntegerField(primary_key=True)
    name = StringField(max_length=20)
    nick = StringField(max_length=20, nullable=True)

    class Meta:
        metadata = MetaData()


async def calls_give_instances(user: User) -> None:
    """Every call knows its model."""
    assert_type(User(username="ann"), User)
    assert_type(await User.create(username="ann"), User)
    assert_type(await User.create(username="ann", nick=None), User)
    assert_type(await User.get(1), User)
    assert_type(await User.get_or_none(1), User | None)
    assert_type(await User.first(), User | None)
    assert_type(await User.get_or_create(username="ann"), tuple[User, bool])
    assert_type(await User.bulk_create([user]), list[User])


async def queries_give_lists() -> None:
    """A query is awaited to a list."""
    query = User.filter(User.username == "ann")
    assert_type(query, Query[User])
    assert_type(await query, list[User])
    assert_type(await query.order_by("-id").limit(3).first(), User | None)
    assert_type(await query.count(), int)


async def values_are_typed_rows() -> None:
    """Typed expressions give typed rows; names give dictionaries."""
    assert_type(await Post.filter().values(Post.id, Post.title), list[Row[int, str]])
    assert_type(
        await Post.filter().values(Post.id, Post.title, Post.author.username), list[Row[int, str, str]]
    )


def attributes(user: User, post: Post) -> None:
    """On the instance a value, on the class an expression."""
    assert_type(user.username, str)
    assert_type(user.nick, str | None)
    assert_type(User.username, InstrumentedAttribute[str])
    assert_type(post.author, User)
    assert_type(post.editor, User | None)
    assert_type(user.posts, Related[Post])
    assert_type(Post.author.username, InstrumentedAttribute[str])
    assert_type(User.posts.title, InstrumentedAttribute[str])
    assert_type(select(User.id, User.username), Select[int, str])


def bodies_without_annotations(plain: Plain) -> None:
    """Django's style is typed on the attributes."""
    assert_type(plain.name, str)
    assert_type(plain.nick, str | None)
    assert_type(Plain.name, InstrumentedAttribute[str])
