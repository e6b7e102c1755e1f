"""Typed paths: what ``Post.author.username`` is, and what it leaves alone."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, QueryableAttribute, aliased, mapped_column, selectinload

from portico.db.relations import (
    ManyToOne,
    OptRef,
    Path,
    Ref,
    install_relations,
    path_of,
    relation,
    resolve_path,
)
from portico.errors import UnknownNameError, UsageError
from tests.integration.relations.blog import Category, Post, Tag, User


class Base(DeclarativeBase):
    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        install_relations(cls)


class Odd(Base):
    """A class whose columns are called like what attributes of SQLAlchemy have."""

    __tablename__ = "odd"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    info: Mapped[str]
    property: Mapped[str]
    comparator: Mapped[str]
    of_type: Mapped[str]
    steps: Mapped[str]
    alias: Mapped[str]
    exists: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("odd.id"))
    parent: OptRef[Odd] = ManyToOne()


class Sub(Odd):
    """Inherits the relation."""


class Holder(Base):
    __tablename__ = "holders"
    id: Mapped[int] = mapped_column(primary_key=True)
    odd_id: Mapped[int] = mapped_column(sa.ForeignKey("odd.id"))
    odd: Ref[Odd] = ManyToOne()


def _path(attribute: Any) -> Path:
    path = path_of(attribute)
    assert path is not None
    return path


def test_a_path_gives_columns_of_an_alias_that_knows_the_path() -> None:
    """Conditions find out which joins they need from the column itself."""
    column: Any = Post.author.username
    path = path_of(column)
    assert isinstance(path, Path)
    assert isinstance(column, QueryableAttribute)
    assert (path.name, path.to_many, path.mapper.class_, path.parent) == ("author", False, User, None)
    assert path.root is sa.inspect(Post)


def test_the_same_path_is_the_same_alias() -> None:
    """Two conditions on one path share one join."""
    assert path_of(Post.author.company.name) is path_of(Post.author.company)
    assert Post.author.username.parent is Post.author.key.parent
    assert resolve_path(Post, ["author", "username"])[0] is path_of(Post.author)


@pytest.mark.parametrize(
    "name", ["key", "info", "property", "comparator", "of_type", "steps", "alias", "exists", "parent_id"]
)
def test_every_name_on_a_path_belongs_to_the_target(name: str) -> None:
    """A column called ``key`` is not hidden by an attribute of the path."""
    assert f"SELECT odd_1.{name}" in str(sa.select(getattr(Holder.odd, name)))
    assert path_of(getattr(Holder.odd.parent, name)) is path_of(Holder.odd.parent)


def test_paths_go_on_through_a_tree() -> None:
    """Each step has an alias of its own."""
    path = path_of(Category.parent.parent.name)
    assert path is not None
    assert path.name == "parent.parent"
    assert path.parent is path_of(Category.parent)
    assert [step.key for step in path.steps] == ["parent", "parent"]


def test_to_many_is_known_of_the_whole_path() -> None:
    """One to-many step is enough."""
    assert _path(User.posts.author).to_many
    assert not _path(Post.author.company).to_many


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    """The choices are the target's fields; hasattr() still answers."""
    misspelt = "usernme"
    with pytest.raises(UnknownNameError, match=r"User has no field 'usernme'\. Did you mean 'username'"):
        getattr(Post.author, misspelt)
    assert not hasattr(Post.author, "usernme")
    with pytest.raises(UnknownNameError, match=r"Post has no relation 'autor'\. Did you mean 'author'"):
        resolve_path(Post, ["autor", "username"])
    with pytest.raises(UnknownNameError) as caught:
        resolve_path(Post, ["author", "usernme"])
    assert caught.value.nearest == "username"
    assert "posts" in caught.value.choices


def test_names_resolve_to_columns_and_relations() -> None:
    """The last name may be a column of the model itself, of a target, or a relation."""
    assert resolve_path(Post, ["title"]) == (None, Post.title)
    path, attribute = resolve_path(Post, ["author", "company"])
    assert path is path_of(Post.author)
    assert attribute.property.key == "company"
    assert resolve_path(Post, ["author"])[1].property.key == "author"


def test_a_subclass_starts_paths_of_its_own() -> None:
    """``Sub.parent`` begins at Sub, which a query of Sub reads."""
    path = path_of(Sub.parent)
    assert path is not None
    assert path.root is sa.inspect(Sub)
    assert path is not path_of(Odd.parent)


