"""What a relation was declared to be, kept in ``relationship(...).info["portico"]``.

    spec_of_relation(relation(Post.author)).kind      # Kind.MANY_TO_ONE

Plain SQLAlchemy relations have none; `spec_of_relation` gives None for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy.orm import RelationshipProperty

INFO_KEY = "portico"


class Kind(Enum):
    """The four shapes of a relation, seen from the class that declares it."""

    MANY_TO_ONE = "ManyToOne"
    ONE_TO_MANY = "OneToMany"
    ONE_TO_ONE = "OneToOne"
    MANY_TO_MANY = "ManyToMany"

    @property
    def to_many(self) -> bool:
        """Does an instance hold several targets?"""
        return self in (Kind.ONE_TO_MANY, Kind.MANY_TO_MANY)


@dataclass(frozen=True, kw_only=True)
class RelationSpec:
    """The options given to a relation helper."""

    kind: Kind
    back_populates: str | None = None
    foreign_key: Any = None
    through: Any = None
    loading: str | None = None
    order_by: Any = None


def spec_of_relation(relation: RelationshipProperty[Any]) -> RelationSpec | None:
    """The declaration behind a relation made by our helpers; None for a plain ``relationship()``."""
    found = relation.info.get(INFO_KEY)
    return found if isinstance(found, RelationSpec) else None
