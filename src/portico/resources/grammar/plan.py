"""What a request asks for, as frozen data: it can be refused, logged and tested without a database.

    plan = parse_list(resource, [("author.username", "ann"), ("sort", "-created_at")])
    plan.conditions     # (Condition(path=("author",), field="username", lookup="exact", value="ann"),)

Nothing here knows HTTP or SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

CountMode: TypeAlias = Literal["exact", "capped", "none"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: a path of relations, a field, a lookup and a checked value."""

    path: tuple[str, ...]
    field: str
    lookup: str
    value: Any

    @property
    def keyword(self) -> str:
        """The same in the spelling of `Query.filter`."""
        return "__".join((*self.path, self.field, self.lookup))


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key."""

    path: tuple[str, ...]
    field: str
    descending: bool = False

    @property
    def keyword(self) -> str:
        """The same in the spelling of `Query.order_by`."""
        return ("-" if self.descending else "") + "__".join((*self.path, self.field))


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What one row is to bring along: relation paths, outermost first and each parent before its child."""

    include: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlan(RowPlan):
    """One page of a list."""

    conditions: tuple[Condition, ...] = ()
    search: str | None = None
    order: tuple[Order, ...] = ()
    limit: int = 50
    offset: int = 0
    count: CountMode = "capped"
