"""Django's style: no annotations, references by name, targets that come later."""

from __future__ import annotations

import sqlalchemy as sa

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.models import DjangoModel
from portico.db.relations import ManyToOne, OneToMany


class Base(DjangoModel):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Book(Base):
    id = IntegerField(primary_key=True)
    author_id = ForeignKeyField("Author")
    author = ManyToOne("Author", back_populates="books")


class Author(Base):
    name = StringField(max_length=9, primary_key=True)
    books = OneToMany(Book, back_populates="author")


def test_a_reference_to_a_later_class_takes_its_type() -> None:
    """The column is made before its target, and is of the same type in the end."""
    assert isinstance(Book.__table__.c.author_id.type, type(Author.__table__.c.name.type))
    assert [key.target_fullname for key in Book.__table__.c.author_id.foreign_keys] == ["authors.name"]


def test_relations_work_without_annotations() -> None:
    """Both ends know each other."""
    ann = Author(name="ann")
    assert Book(author=ann).author is ann
