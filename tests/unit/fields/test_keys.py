"""Foreign keys: how the target is found, what type the column gets, what is refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, configure_mappers, declared_attr
from sqlalchemy.schema import CreateTable

from portico.db.fields import (
    BigIntegerField,
    ForeignKeyField,
    IntegerField,
    StringField,
    UUIDField,
    spec_of,
)
from portico.errors import ConfigurationError


@pytest.fixture
def base() -> type[DeclarativeBase]:
    """A registry of its own for each test."""

    class Base(DeclarativeBase):
        pass

    return Base


def column(cls: Any, name: str) -> sa.Column[Any]:
    """A column of a mapped class."""
    return cls.__table__.c[name]  # type: ignore[no-any-return]


def target(cls: Any, name: str) -> str:
    """Where a column points to, and what happens on deletion."""
    (key,) = column(cls, name).foreign_keys
    return f"{key.target_fullname} {key.ondelete}"


def test_the_target_is_a_class_a_name_or_a_column(base: Any) -> None:
    """Whatever order the classes come in."""

    class Post(base):  # type: ignore[misc]
        __tablename__ = "posts"
        id: Mapped[int] = IntegerField(primary_key=True)
        author_id: Mapped[uuid.UUID] = ForeignKeyField("User", on_delete="cascade")
        answers_id: Mapped[int | None] = ForeignKeyField("self", on_delete="set_null")
        first_id: Mapped[int | None] = ForeignKeyField("Post", nullable=True)

    class User(base):  # type: ignore[misc]
        __tablename__ = "users"
        id: Mapped[uuid.UUID] = UUIDField(primary_key=True)
        name: Mapped[str] = StringField(max_length=20, unique=True)

    class Vote(base):  # type: ignore[misc]
        __tablename__ = "votes"
        user_id: Mapped[uuid.UUID] = ForeignKeyField(User, primary_key=True)
        name: Mapped[str] = ForeignKeyField(User, to_field="name", unique=True)
        post_id: Mapped[int] = ForeignKeyField("posts.id", index=False)

    assert target(Post, "author_id") == "users.id CASCADE"
    assert target(Post, "answers_id") == "posts.id SET NULL"
    assert target(Post, "first_id") == "posts.id RESTRICT"
    assert target(Vote, "name") == "users.name RESTRICT"
    assert target(Vote, "post_id") == "posts.id RESTRICT"
    assert {index.columns.keys()[0] for index in Vote.__table__.indexes} == {"user_id"}


def test_the_column_has_the_type_of_its_target(base: Any) -> None:
    """An annotation alone would make a 64-bit key an INTEGER."""

    class Child(base):  # type: ignore[misc]
        __tablename__ = "children"
        id: Mapped[int] = IntegerField(primary_key=True)
        parent_id: Mapped[int] = ForeignKeyField("Parent")

    early = spec_of(column(Child, "parent_id"))

    class Parent(base):  # type: ignore[misc]
        __tablename__ = "parents"
        id: Mapped[int] = BigIntegerField(primary_key=True)

    assert isinstance(column(Child, "parent_id").type, sa.BigInteger)
    for spec in (early, spec_of(column(Child, "parent_id"))):
        assert spec.python_type is int
        assert spec.validate(2**40) == 2**40
        with pytest.raises(ValueError, match="A whole number from"):
            spec.validate(2**63)


def test_a_mixin_gives_each_class_its_own_key(base: Any) -> None:
    """And its own constraint."""

    class Parent(base):  # type: ignore[misc]
        __tablename__ = "parents"
        id: Mapped[int] = IntegerField(primary_key=True)

    class Owned:
        parent_id: Mapped[int] = ForeignKeyField("Parent", on_delete="cascade")

        @declared_attr.directive
        @classmethod
        def __tablename__(cls) -> str:
            """The name of the class."""
            return cls.__name__.lower()

    class One(Owned, base):  # type: ignore[misc]
        id: Mapped[int] = IntegerField(primary_key=True, min_value=1)

    class Two(Owned, base):  # type: ignore[misc]
        id: Mapped[int] = IntegerField(primary_key=True)

    assert target(One, "parent_id") == target(Two, "parent_id") == "parents.id CASCADE"
    assert "ck_one_id_min_value" in str(CreateTable(One.__table__))


def test_a_copy_in_another_schema_keeps_its_rules_once(base: Any) -> None:
    """Tenants get copies of the tables."""

    class One(base):  # type: ignore[misc]
        __tablename__ = "one"
        id: Mapped[int] = IntegerField(primary_key=True, min_value=1)
        one_id: Mapped[int | None] = ForeignKeyField("One")

    copied = str(CreateTable(One.__table__.to_metadata(sa.MetaData(), schema="tenant")))
    assert copied.count("CHECK") == str(CreateTable(One.__table__)).count("CHECK") == 1
    assert copied.count("FOREIGN KEY") == 1


def test_a_name_that_no_class_bears_is_told_with_the_nearest(base: Any) -> None:
    """When the models are first used, since the class may still come."""

    class User(base):  # type: ignore[misc]
        __tablename__ = "users"
        id: Mapped[int] = IntegerField(primary_key=True)
        boss_id: Mapped[int] = ForeignKeyField("Usr")

    with pytest.raises(ConfigurationError, match=r"users\.boss_id refers to 'Usr'.* Did you mean 'User'"):
        configure_mappers()
    with pytest.raises(ConfigurationError, match=r"Import the module"):
        base.metadata.create_all(sa.create_engine("sqlite://"))
    base.registry.dispose()


def test_setting_null_needs_a_column_that_takes_it(base: Any) -> None:
    """The deletion would fail, years later."""
    with pytest.raises(ConfigurationError, match=r"cannot be null\. Write nullable=True"):

        class Post(base):  # type: ignore[misc]
            __tablename__ = "posts"
            id: Mapped[int] = IntegerField(primary_key=True)
            author_id: Mapped[int] = ForeignKeyField("posts.id", on_delete="set_null")


def test_setting_the_default_needs_one_in_the_database(base: Any) -> None:
    """Python is not asked when the database deletes."""
    with pytest.raises(ConfigurationError, match="Write server_default"):

        class Post(base):  # type: ignore[misc]
            __tablename__ = "posts"
            id: Mapped[int] = IntegerField(primary_key=True)
            author_id: Mapped[int] = ForeignKeyField("posts.id", on_delete="set_default", default=1)


def test_a_target_must_have_one_key_column(base: Any) -> None:
    """Which of two it is, only the user knows."""

    class Pair(base):  # type: ignore[misc]
        __tablename__ = "pairs"
        a: Mapped[int] = IntegerField(primary_key=True)
        b: Mapped[int] = IntegerField(primary_key=True)

    with pytest.raises(ConfigurationError, match="Name one with to_field="):
        ForeignKeyField(Pair)
    with pytest.raises(ConfigurationError, match="there is no such field"):
        ForeignKeyField(Pair, to_field="c")


def test_a_target_must_have_a_table() -> None:
    """An abstract class has none."""
    with pytest.raises(ConfigurationError, match="has no table"):
        ForeignKeyField(int)


def test_an_unknown_action_is_told_with_the_nearest() -> None:
    """In the words that the option has."""
    with pytest.raises(ConfigurationError, match="Did you mean 'set_null'"):
        ForeignKeyField("User", on_delete="setnull")  # type: ignore[arg-type]  # this is the mistake
