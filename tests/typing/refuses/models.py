"""Uses of models that a type checker must refuse: the marked lines, and no others."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, OptRef, Ref


class Base(Model):
    class Meta:
        abstract = True
        metadata = MetaData()


class User(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    username: Mapped[str] = StringField(max_length=50)
    nick: Mapped[str | None] = StringField(nullable=True, default=None)
    posts: Many[Post] = OneToMany(back_populates="author")


class Post(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=200)
    author_id: Mapped[int] = ForeignKeyField(User)
    author: Ref[User] = ManyToOne(back_populates="posts", foreign_key="author_id")
    editor_id: Mapped[int | None] = ForeignKeyField(User, nullable=True)
    editor: OptRef[User] = ManyToOne(foreign_key="editor_id")


def constructors() -> None:
    """Missing, unknown and ill-typed arguments."""
    User()  # expect-error
    User(nme="ann")  # expect-error
    User(username=3)  # expect-error
    User(username=None)  # expect-error
    User("ann")  # expect-error


async def creating() -> None:
    """The same by ``create``."""
    await User.create()  # expect-error
    await User.create(nme="ann")  # expect-error
    await User.create(username=3)  # expect-error


def instances(user: User, post: Post) -> None:
    """Attributes of instances."""
    user.username = 5  # expect-error
    user.username = None  # expect-error
    _ = user.usernme  # expect-error
    _ = post.author.usernme  # expect-error
    _ = post.editor.username  # expect-error
    _ = user.posts.title  # expect-error


def classes() -> None:
    """Attributes of classes and paths."""
    _ = User.usernme  # expect-error
    _ = Post.author.usernme  # expect-error
    _ = User.posts.titel  # expect-error


async def results() -> None:
    """What calls give."""
    user: Post = await User.get(1)  # expect-error
    first: User = await User.first()  # expect-error
    posts: list[User] = await Post.filter(Post.author.username == "ann")  # expect-error
    _ = (user, first, posts)
    rows = await Post.filter().values(Post.id, Post.author.username)
    number: str = rows[0][0]  # expect-error
    _ = number
