"""Parameters of summaries and exports → plans.

    parse_aggregate(reach, [("group_by", "author.username"), ("metrics", "count,sum:price")])
    parse_facets(reach, [("facets", "status,tags.name"), ("limit", "5")])
    parse_export(reach, [("format", "csv"), ("sort", "-created_at")])

A metric is a function with a field, ``sum:price``, or ``count`` alone; ``having.sum:price__gte=10`` chooses
groups by it. What is left over chooses rows, as in a list. Whatever cannot be reached is as unknown as what
does not exist. Raises `InvalidParameterError`. Pure: no database, no HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from portico.db.fields import FieldSpec
from portico.db.query import Kind, exactly
from portico.db.query.grouping import FUNCTIONS, functions_for
from portico.errors import InvalidParameterError

from .filters import parse_filter
from .includes import parse_shown, shown_names
from .lookups import ALIASES, lookups_for, read_value, sortable
from .ordering import parse_order
from .parameters import RESERVED, grouped
from .plan import Filter, Include, Order, Path
from .reach import Found, Reach
from .refusals import number, single, unknown

ExportFormat = Literal["ndjson", "csv"]
FORMATS: Final[tuple[ExportFormat, ...]] = ("ndjson", "csv")
HAVING: Final = "having."
PARTS: Final = ("date", "year", "month", "day", "hour")
HAVING_LOOKUPS: Final = ("exact", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", "isnull")
_COUNT_SPEC: Final = FieldSpec(name="count", python_type=int)
_FLOAT_SPEC: Final = FieldSpec(name="metric", python_type=float)
_DECIMAL_SPEC: Final = FieldSpec(name="metric", python_type=Decimal)


@dataclass(frozen=True, slots=True)
class Group:
    """A field, or a part of a date, at the end of a path."""

    path: Path
    field: str
    part: str | None = None

    @property
    def name(self) -> str:
        """As it was written: ``author.created_at__year``."""
        return ".".join((*self.path, self.field)) + (f"__{self.part}" if self.part else "")

    @property
    def keyword(self) -> str:
        """The same in the spelling of queries."""
        return exactly(*self.path, self.field, *((self.part,) if self.part else ()))


@dataclass(frozen=True, slots=True)
class Measure:
    """A function and the field it is about; ``count`` alone is about rows."""

    function: str
    path: Path = ()
    field: str | None = None

    @property
    def name(self) -> str:
        """As it was written: ``sum:price``."""
        dotted = ".".join((*self.path, self.field or ""))
        return f"{self.function}:{dotted}" if self.field else self.function

    @property
    def keyword(self) -> str | None:
        """The field in the spelling of queries."""
        return None if self.field is None else exactly(*self.path, self.field)


@dataclass(frozen=True, slots=True)
class MeasureCondition:
    """A comparison with a measure of a group."""

    measure: Measure
    lookup: str
    value: Any


@dataclass(frozen=True, slots=True)
class GroupOrder:
    """One sort key of groups."""

    key: Group | Measure
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregatePlan:
    """Rows in groups, and what is asked of each group."""

    filter: Filter = field(default_factory=Filter)
    groups: tuple[Group, ...] = ()
    measures: tuple[Measure, ...] = (Measure("count"),)
    having: tuple[MeasureCondition, ...] = ()
    order: tuple[GroupOrder, ...] = ()
    limit: int = 50

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every path that the plan walks besides its filter."""
        ordered = (one.key for one in self.order)
        chosen = (one.measure for one in self.having)
        return tuple(dict.fromkeys(one.path for one in (*self.groups, *self.measures, *chosen, *ordered)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetPlan:
    """Fields whose values are counted, each for itself."""

    filter: Filter = field(default_factory=Filter)
    facets: tuple[Group, ...]
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """All rows within reach, with these fields: their own, or along to-one relations that come along."""

    filter: Filter = field(default_factory=Filter)
    order: tuple[Order, ...] = ()
    fields: tuple[Path, ...]
    include: tuple[Include, ...] = ()
    format: ExportFormat = "ndjson"


def parse_aggregate(reach: Reach, parameters: Iterable[tuple[str, str]]) -> AggregatePlan:
    """The plan of a summary."""
    given, limits = grouped(parameters), reach.limits
    groups = tuple(_group(reach, name, "group_by") for name in _names(given, "group_by", limits.groups))
    measures = tuple(_measure(reach, name, "metrics") for name in _names(given, "metrics", limits.metrics))
    conditions = {name: given.pop(name) for name in tuple(given) if name.startswith(HAVING)}
    if len(conditions) > limits.metrics:
        raise InvalidParameterError(f"At most {limits.metrics} conditions.", parameter="having")
    if conditions and not groups:
        raise InvalidParameterError(
            "There are no groups to choose from.", parameter=next(iter(conditions)), hint="Say group_by."
        )
    sorts = _names(given, "sort", limits.sorts)
    return AggregatePlan(
        groups=groups,
        measures=measures or (Measure("count"),),
        having=tuple(_condition(reach, name, texts) for name, texts in conditions.items()),
        order=tuple(_order(reach, name, groups) for name in sorts),
        limit=number("limit", given.pop("limit", None), limits.page, (1, limits.max_page)),
        filter=_filter(reach, given),
    )


def parse_facets(reach: Reach, parameters: Iterable[tuple[str, str]]) -> FacetPlan:
    """The plan of facet counts."""
    given, limits = grouped(parameters), reach.limits
    names = _names(given, "facets", limits.facets)
    if not names:
        raise InvalidParameterError("Which fields? Say facets=", parameter="facets")
    return FacetPlan(
        facets=tuple(_group(reach, name, "facets", many=True) for name in names),
        limit=number("limit", given.pop("limit", None), limits.facet_values, (1, limits.max_facet_values)),
        filter=_filter(reach, given),
    )


def parse_export(reach: Reach, parameters: Iterable[tuple[str, str]]) -> ExportPlan:
    """The plan of an export."""
    given = grouped(parameters)
    asked = single("format", given.pop("format", ["ndjson"]))
    if asked not in FORMATS:
        raise unknown(f"There is no format {asked!r}.", asked, FORMATS, parameter="format")
    fields, include = _exported(reach, given.pop("fields", None))
    return ExportPlan(
        order=parse_order(reach, given.pop("sort", [])),
        fields=fields,
        include=include,
        format=asked,
        filter=_filter(reach, given),
    )


def _exported(reach: Reach, texts: list[str] | None) -> tuple[tuple[Path, ...], tuple[Include, ...]]:
    if texts is None:
        names = (name for name in shown_names(reach.resource) if name not in reach.resource.relations)
        return tuple((name,) for name in names), ()
    shown = parse_shown(reach, texts, None, {})
    fields = shown.fields or ()
    needed = [one for one in shown.include if any(path[: len(one.path)] == one.path for path in fields)]
    if any(relation.many for one in needed for relation, _ in reach.walk(one.path)):
        raise InvalidParameterError("One row has several of them.", parameter="fields")
    return fields, tuple(needed)


def _filter(reach: Reach, given: dict[str, list[str]]) -> Filter:
    """What is left over chooses rows; the grammar's own names mean no columns here either."""
    search, where = given.pop("search", None), given.pop("where", None)
    for name in given:
        if name in RESERVED:
            raise unknown(f"This operation has no parameter {name!r}.", name, (), parameter=name)
    return parse_filter(reach, given, search, where)


def _names(given: dict[str, list[str]], parameter: str, most: int) -> tuple[str, ...]:
    texts = given.pop(parameter, [])
    names = tuple(dict.fromkeys(name for text in texts for name in text.split(",") if name))
    if len(names) > most:
        raise InvalidParameterError(f"At most {most} names.", parameter=parameter)
    return names


def _group(reach: Reach, dotted: str, parameter: str, *, many: bool = False) -> Group:
    found = reach.field(dotted, parameter=parameter)
    kind = found.owner.kinds[found.field]
    parts = [part for part in PARTS if part in lookups_for(kind)]
    if not sortable(kind):
        choices = [name for name, one in found.owner.kinds.items() if sortable(one)]
        raise unknown(f"Cannot group by {dotted!r}.", dotted, choices, parameter=parameter)
    if found.lookup is not None and found.lookup not in parts:
        choices = [f"{found.field}__{part}" for part in parts]
        raise unknown(f"{found.field!r} has no part {found.lookup!r}.", dotted, choices, parameter=parameter)
    if not many:
        _refuse_many(reach, found, dotted, parameter)
    return Group(found.path, found.field, found.lookup)


def _refuse_many(reach: Reach, found: Found, said: str, parameter: str) -> None:
    if any(relation.many for relation, _ in reach.walk(found.path)):
        raise InvalidParameterError(f"{said!r}: one row has several of them.", parameter=parameter)


def _measure(reach: Reach, text: str, parameter: str) -> Measure:
    function, mark, dotted = text.partition(":")
    if function not in FUNCTIONS:
        raise unknown(f"There is no metric {function!r}.", function, FUNCTIONS, parameter=parameter)
    if not mark:
        if function == "count":
            return Measure("count")
        raise InvalidParameterError(f"{function!r} needs a field: {function}:name.", parameter=parameter)
    found = reach.field(dotted, parameter=parameter)
    fitting = functions_for(found.owner.kinds[found.field])
    if found.lookup is not None or function not in fitting:
        choices = [f"{one}:{found.field}" for one in fitting]
        raise unknown(f"There is no {text!r}.", text, choices, parameter=parameter)
    _refuse_many(reach, found, dotted, parameter)
    return Measure(function, found.path, found.field)


def _condition(reach: Reach, parameter: str, texts: list[str]) -> MeasureCondition:
    text, _, lookup = parameter.removeprefix(HAVING).rpartition("__")
    lookup = ALIASES.get(lookup, lookup)
    if not text or lookup not in HAVING_LOOKUPS:
        text, lookup = parameter.removeprefix(HAVING), "exact"
    measure = _measure(reach, text, parameter)
    spec, kind = _compared_with(reach, measure)
    if lookup not in lookups_for(kind):
        choices = [f"{text}__{one}" for one in HAVING_LOOKUPS if one in lookups_for(kind)]
        raise unknown(f"{text!r} has no operator {lookup!r}.", lookup, choices, parameter=parameter)
    try:
        return MeasureCondition(measure, lookup, read_value(spec, lookup, texts, reach.limits))
    except ValueError as error:
        raise InvalidParameterError(str(error), parameter=parameter) from None


def _compared_with(reach: Reach, measure: Measure) -> tuple[FieldSpec, Kind]:
    """What the value of a measure is, for the one that it is compared with."""
    if measure.field is None or measure.function.startswith("count"):
        return _COUNT_SPEC, Kind.INTEGER
    owner = reach.end(measure.path)
    kind = owner.kinds[measure.field]
    if measure.function in ("min", "max"):
        return owner.fields[measure.field], kind
    if measure.function == "avg" or kind is Kind.FLOAT:
        return _FLOAT_SPEC, Kind.FLOAT
    return _DECIMAL_SPEC, Kind.DECIMAL


def _order(reach: Reach, key: str, groups: tuple[Group, ...]) -> GroupOrder:
    # A plus sign that was not percent-encoded arrives as a space.
    descending, name = key.startswith("-"), key.lstrip("+ ").removeprefix("-")
    for group in groups:
        if group.name == name:
            return GroupOrder(group, descending)
    if name.partition(":")[0] in FUNCTIONS:
        return GroupOrder(_measure(reach, name, "sort"), descending)
    choices = [*(group.name for group in groups), "count"]
    raise unknown(f"Cannot sort by {name!r}.", name, choices, parameter="sort")
