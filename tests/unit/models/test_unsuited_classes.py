"""For which classes a row may be written without an object."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from portico.db.fields import IntegerField, StringField
from portico.db.models import Model
from portico.db.models.shapes import unsuited_because

METADATA = sa.MetaData()


class Plain(DeclarativeBase):
    """Plain SQLAlchemy."""

    metadata = METADATA


class Base(Model):
    """Models of these tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Simple(Base):
    """Nothing but fields."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=5)


class Row(Plain):
    """Nothing but columns."""

    __tablename__ = "rows"
    id: Mapped[int] = mapped_column(primary_key=True)


class Parent(Plain):
    """A class that shares its table."""

    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "parent"}


class Data(MappedAsDataclass, Plain):
    """A constructor made by dataclasses."""

    __tablename__ = "data"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)


class Restored(Plain):
    """Something to do when a row is loaded."""

    __tablename__ = "restored"
    id: Mapped[int] = mapped_column(primary_key=True)

    @orm.reconstructor
    def restore(self) -> None:
        """Runs when a row becomes an object."""


class Watched(Plain):
    """Somebody listens to its mapper."""

    __tablename__ = "watched"
    id: Mapped[int] = mapped_column(primary_key=True)


event.listen(Watched, "before_insert", lambda *_: None)


def _moved(context: Any) -> int:
    return len(context.get_current_parameters())


class Moving(Plain):
    """A column that looks at the statement which changes it."""

    __tablename__ = "moving"
    id: Mapped[int] = mapped_column(primary_key=True)
    moved: Mapped[int | None] = mapped_column(onupdate=_moved)


@pytest.mark.parametrize("model", [Simple, Row])
def test_a_class_with_nothing_but_columns_is_written_without_objects(model: type[Any]) -> None:
    """The constructors of Portico and of SQLAlchemy only assign."""
    assert unsuited_because(model) is None


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (Parent, "shares its table with other classes, or has several"),
        (Data, "has a constructor of its own"),
        (Restored, "has listeners"),
        (Watched, "has listeners"),
        (Moving, "has a column whose new value depends on the statement"),
    ],
)
def test_a_class_with_more_to_it_is_not_and_the_reason_is_told(model: type[Any], reason: str) -> None:
    """Whoever wonders why it is slower can read it."""
    assert unsuited_because(model) == f"{model.__name__} {reason}"
