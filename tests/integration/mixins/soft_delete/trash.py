"""Classes whose deleted rows are kept, in each order of bases, for the tests of this folder.

Their tables have names of their own, since SQL as text that names such a table is refused in every test.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.mixins import OptimisticLockMixin, SoftDeleteMixin, TimestampMixin
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, OptRef, Ref

METADATA = sa.MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Tag(SoftDeleteMixin, Base):
    """Nothing depends on it."""

    class Meta(Base.Meta):
        table = "kept_tags"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30, unique=True)


class Sticker(Base, SoftDeleteMixin, TimestampMixin):
    """The same with the mixin behind the base."""

    class Meta(Base.Meta):
        table = "kept_stickers"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30, unique=True)


class Poster(OptimisticLockMixin, SoftDeleteMixin, Base):
    """Notices when somebody else has changed it."""

    class Meta(Base.Meta):
        table = "kept_posters"

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=30)


class Author(SoftDeleteMixin, Base):
    """Its posts go with it."""

    class Meta(Base.Meta):
        table = "kept_authors"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30)
    posts: Many[Post] = OneToMany(back_populates="author")


class Post(SoftDeleteMixin, Base):
    """Goes with its author, and its comments with it."""

    class Meta(Base.Meta):
        table = "kept_posts"

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=30)
    author_id: Mapped[int] = ForeignKeyField(Author, on_delete="cascade")
    author: Ref[Author] = ManyToOne(back_populates="posts")
    comments: Many[Comment] = OneToMany(back_populates="post")


class Comment(SoftDeleteMixin, Base):
    """Goes with its post; answers go with the comment."""

    class Meta(Base.Meta):
        table = "kept_comments"

    id: Mapped[int] = IntegerField(primary_key=True)
    post_id: Mapped[int] = ForeignKeyField(Post, on_delete="cascade")
    post: Ref[Post] = ManyToOne(back_populates="comments")
    answers_id: Mapped[int | None] = ForeignKeyField("self", on_delete="cascade", nullable=True)


class Editor(SoftDeleteMixin, Base):
    """Rows refer to it in every other way."""

    class Meta(Base.Meta):
        table = "kept_editors"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30)


class Letter(SoftDeleteMixin, Base):
    """Its editor may go away."""

    class Meta(Base.Meta):
        table = "kept_letters"

    id: Mapped[int] = IntegerField(primary_key=True)
    editor_id: Mapped[int | None] = ForeignKeyField(Editor, on_delete="set_null", nullable=True)
    editor: OptRef[Editor] = ManyToOne()


class Contract(SoftDeleteMixin, Base):
    """Its editor may not."""

    class Meta(Base.Meta):
        table = "kept_contracts"

    id: Mapped[int] = IntegerField(primary_key=True)
    editor_id: Mapped[int] = ForeignKeyField(Editor, on_delete="restrict")


class Visit(Base):
    """Keeps nothing, and would go with its editor."""

    class Meta(Base.Meta):
        table = "kept_visits"

    id: Mapped[int] = IntegerField(primary_key=True)
    editor_id: Mapped[int] = ForeignKeyField(Editor, on_delete="cascade")
