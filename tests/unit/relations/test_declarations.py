"""What a declaration becomes, and what is told when it cannot work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.relations import (
    Kind,
    Many,
    ManyToMany,
    ManyToOne,
    OneToMany,
    OneToOne,
    OptRef,
    Ref,
    install_relations,
    redeclare,
    relation,
    spec_of_relation,
)
from portico.errors import ConfigurationError, UnknownFieldError
from tests.integration.relations.blog import Account, Membership, Post, Team, User
from tests.integration.relations.blog import Base as BlogBase


@pytest.fixture
def base() -> Iterator[Any]:
    """A declarative base of this test alone."""

    class Base(DeclarativeBase):
        id: Mapped[int] = mapped_column(primary_key=True)

        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            install_relations(cls)

    yield Base
    Base.registry.dispose()


def _columns(attribute: Any) -> list[tuple[str, str]]:
    return [(str(local), str(remote)) for local, remote in relation(attribute).property.local_remote_pairs]


def test_annotations_become_relations() -> None:
    """``Many`` is a list also without naming a collection, and nothing loads by surprise."""
    posts, author = relation(User.posts).property, relation(Post.author).property
    assert (posts.uselist, author.uselist) == (True, False)
    assert posts.lazy == author.lazy == "raise"
    assert relation(User.profile).property.uselist is False
    assert spec_of_relation(relation(User.posts)).kind is Kind.ONE_TO_MANY  # type: ignore[union-attr]  # it is ours


def test_the_foreign_key_named_like_the_relation_is_taken() -> None:
    """Author and editor need no foreign_key= where their columns tell."""
    assert _columns(Post.author) == [("posts.author_id", "users.id")]
    assert _columns(Post.editor) == [("posts.editor_id", "users.id")]
    assert _columns(User.edited) == [("users.id", "posts.editor_id")]


def test_junction_tables_have_stable_names_and_cascade(base: Any) -> None:
    """The first end in the alphabet gives the name, whichever class is defined first."""
    assert set(BlogBase.metadata.tables) >= {"posts_tags", "users_followers", "accounts_labels"}
    table = BlogBase.metadata.tables["posts_tags"]
    assert [column.name for column in table.primary_key] == ["post_id", "tag_id"]
    assert {key.ondelete for key in table.foreign_keys} == {"CASCADE"}

    class Tag(base):  # type: ignore[misc]  # a base made by a fixture
        __tablename__ = "tags"
        posts = ManyToMany("Post", back_populates="tags")

    assert "posts_tags" not in base.metadata.tables

    class Post(base):  # type: ignore[misc]  # the same
        __tablename__ = "posts"
        tags = ManyToMany("Tag", back_populates="posts")

    assert [column.name for column in base.metadata.tables["posts_tags"].columns] == ["post_id", "tag_id"]
    base.registry.configure()
    assert relation(Post.tags).property.secondary is relation(Tag.posts).property.secondary


def test_a_junction_of_a_class_with_itself_has_a_direction() -> None:
    """Following and followers read the same two columns the other way round."""
    following, followers = relation(User.following).property, relation(User.followers).property
    pairs = [str(column) for _, column in following.synchronize_pairs + following.secondary_synchronize_pairs]
    assert pairs == ["users_followers.to_user_id", "users_followers.from_user_id"]
    back = [str(column) for _, column in followers.synchronize_pairs + followers.secondary_synchronize_pairs]
    assert back == pairs[::-1]


def test_a_composite_key_makes_a_wider_junction() -> None:
    """Each part of the key is a column."""
    table: Any = relation(Account.labels).property.secondary
    assert [column.name for column in table.columns] == ["account_region", "account_number", "label_id"]
    assert len(table.foreign_key_constraints) == 2


def test_a_junction_model_is_used_as_it_is() -> None:
    """through= names a model that has more columns."""
    assert relation(Team.members).property.secondary is Membership.__table__


def test_a_junction_model_of_a_class_with_itself_needs_to_be_told(base: Any) -> None:
    """Two foreign keys to one class: which is which cannot be guessed."""

    class Person(base):  # type: ignore[misc]  # a base made by a fixture
        __tablename__ = "people"
        likes = ManyToMany(
            "Person", through="Liking", foreign_key=("by_id", "of_id"), back_populates="liked_by"
        )
        liked_by = ManyToMany("Person", back_populates="likes")

    class Liking(base):  # type: ignore[misc]  # the same
        __tablename__ = "likings"
        by_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"))
        of_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"))

    base.registry.configure()
    assert [str(c) for _, c in relation(Person.likes).property.synchronize_pairs] == ["likings.by_id"]
    assert [str(c) for _, c in relation(Person.liked_by).property.synchronize_pairs] == ["likings.of_id"]
    assert relation(Person.likes).property.secondary is Liking.__table__


def test_a_tree_knows_up_from_down(base: Any) -> None:
    """SQLAlchemy would take both directions of a self reference for one-to-many."""

    class Node(base):  # type: ignore[misc]  # a base made by a fixture
        __tablename__ = "nodes"
        up_id: Mapped[int | None] = mapped_column(sa.ForeignKey("nodes.id"))
        next_id: Mapped[int | None] = mapped_column(sa.ForeignKey("nodes.id"), unique=True)
        up = ManyToOne("Node", back_populates="down")
        down = OneToMany("Node", back_populates="up")
        next = OneToOne("Node", back_populates="previous")
        previous = OneToOne("Node", back_populates="next")

    base.registry.configure()
    assert _columns(Node.up) == [("nodes.up_id", "nodes.id")]
    assert _columns(Node.down) == [("nodes.id", "nodes.up_id")]
    assert _columns(Node.next) == [("nodes.next_id", "nodes.id")]
    assert _columns(Node.previous) == [("nodes.id", "nodes.next_id")]


def test_an_inherited_class_refers_to_its_own_base(base: Any) -> None:
    """The key that joins the tables of a hierarchy is not a relation's."""

    class Person(base):  # type: ignore[misc]  # a base made by a fixture
        __tablename__ = "people"
        kind: Mapped[str]
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}

    class Employee(Person):
        __tablename__ = "employees"
        id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"), primary_key=True)
        boss_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id"))
        boss = ManyToOne("Person")
        __mapper_args__ = {"polymorphic_identity": "employee", "inherit_condition": id == Person.id}  # noqa: A003 -- its own column

    base.registry.configure()
    assert _columns(Employee.boss) == [("employees.boss_id", "people.id")]


