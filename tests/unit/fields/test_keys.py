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


def table(cls: Any) -> sa.Table:
    """The table of a mapped class."""
    found: sa.Table = cls.__table__
    return found


def column(cls: Any, name: str) -> sa.Column[Any]:
    """A column of a mapped class."""
    return table(cls).c[name]


def target(cls: Any, name: str) -> str:
    """Where a column points to, and what happens on deletion."""
    (key,) = column(cls, name).foreign_keys
    return f"{key.target_fullname} {key.ondelete}"


def test_the_target_is_a_class_a_name_or_a_column() -> None:
    """Whatever order the classes come in."""

    class Base(DeclarativeBase):
        pass

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = IntegerField(primary_key=True)
        author_id: Mapped[uuid.UUID] = ForeignKeyField("User", on_delete="cascade")
        answers_id: Mapped[int | None] = ForeignKeyField("self", on_delete="set_null")
        first_id: Mapped[int | None] = ForeignKeyField("Post", nullable=True)

    class User(Base):
        __tablename__ = "users"
        id: Mapped[uuid.UUID] = UUIDField(primary_key=True)
        name: Mapped[str] = StringField(max_length=20, unique=True)

    class Vote(Base):
        __tablename__ = "votes"
        user_id: Mapped[uuid.UUID] = ForeignKeyField(User, primary_key=True)
        name: Mapped[str] = ForeignKeyField(User, to_field="name", unique=True)
        post_id: Mapped[int] = ForeignKeyField("posts.id", index=False)

    assert target(Post, "author_id") == "users.id CASCADE"
    assert target(Post, "answers_id") == "posts.id SET NULL"
    assert target(Post, "first_id") == "posts.id RESTRICT"
    assert target(Vote, "name") == "users.name RESTRICT"
    assert target(Vote, "post_id") == "posts.id RESTRICT"
    assert {index.columns.keys()[0] for index in table(Vote).indexes} == {"user_id"}


def test_the_column_has_the_type_of_its_target() -> None:
    """An annotation alone would make a 64-bit key an INTEGER."""

    class Base(DeclarativeBase):
        pass

    class Child(Base):
        __tablename__ = "children"
        id: Mapped[int] = IntegerField(primary_key=True)
        parent_id: Mapped[int] = ForeignKeyField("Parent")

    early = spec_of(column(Child, "parent_id"))

    class Parent(Base):
        __tablename__ = "parents"
        id: Mapped[int] = BigIntegerField(primary_key=True)

    assert column(Child, "parent_id").type is column(Parent, "id").type
    for spec in (early, spec_of(column(Child, "parent_id"))):
        assert spec.python_type is int
        assert spec.validate(2**40) == 2**40
        with pytest.raises(ValueError, match="A whole number from"):
            spec.validate(2**63)


def test_a_mixin_gives_each_class_its_own_key() -> None:
    """And its own constraint."""

    class Base(DeclarativeBase):
        pass

    class Parent(Base):
        __tablename__ = "parents"
        id: Mapped[int] = IntegerField(primary_key=True)

    class Owned:
        parent_id: Mapped[int] = ForeignKeyField("Parent", on_delete="cascade")

        @declared_attr.directive
        @classmethod
        def __tablename__(cls) -> str:
            """The name of the class."""
            return cls.__name__.lower()

    class One(Owned, Base):
        id: Mapped[int] = IntegerField(primary_key=True, min_value=1)

    class Two(Owned, Base):
        id: Mapped[int] = IntegerField(primary_key=True)

    assert target(One, "parent_id") == target(Two, "parent_id") == f"{table(Parent)}.id CASCADE"
    assert "ck_one_id_min_value" in str(CreateTable(table(One)))


def test_a_copy_in_another_schema_keeps_its_rules_once() -> None:
    """Tenants get copies of the tables."""

    class Base(DeclarativeBase):
        pass

    class One(Base):
        __tablename__ = "one"
        id: Mapped[int] = IntegerField(primary_key=True, min_value=1)
        one_id: Mapped[int | None] = ForeignKeyField("One")

    copied = str(CreateTable(table(One).to_metadata(sa.MetaData(), schema="tenant")))
    assert copied.count("CHECK") == str(CreateTable(table(One))).count("CHECK") == 1
    assert copied.count("FOREIGN KEY") == 1


def test_a_name_that_no_class_bears_is_told_with_the_nearest() -> None:
    """When the models are first used, since the class may still come."""

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = IntegerField(primary_key=True)
        boss_id: Mapped[int] = ForeignKeyField("Usr")

    with pytest.raises(
        ConfigurationError, match=rf"{table(User)}\.boss_id refers to 'Usr'.* Did you mean 'User'"
    ):
        configure_mappers()
    with pytest.raises(ConfigurationError, match=r"Import the module"):
        Base.metadata.create_all(sa.create_engine("sqlite://"))
    Base.registry.dispose()


def test_setting_null_needs_a_column_that_takes_it() -> None:
    """The deletion would fail, years later."""
    key = sa.Column("id", sa.Integer, primary_key=True)
    field: Any = ForeignKeyField("posts.id", on_delete="set_null", column_name="boss_id")
    with pytest.raises(ConfigurationError, match=r"posts\.boss_id .* cannot be null\. Write nullable=True"):
        sa.Table("posts", sa.MetaData(), key, field.column)


def test_setting_the_default_needs_one_in_the_database() -> None:
    """Python is not asked when the database deletes."""
    field: Any = ForeignKeyField("posts.id", on_delete="set_default", column_name="boss_id", default=1)
    with pytest.raises(ConfigurationError, match="Write server_default"):
        sa.Table("posts", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), field.column)


def test_a_target_must_have_one_key_column() -> None:
    """Which of two it is, only the user knows."""

    class Base(DeclarativeBase):
        pass

    class Pair(Base):
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
    mistaken: Any = "setnull"
    with pytest.raises(ConfigurationError, match="Did you mean 'set_null'"):
        ForeignKeyField("User", on_delete=mistaken)