def test_sqlalchemy_takes_paths_where_it_takes_attributes() -> None:
    """Joins reach the alias of the path, so that conditions on it fit."""
    joined = sa.select(Post).join(Post.author).where(Post.author.username == "ann")
    assert "JOIN users AS users_1 ON posts.author_id = users_1.id" in str(joined)
    assert "users_1.username =" in str(joined)
    author: Any = Post.author
    sa.select(Post).options(selectinload(author), selectinload(relation(Post.tags)))


def test_an_alias_of_a_model_has_paths_too() -> None:
    """``aliased(Post).author.username`` begins at the alias."""
    other = aliased(Post)
    path = path_of(other.author.username)
    assert path is not None
    assert path.root is sa.inspect(other)
    assert "posts_1.author_id = users_1.id" in str(sa.select(other.id).join(path.join_target))
    assert path_of(other.author) is path


def test_relations_compare_with_objects_and_none() -> None:
    """``Post.author == ann`` compares foreign keys; None is IS NULL."""
    assert str(Post.editor == None) == "posts.editor_id IS NULL"  # noqa: E711 -- an expression
    author: Any = Post.author
    assert str(author == User(id=1)) == "posts.author_id = :param_1"
    assert str(relation(Post.author) == User(id=1)) == "posts.author_id = :param_1"
    assert "users_1.company_id IS NULL" in str(Post.author.company == None)  # noqa: E711 -- an expression


def test_relation_gives_sqlalchemys_attribute() -> None:
    """For everything that wants the real one."""
    assert isinstance(relation(Post.author), QueryableAttribute)
    assert relation(Post.author).property.key == "author"
    with pytest.raises(UsageError, match="takes a relation"):
        relation(Post.title)


def test_paths_of_user_input_are_not_kept() -> None:
    """A tree has paths without end; only what is in use stays in memory."""
    names = ["parent"] * 6
    path, _ = resolve_path(Category, [*names, "name"])
    seen = weakref.ref(path)
    assert resolve_path(Category, [*names, "name"])[0] is path
    del path, _
    gc.collect()
    assert seen() is None


def test_a_dropped_class_takes_its_paths_with_it() -> None:
    """Reflected classes come and go; nothing global holds them."""

    def build() -> weakref.ref[Any]:
        class Local(DeclarativeBase):
            pass

        class Node(Local):
            __tablename__ = "nodes"
            id: Mapped[int] = mapped_column(primary_key=True)
            parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("nodes.id"))
            parent = ManyToOne("Node")

        install_relations(Node)
        path = path_of(Node.parent.parent.id)
        assert path is not None
        path.onclause()
        return weakref.ref(Node)

    seen = build()
    for _ in range(3):
        gc.collect()
    assert seen() is None


def test_setting_a_name_on_a_path_is_refused() -> None:
    """A path is not an object."""
    name = "username"
    with pytest.raises(UsageError, match="cannot be set"):
        setattr(Post.author, name, "x")


def test_exists_joins_what_lies_inside() -> None:
    """From the first to-many step on, everything is in one EXISTS that refers to what is around it."""
    path = path_of(Tag.posts.author.company)
    assert path is not None
    sql = " ".join(str(sa.select(Tag.id).where(path.exists(Tag.posts.author.company.name == "x"))).split())
    assert "WHERE EXISTS (SELECT 1 FROM posts AS posts_1 JOIN posts_tags" in sql
    assert sql.count("SELECT") == 2
    assert "FROM tags WHERE" in sql
    with pytest.raises(UsageError, match="one row at most"):
        _path(Post.author).exists()


def test_a_relation_may_be_mentioned_before_its_target_exists() -> None:
    """Tools look at every attribute of a class; a subclass is mapped before the target is."""

    class Early(DeclarativeBase):
        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            install_relations(cls)

    class Song(Early):
        __tablename__ = "songs"
        id: Mapped[int] = mapped_column(primary_key=True)
        band_id: Mapped[int] = mapped_column(sa.ForeignKey("bands.id"))
        band = ManyToOne("Band")

    class Hit(Song):
        pass

    mentioned = [Song.band, Hit.band]

    class Band(Early):
        __tablename__ = "bands"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    assert [path_of(each.name) for each in mentioned] == [path_of(Song.band), path_of(Hit.band)]
    assert _path(Song.band).mapper.class_ is Band
    Early.registry.dispose()
