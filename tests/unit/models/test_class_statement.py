"""What the class statement of a model makes, and what it refuses."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import FIELD_SPECIFIERS, IntegerField, StringField
from portico.db.models import DjangoModel, Model, ModelMeta
from portico.errors import ConfigurationError, UnknownNameError


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()
        ordering = ("name",)


class BlogCategory(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)


class Renamed(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20, column_name="label")

    class Meta(Base.Meta):
        table = "old_names"


def test_the_table_is_the_plural_of_the_class_in_snake_case() -> None:
    """A table name that can be guessed need not be written."""
    assert BlogCategory.__table__.name == "blog_categories"


def test_meta_names_another_table_and_a_field_another_column() -> None:
    """Databases that exist already have their own names."""
    assert Renamed.__table__.name == "old_names"
    assert "label" in Renamed.__table__.c


def test_abstract_counts_only_where_it_is_written() -> None:
    """A child of an abstract model is concrete, also when it extends the Meta."""
    assert ModelMeta.registry["Renamed"] is Renamed
    assert "Base" not in {cls.__name__ for cls in ModelMeta.registry.values() if cls.__module__ == __name__}


def test_a_model_is_an_ordinary_mapped_class() -> None:
    """Every SQLAlchemy tool takes it."""
    assert str(sa.select(BlogCategory.name)) == "SELECT blog_categories.name \nFROM blog_categories"


def test_a_body_without_annotations_makes_the_same_table() -> None:
    """Django's style runs too."""

    class Plain(DjangoModel):
        id = IntegerField(primary_key=True)
        name = StringField(max_length=20)

        class Meta:
            metadata = sa.MetaData()

    assert [column.name for column in Plain.__table__.c] == ["id", "name"]


def test_an_unknown_meta_option_is_refused_with_the_nearest() -> None:
    """A misspelt option must not be ignored."""
    with pytest.raises(ConfigurationError, match="'ordering'"):

        class Wrong(Base):  # pyright: ignore[reportUnusedClass] -- making it is the test
            id: Mapped[int] = IntegerField(primary_key=True)

            class Meta(Base.Meta):
                orderng = ("id",)


def test_a_column_may_not_hide_a_method() -> None:
    """``await post.save()`` must stay what it is; the message gives the way out."""
    with pytest.raises(ConfigurationError, match='column_name="save"'):

        class Wrong(Base):  # pyright: ignore[reportUnusedClass] -- making it is the test
            id: Mapped[int] = IntegerField(primary_key=True)
            save: Mapped[str] = StringField(max_length=5)  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride] -- the mistake under test


def test_an_unknown_keyword_is_refused_with_the_nearest() -> None:
    """``create(nme=…)`` must not lose the value."""
    with pytest.raises(UnknownNameError, match="'name'") as caught:
        BlogCategory(nme="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake under test
    assert caught.value.nearest == "name"


def test_the_repr_shows_the_key_and_no_value() -> None:
    """Logs must not print secrets."""
    assert repr(BlogCategory(name="secret")) == "<BlogCategory new>"


def test_the_constructor_demands_what_the_fields_room_says() -> None:
    """The list stands twice because type checkers want it written out; here the two are held equal."""
    assert vars(Model)["__dataclass_transform__"]["field_specifiers"] == FIELD_SPECIFIERS
