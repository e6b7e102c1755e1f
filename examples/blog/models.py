"""Notice: tags are many-to-many, and a vote is known by who voted and for what."""

from __future__ import annotations

from portico import (
    CompositeKeyMixin,
    ForeignKeyField,
    IntegerField,
    Many,
    ManyToMany,
    ManyToOne,
    Mapped,
    Model,
    OneToMany,
    PasswordField,
    Ref,
    SmallIntegerField,
    StringField,
    TextField,
    TimestampMixin,
)


class User(Model):
    """Somebody who writes and votes."""

    id: Mapped[int] = IntegerField(primary_key=True)
    username: Mapped[str] = StringField(max_length=50, min_length=2, unique=True)
    password: Mapped[str] = PasswordField()
    posts: Many[Post] = OneToMany(back_populates="author")


class Post(TimestampMixin, Model):
    """Something to read."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=200)
    body: Mapped[str] = TextField(default="")
    author_id: Mapped[int] = ForeignKeyField(User, on_delete="cascade")
    author: Ref[User] = ManyToOne(back_populates="posts")
    tags: Many[Tag] = ManyToMany(back_populates="posts")
    votes: Many[Vote] = OneToMany(back_populates="post")

    class Meta:
        """The newest first."""

        ordering = ("-created_at", "-id")


class Tag(Model):
    """A word that posts are found by."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30, unique=True)
    posts: Many[Post] = ManyToMany(back_populates="tags")


class Vote(CompositeKeyMixin, Model):
    """One user's opinion of one post."""

    user_id: Mapped[int] = ForeignKeyField(User, primary_key=True, on_delete="cascade")
    post_id: Mapped[int] = ForeignKeyField(Post, primary_key=True, on_delete="cascade")
    value: Mapped[int] = SmallIntegerField(choices=(-1, 1))
    user: Ref[User] = ManyToOne()
    post: Ref[Post] = ManyToOne(back_populates="votes")
