"""Declare relations between models.

    author: Ref[User] = ManyToOne(back_populates="posts")
    posts: Many["Post"] = OneToMany(back_populates="author")
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import relationship

from .spec import INFO_KEY, Kind, RelationSpec


def _declare(spec: RelationSpec, target: Any) -> Any:
    many = spec.kind.to_many
    options: dict[str, Any] = {}
    if many:
        options["collection_class"] = list
        options["passive_deletes"] = True if spec.through is not None else "all"
    if spec.order_by is not None:
        options["order_by"] = spec.order_by
    if isinstance(spec.through, str):
        options["secondary"] = spec.through
    return relationship(
        target,
        back_populates=spec.back_populates,
        lazy="raise",
        uselist=many,
        info={INFO_KEY: spec},
        **options,
    )


def ManyToOne(target: Any = None, *, back_populates: str | None = None, foreign_key: Any = None, loading: str | None = None) -> Any:  # noqa: N802 -- public name fixed by FEATURES A7
    """This row holds the foreign key."""
    return _declare(RelationSpec(kind=Kind.MANY_TO_ONE, back_populates=back_populates, foreign_key=foreign_key, loading=loading), target)


def OneToMany(target: Any = None, *, back_populates: str | None = None, foreign_key: Any = None, order_by: Any = None, loading: str | None = None) -> Any:  # noqa: N802 -- public name fixed by FEATURES A7
    """The other rows hold the foreign key."""
    return _declare(RelationSpec(kind=Kind.ONE_TO_MANY, back_populates=back_populates, foreign_key=foreign_key, order_by=order_by, loading=loading), target)


def OneToOne(target: Any = None, *, back_populates: str | None = None, foreign_key: Any = None, loading: str | None = None) -> Any:  # noqa: N802 -- public name fixed by FEATURES A7
    """One on both sides."""
    return _declare(RelationSpec(kind=Kind.ONE_TO_ONE, back_populates=back_populates, foreign_key=foreign_key, loading=loading), target)


def ManyToMany(target: Any = None, *, back_populates: str | None = None, through: Any = None, order_by: Any = None, loading: str | None = None) -> Any:  # noqa: N802 -- public name fixed by FEATURES A7
    """A junction table holds the pairs."""
    return _declare(RelationSpec(kind=Kind.MANY_TO_MANY, back_populates=back_populates, through=through, order_by=order_by, loading=loading), target)
