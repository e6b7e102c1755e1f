"""What a declaration becomes, and what is told when it cannot work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

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
from portico.errors import ConfigurationError
from tests.integration.relations.blog import Account, Membership, Post, Team, User


@pytest.fixture
def base() -> Iterator[Any]:
    """A declarative base of this test alone."""

    class Base(DeclarativeBase):
        kept: ClassVar[list[type]] = []
        id: Mapped[int] = mapped_column(primary_key=True)

        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            install_relations(cls)

    yield Base
    Base.registry.dispose()


def _define(base: Any, class_name: str, /, **body: Any) -> Any:
    """A class statement, for a base that only exists while the test runs."""
    table = body.pop("table", class_name.lower())
    made = type(class_name, (base,), {"__tablename__": table, "__module__": __name__, **body})
    base.kept.append(made)  # SQLAlchemy knows classes only weakly
    return made


def _key(target: str, **options: Any) -> Any:
    """A column that refers to the id of a table."""
    return mapped_column(sa.Integer, sa.ForeignKey(f"{target}.id"), **options)


def _columns(attribute: Any) -> list[tuple[str, str]]:
    return [(str(local), str(remote)) for local, remote in relation(attribute).property.local_remote_pairs]


def test_annotations_become_relations() -> None:
    """``Many`` is a list also without naming a collection, and nothing loads by surprise."""
    posts, author = relation(User.posts).property, relation(Post.author).property
    assert (posts.uselist, author.uselist) == (True, False)
    assert posts.lazy == author.lazy == "raise"
    assert relation(User.profile).property.uselist is False
    spec = spec_of_relation(relation(User.posts))
    assert spec is not None
    assert spec.kind is Kind.ONE_TO_MANY


def test_the_foreign_key_named_like_the_relation_is_taken() -> None:
    """Author and editor need no foreign_key= where their columns tell."""
    assert _columns(Post.author) == [("posts.author_id", "users.id")]
    assert _columns(Post.editor) == [("posts.editor_id", "users.id")]
    assert _columns(User.edited) == [("users.id", "posts.editor_id")]


def test_junction_tables_have_stable_names_and_cascade(base: Any) -> None:
    """The first end in the alphabet gives the name, whichever class is defined first."""
    tag = _define(base, "Tag", table="tags", posts=ManyToMany("Post", back_populates="tags"))
    assert "posts_tags" not in base.metadata.tables
    post = _define(base, "Post", table="posts", tags=ManyToMany("Tag", back_populates="posts"))
    table = base.metadata.tables["posts_tags"]
    assert [column.name for column in table.primary_key] == ["post_id", "tag_id"]
    assert {key.ondelete for key in table.foreign_keys} == {"CASCADE"}
    assert relation(post.tags).property.secondary is relation(tag.posts).property.secondary is table


def test_two_relations_between_two_classes_have_two_junctions(base: Any) -> None:
    """The relation is part of the name."""
    _define(base, "Tag", table="tags")
    _define(base, "Post", table="posts", tags=ManyToMany("Tag"), hidden=ManyToMany("Tag"))
    assert {"posts_tags", "posts_hidden"} <= set(base.metadata.tables)


def test_a_junction_does_not_take_the_table_of_something_else(base: Any) -> None:
    """The error says how to name it otherwise."""
    sa.Table("posts_tags", base.metadata, sa.Column("id", sa.Integer))
    _define(base, "Tag", table="tags")
    with pytest.raises(ConfigurationError, match=r"posts_tags.*exists for something else.*through="):
        _define(base, "Post", table="posts", tags=ManyToMany("Tag"))


def test_a_lower_case_name_is_the_table_to_make(base: Any) -> None:
    """A name with a capital is a model."""
    _define(base, "Tag", table="tags")
    _define(base, "Note", table="notes", tags=ManyToMany("Tag", through="labelled"))
    assert "labelled" in base.metadata.tables


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
    likes = ManyToMany("Person", through="Liking", foreign_key=("by_id", "of_id"), back_populates="liked_by")
    liked_by = ManyToMany("Person", back_populates="likes")
    person = _define(base, "Person", table="people", likes=likes, liked_by=liked_by)
    liking = _define(base, "Liking", by_id=_key("people"), of_id=_key("people"))
    base.registry.configure()
    assert [str(c) for _, c in relation(person.likes).property.synchronize_pairs] == ["liking.by_id"]
    assert [str(c) for _, c in relation(person.liked_by).property.synchronize_pairs] == ["liking.of_id"]
    assert relation(person.likes).property.secondary is liking.__table__


def test_a_tree_knows_up_from_down(base: Any) -> None:
    """SQLAlchemy would take both directions of a self reference for one-to-many."""
    node = _define(
        base,
        "Node",
        up_id=_key("node"),
        next_id=_key("node", unique=True),
        up=ManyToOne("Node", back_populates="down"),
        down=OneToMany("Node", back_populates="up"),
        next=OneToOne("Node", back_populates="previous"),
        previous=OneToOne("Node", back_populates="next"),
    )
    assert _columns(node.up) == [("node.up_id", "node.id")]
    assert _columns(node.down) == [("node.id", "node.up_id")]
    assert _columns(node.next) == [("node.next_id", "node.id")]
    assert _columns(node.previous) == [("node.id", "node.next_id")]


def test_an_inherited_class_refers_to_its_own_base(base: Any) -> None:
    """The key that joins the tables of a hierarchy is not a relation's."""
    kind = mapped_column(sa.String)
    hierarchy = {"polymorphic_on": kind, "polymorphic_identity": "person"}
    person = _define(base, "Person", kind=kind, __mapper_args__=hierarchy)
    key = _key("person", primary_key=True)
    employee = _define(
        person,
        "Employee",
        id=key,
        boss_id=_key("person"),
        boss=ManyToOne("Person"),
        __mapper_args__={"polymorphic_identity": "employee", "inherit_condition": key.column == person.id},
    )
    assert _columns(employee.boss) == [("employee.boss_id", "person.id")]