def test_redeclare_gives_each_child_a_relation(base: Any) -> None:
    """An abstract declaration is copied, not shared."""

    class Owner(base):  # type: ignore[misc]  # a base made by a fixture
        __tablename__ = "owners"

    declared = ManyToOne("Owner")

    class First(base):  # type: ignore[misc]  # the same
        __tablename__ = "first"
        owner_id: Mapped[int] = mapped_column(sa.ForeignKey("owners.id"))
        owner = redeclare(declared)

    class Second(base):  # type: ignore[misc]  # the same
        __tablename__ = "second"
        owner_id: Mapped[int] = mapped_column(sa.ForeignKey("owners.id"))
        owner = redeclare(declared)

    assert _columns(First.owner) == [("first.owner_id", "owners.id")]
    assert _columns(Second.owner) == [("second.owner_id", "owners.id")]
    assert relation(First.owner).property.mapper.class_ is Owner


def _refused(base: Any, **body: Any) -> str:
    """The message with which a class that leads to ``Target`` is refused."""

    class Target(base):  # type: ignore[misc]  # a base made by a fixture
        __tablename__ = "targets"
        name: Mapped[str]
        back = OneToMany("Source", foreign_key="one_id")

    keys = {f"{name}_id": mapped_column(sa.ForeignKey("targets.id")) for name in ("one", "two")}

    def build() -> None:
        type("Source", (base,), {"__tablename__": "sources", "__module__": __name__, **keys, **body})
        base.registry.configure()

    with pytest.raises(ConfigurationError) as caught:
        build()
    return str(caught.value)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (
            lambda: ManyToOne("Target"),
            "Source.rel: more than one foreign key of Source fits.*'one_id', 'two_id'",
        ),
        (
            lambda: ManyToOne("Target", foreign_key="one_idd"),
            "Source has no column 'one_idd'.*Did you mean 'one_id'",
        ),
        (lambda: ManyToOne("Target", foreign_key="id"), "no foreign key of Source fits"),
        (lambda: ManyToOne("Target", foreign_key="one_id", back_populates="bak"), "Did you mean 'back'"),
        (lambda: OneToMany("Target"), "Source.rel: Target has no foreign key to Source"),
        (
            lambda: OneToOne("Target", foreign_key="one_id", back_populates="back"),
            "is a OneToOne, but Target.back is a OneToMany.*other end of a OneToOne is a OneToOne",
        ),
        (lambda: ManyToMany("Target", through="Nothing"), "there is no model 'Nothing' to go through"),
        (
            lambda: ManyToMany("Target", through="targets"),
            "does not say which foreign key leads to which end",
        ),
        (lambda: ManyToMany("Target", through=3), "through=3 is not a junction"),
        (lambda: ManyToMany("Target", order_by="-nam"), "Target has no column 'nam'.*Did you mean 'name'"),
    ],
)
def test_what_does_not_fit_is_told_with_the_cure(base: Any, declared: Any, message: str) -> None:
    """At configuration, with names and choices."""
    text = _refused(base, rel=declared())
    assert re.search(message, text), text


def test_the_annotation_must_agree_with_the_helper(base: Any) -> None:
    """``Many`` for several, ``Ref`` and ``OptRef`` for one."""
    with pytest.raises(ConfigurationError, match=r"is a OneToMany and annotated Ref.*Annotate it Many"):

        class Wrong(base):  # type: ignore[misc]  # a base made by a fixture
            __tablename__ = "wrong"
            items: Ref[User] = OneToMany()

    with pytest.raises(ConfigurationError, match=r"is a ManyToOne and annotated Many"):

        class Wrong2(base):  # type: ignore[misc]  # the same
            __tablename__ = "wrong2"
            item: Many[User] = ManyToOne()

    with pytest.raises(ConfigurationError, match="does not say which class it leads to"):

        class Wrong3(base):  # type: ignore[misc]  # the same
            __tablename__ = "wrong3"
            item = ManyToOne()


def test_an_unknown_way_of_loading_is_refused() -> None:
    """The two ways are named."""
    with pytest.raises(ConfigurationError, match='Use "selectin" or "raise"'):
        ManyToOne(loading="eager")  # type: ignore[call-overload]  # what the test is about


def test_unknown_columns_are_configuration_errors() -> None:
    """UnknownFieldError is what a declaration raises."""
    assert issubclass(UnknownFieldError, ConfigurationError)
    assert OptRef is not Ref
