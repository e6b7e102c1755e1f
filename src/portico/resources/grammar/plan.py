"""What a request asks for, as frozen data: it can be refused, logged and tested without a database.

    plan = parse_list(reach, [("author.username", "ann"), ("sort", "-created_at")])
    plan.filter.where     # (Condition(path=("author",), field="username", lookup="exact", value="ann"),)

Nothing here knows HTTP or SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from portico.db.query import exactly

CountMode: TypeAlias = Literal["exact", "capped", "estimated", "none"]
Quantifier: TypeAlias = Literal["some", "none", "every"]
Path: TypeAlias = tuple[str, ...]
"""Relations from the outermost to the innermost; empty for the resource itself."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: a path of relations, a field, a lookup and a checked value."""

    path: Path
    field: str
    lookup: str
    value: Any

    @property
    def keyword(self) -> str:
        """The same in the spelling of `Query.filter`."""
        return exactly(*self.path, self.field, self.lookup)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every term holds; without terms that is always so."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one term holds; without terms that is never so."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The exact complement of a term: rows for which a comparison is neither true nor false are among it."""

    term: Term


@dataclass(frozen=True, slots=True)
class Related:
    """Some, none or every row at the end of a path fulfils a term, which is about that row."""

    path: Path
    quantifier: Quantifier
    term: Term


Term: TypeAlias = "Condition | AllOf | AnyOf | Not | Related"


@dataclass(frozen=True, slots=True)
class Belongs:
    """Only the rows at the end of a relation of one row of another resource, which is within reach."""

    resource: str
    relation: str
    key: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are meant: all terms hold, every word of ``search`` is found, and all are ``within``."""

    where: tuple[Term, ...] = ()
    search: str | None = None
    within: Belongs | None = None

    def __bool__(self) -> bool:
        return bool(self.where) or self.search is not None

    @property
    def words(self) -> tuple[Any, ...]:
        """The words of ``search``, each of which has to be found."""
        return () if self.search is None else tuple(self.search.split())


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key."""

    path: Path
    field: str
    descending: bool = False

    @property
    def keyword(self) -> str:
        """The same in the spelling of `Query.order_by`."""
        return ("-" if self.descending else "") + exactly(*self.path, self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """One relation to bring along; filter, order and limit count for each parent."""

    path: Path
    filter: Filter = Filter()
    order: tuple[Order, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlan:
    """What one row shows and brings along; includes stand outermost first, each parent before its child.

    ``fields`` are the paths of the fields to show, None for all.
    """

    fields: tuple[Path, ...] | None = None
    include: tuple[Include, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlan(RowPlan):
    """One page of a list, by ``offset`` or from where a ``cursor`` stands."""

    filter: Filter = field(default_factory=Filter)
    order: tuple[Order, ...] = ()
    limit: int = 50
    offset: int = 0
    cursor: str | None = None
    count: CountMode = "capped"
    like: ListPlan | None = field(default=None, compare=False, repr=False)
    """A plan that differs from this one in nothing but the values of conditions and the cursor."""
