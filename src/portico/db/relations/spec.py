"""What a relation was declared to be, kept in ``relationship(...).info["portico"]``.

    spec_of_relation(relation(Post.author)).kind      # Kind.MANY_TO_ONE

A plain SQLAlchemy ``relationship()`` has none, and `spec_of_relation` gives None for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy.orm import Mapper, QueryableAttribute, RelationshipProperty

INFO_KEY = "portico"
BY_ROWS = "portico_by_rows"
"""Marks a relation that is viewonly to SQLAlchemy, and written by writing the rows that make it."""


class Kind(Enum):
    """The four shapes of a relation, seen from the class that declares it."""

    MANY_TO_ONE = "ManyToOne"
    ONE_TO_MANY = "OneToMany"
    ONE_TO_ONE = "OneToOne"
    MANY_TO_MANY = "ManyToMany"

    @property
    def to_many(self) -> bool:
        """Whether an instance holds several targets."""
        return self in {Kind.ONE_TO_MANY, Kind.MANY_TO_MANY}


@dataclass(frozen=True, kw_only=True)
class RelationSpec:
    """The options given to a relation helper, as they were written."""

    kind: Kind
    target: Any = None
    back_populates: str | None = None
    foreign_key: Any = None
    through: Any = None
    loading: str | None = None
    order_by: Any = None


def spec_of_relation(relation: RelationshipProperty[Any] | QueryableAttribute[Any]) -> RelationSpec | None:
    """The declaration behind a relation made by our helpers; None for a plain ``relationship()``."""
    found = relation.info.get(INFO_KEY)
    return found if isinstance(found, RelationSpec) else None


def declaration_of(relation: RelationshipProperty[Any]) -> RelationSpec:
    """The declaration behind a relation that is known to be ours."""
    spec: RelationSpec = relation.info[INFO_KEY]
    return spec


def relation_named(mapper: Mapper[Any], name: str | None) -> RelationshipProperty[Any] | None:
    """A relation of a mapped class by name; does not make SQLAlchemy configure what is incomplete yet."""
    attribute = mapper.class_manager.get(name) if name else None
    return None if attribute is None else relation_behind(attribute)


def relation_behind(attribute: QueryableAttribute[Any]) -> RelationshipProperty[Any] | None:
    """The relation that an attribute of SQLAlchemy stands for; None for a column."""
    comparator: Any = attribute.comparator
    if not isinstance(attribute.comparator, RelationshipProperty.Comparator):
        return None
    found: RelationshipProperty[Any] = comparator.prop
    return found


def relation_names(mapper: Mapper[Any]) -> list[str]:
    """The names of all relations of a mapped class."""
    return [name for name in mapper.class_manager if relation_named(mapper, name) is not None]
