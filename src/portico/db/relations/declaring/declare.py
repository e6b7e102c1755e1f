"""Declare relations between models.

    class Post(Model):
        author_id: Mapped[int] = ForeignKeyField(User, on_delete="cascade")
        author: Ref[User] = ManyToOne(back_populates="posts")
        tags: Many["Tag"] = ManyToMany(back_populates="posts")       # the junction table is made for you

    class User(Model):
        posts: Many["Post"] = OneToMany(back_populates="author", order_by="-created_at")

The target comes from the annotation, or is the first argument: ``author = ManyToOne(User)``. Options:

- ``back_populates``: the relation at the other end; both ends are kept in step once they are loaded.
- ``foreign_key``: the column to use where there are several foreign keys between two tables; for a
  many-to-many of a class with itself through a model, the pair ``("follower_id", "followed_id")``.
- ``through``: the junction model (or its table, or a name for the table that is made).
- ``order_by``: ``"-created_at"``, a column, or several.
- ``loading``: ``"selectin"`` loads the relation with every query of this model, ``"raise"`` never unasked.

Raises `ConfigurationError` when the mapping is put together and something does not fit.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar, overload

from sqlalchemy.orm import RelationshipProperty

from portico.db.relations.refs import Many, Ref
from portico.db.relations.spec import Kind, RelationSpec, spec_of_relation
from portico.errors import ConfigurationError

from .mapping import ModelRelationship

T = TypeVar("T")
Loading = Literal["selectin", "raise"]


@overload
def ManyToOne(
    target: type[T],
    *,
    back_populates: str | None = ...,
    foreign_key: Any = ...,
    loading: Loading | None = ...,
) -> Ref[T]: ...
@overload
def ManyToOne(
    target: str | None = ...,
    *,
    back_populates: str | None = ...,
    foreign_key: Any = ...,
    loading: Loading | None = ...,
) -> Any: ...
def ManyToOne(  # noqa: N802 -- the same
    target: Any = None,
    *,
    back_populates: str | None = None,
    foreign_key: Any = None,
    loading: Loading | None = None,
) -> Any:
    """This row holds the foreign key.

    ``author: Ref[User] = ManyToOne(back_populates="posts")``
    """
    return _declare(
        RelationSpec(
            kind=Kind.MANY_TO_ONE,
            target=target,
            back_populates=back_populates,
            foreign_key=foreign_key,
            loading=loading,
        )
    )


@overload
def OneToMany(
    target: type[T],
    *,
    back_populates: str | None = ...,
    foreign_key: Any = ...,
    order_by: Any = ...,
    loading: Loading | None = ...,
) -> Many[T]: ...
@overload
def OneToMany(
    target: str | None = ...,
    *,
    back_populates: str | None = ...,
    foreign_key: Any = ...,
    order_by: Any = ...,
    loading: Loading | None = ...,
) -> Any: ...
def OneToMany(  # noqa: N802 -- the same
    target: Any = None,
    *,
    back_populates: str | None = None,
    foreign_key: Any = None,
    order_by: Any = None,
    loading: Loading | None = None,
) -> Any:
    """The other rows hold the foreign key.

    ``posts: Many["Post"] = OneToMany(back_populates="author")``
    """
    return _declare(
        RelationSpec(
            kind=Kind.ONE_TO_MANY,
            target=target,
            back_populates=back_populates,
            foreign_key=foreign_key,
            order_by=order_by,
            loading=loading,
        )
    )


def OneToOne(  # noqa: N802 -- the same
    target: Any = None,
    *,
    back_populates: str | None = None,
    foreign_key: Any = None,
    loading: Loading | None = None,
) -> Any:
    """One at each end; either row may hold the (unique) foreign key.

    ``profile: OptRef["Profile"] = OneToOne(back_populates="user")``
    """
    return _declare(
        RelationSpec(
            kind=Kind.ONE_TO_ONE,
            target=target,
            back_populates=back_populates,
            foreign_key=foreign_key,
            loading=loading,
        )
    )


@overload
def ManyToMany(
    target: type[T],
    *,
    back_populates: str | None = ...,
    through: Any = ...,
    foreign_key: Any = ...,
    order_by: Any = ...,
    loading: Loading | None = ...,
) -> Many[T]: ...
@overload
def ManyToMany(
    target: str | None = ...,
    *,
    back_populates: str | None = ...,
    through: Any = ...,
    foreign_key: Any = ...,
    order_by: Any = ...,
    loading: Loading | None = ...,
) -> Any: ...
def ManyToMany(  # noqa: N802, PLR0913 -- the same
    target: Any = None,
    *,
    back_populates: str | None = None,
    through: Any = None,
    foreign_key: Any = None,
    order_by: Any = None,
    loading: Loading | None = None,
) -> Any:
    """A junction table holds the pairs.

    ``tags: Many["Tag"] = ManyToMany(back_populates="posts")``
    """
    return _declare(
        RelationSpec(
            kind=Kind.MANY_TO_MANY,
            target=target,
            back_populates=back_populates,
            through=through,
            foreign_key=foreign_key,
            order_by=order_by,
            loading=loading,
        )
    )


def redeclare(declared: RelationshipProperty[Any]) -> Any:
    """A fresh relation with the same options, for each class that inherits an abstract declaration."""
    spec = spec_of_relation(declared)
    if spec is None:
        raise ConfigurationError(
            f"{declared!r} is a plain relationship().", hint="Declare it inside a @declared_attr function."
        )
    return _declare(spec)


def _declare(spec: RelationSpec) -> ModelRelationship:
    if spec.loading not in {None, "selectin", "raise"}:
        raise ConfigurationError(
            f"loading={spec.loading!r} is not a way to load a relation.", hint='Use "selectin" or "raise".'
        )
    return ModelRelationship(spec)