def test_redeclare_gives_each_child_a_relation(base: Any) -> None:
    """An abstract declaration is copied, not shared."""
    owner = _define(base, "Owner")
    declared: Any = ManyToOne("Owner")
    first = _define(base, "First", owner_id=_key("owner"), owner=redeclare(declared))
    second = _define(base, "Second", owner_id=_key("owner"), owner=redeclare(declared))
    assert _columns(first.owner) == [("first.owner_id", "owner.id")]
    assert _columns(second.owner) == [("second.owner_id", "owner.id")]
    assert relation(first.owner).property.mapper.class_ is owner


def _refused(base: Any, declared: Any) -> str:
    """The message with which a class that leads to ``Target`` is refused."""
    _define(base, "Target", name=mapped_column(sa.String), back=OneToMany("Source", foreign_key="one_id"))

    def build() -> None:
        _define(base, "Source", one_id=_key("target"), two_id=_key("target"), rel=declared)
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
        (
            lambda: ManyToOne("Targe"),
            "Source.rel leads to 'Targe', which is no model here.*Did you mean 'Target'",
        ),
        (lambda: OneToMany("Target"), "Source.rel: Target has no foreign key to Source"),
        (
            lambda: OneToOne("Target", foreign_key="one_id", back_populates="back"),
            "is a OneToOne, but Target.back is a OneToMany.*other end of a OneToOne is a OneToOne",
        ),
        (lambda: ManyToMany("Target", through="Nothing"), "there is no model 'Nothing' to go through"),
        (
            lambda: ManyToMany("Target", through="target"),
            "does not say which foreign key leads to which end",
        ),
        (lambda: ManyToMany("Target", through=3), "through=3 is not a junction"),
        (lambda: ManyToMany("Target", order_by="-nam"), "Target has no column 'nam'.*Did you mean 'name'"),
    ],
)
def test_what_does_not_fit_is_told_with_the_cure(base: Any, declared: Any, message: str) -> None:
    """At configuration, with names and choices."""
    text = _refused(base, declared())
    assert re.search(message, text), text


@pytest.mark.parametrize(
    ("annotation", "declared", "message"),
    [
        (Ref[User], OneToMany, "is a OneToMany and annotated Ref.*Annotate it Many"),
        (Many[User], ManyToOne, "is a ManyToOne and annotated Many.*Annotate it Ref"),
        (OptRef[User], ManyToMany, "is a ManyToMany and annotated OptRef"),
        (None, ManyToOne, "does not say which class it leads to"),
    ],
)
def test_the_annotation_must_agree_with_the_helper(
    base: Any, annotation: Any, declared: Any, message: str
) -> None:
    """``Many`` for several, ``Ref`` and ``OptRef`` for one."""
    annotations = {} if annotation is None else {"item": annotation}
    with pytest.raises(ConfigurationError, match=message):
        _define(base, "Wrong", item=declared(), __annotations__=annotations)


def test_an_unknown_way_of_loading_is_refused() -> None:
    """The two ways are named."""
    wrong: Any = "eager"
    with pytest.raises(ConfigurationError, match='Use "selectin" or "raise"'):
        ManyToOne(loading=wrong)
