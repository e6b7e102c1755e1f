"""Parameters of a request → a plan, or an error that says which parameter and what it could be.

    plan = parse_list(Reach(resources, posts), [("status__in", "a,b"), ("sort", "-created_at")])

``field=v`` is equality, a dot walks a relation, ``__op`` is an operator, and the reserved names are always
the grammar's own (a column called ``count`` is reached as ``count__exact``). Whatever is not known is
refused: a parameter that is silently ignored turns a typing error into the whole table.

Raises `InvalidParameterError`. Pure: no database, no HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from portico.errors import InvalidParameterError

from .lookups import ALIASES, lookups_for, read_value, sortable
from .plan import Condition, CountMode, ListPlan, Order, RowPlan
from .reach import Reach
from .refusals import unknown
from .values import integer

RESERVED: Final = ("limit", "offset", "cursor", "sort", "fields", "include", "where", "search", "count")
# Part of the grammar, and refused by name until they are built.
_NOT_OFFERED: Final = frozenset({"cursor", "fields", "where"})
_COUNTS: Final = ("exact", "none")


def parse_list(reach: Reach, parameters: Iterable[tuple[str, str]]) -> ListPlan:
    """The plan of one page of a list."""
    given, limits = _grouped(parameters), reach.limits
    known = {name: given.pop(name) for name in RESERVED if name in given}
    for name in _NOT_OFFERED & known.keys():
        raise InvalidParameterError(f"{name!r} is not offered here.", parameter=name)
    if len(given) > limits.conditions:
        raise InvalidParameterError(f"At most {limits.conditions} conditions.", parameter=next(iter(given)))
    return ListPlan(
        conditions=tuple(_condition(reach, name, texts) for name, texts in given.items()),
        search=_search(reach, known.get("search")),
        order=_order(reach, known.get("sort", [])),
        include=_include(reach, known.get("include")),
        limit=_number("limit", known.get("limit"), limits.page, (1, limits.max_page)),
        offset=_number("offset", known.get("offset"), 0, (0, limits.max_offset)),
        count=_count(known.get("count")),
    )


def parse_row(reach: Reach, parameters: Iterable[tuple[str, str]]) -> RowPlan:
    """The plan of one row: it takes ``include`` and nothing else."""
    given = _grouped(parameters)
    include = given.pop("include", None)
    refuse_all(given, choices=("include",))
    return RowPlan(include=_include(reach, include))


def refuse_all(names: Iterable[str], *, choices: Iterable[str] = ()) -> None:
    """Refuse the first parameter of an operation that takes none of them."""
    for name in names:
        raise unknown(f"This operation has no parameter {name!r}.", name, choices, parameter=name)


def _grouped(parameters: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, text in parameters:
        grouped.setdefault(name, []).append(text)
    return grouped


def _condition(reach: Reach, parameter: str, texts: list[str]) -> Condition:
    found = reach.field(parameter, parameter=parameter)
    spec = found.owner.fields[found.field]
    lookup = ALIASES.get(found.lookup or "exact", found.lookup or "exact")
    allowed = lookups_for(found.owner.kinds[found.field])
    if lookup not in allowed:
        raise unknown(
            f"{found.field!r} has no operator {lookup!r}.",
            f"{found.field}__{lookup}",
            [f"{found.field}__{one}" for one in allowed],
            parameter=parameter,
        )
    try:
        value = read_value(spec, lookup, texts, reach.limits)
    except ValueError as error:
        raise InvalidParameterError(str(error), parameter=parameter) from None
    return Condition(found.path, found.field, lookup, value)


def _order(reach: Reach, texts: list[str]) -> tuple[Order, ...]:
    keys = [key for text in texts for key in text.split(",") if key]
    if len(keys) > reach.limits.sorts:
        raise InvalidParameterError(f"At most {reach.limits.sorts} sort keys.", parameter="sort")
    return tuple(_sort_key(reach, key) for key in keys)


def _sort_key(reach: Reach, key: str) -> Order:
    # A plus sign that was not percent-encoded arrives as a space.
    descending, dotted = key.startswith("-"), key.lstrip("+ ").removeprefix("-")
    found = reach.field(dotted, parameter="sort")
    if found.lookup or not sortable(found.owner.kinds[found.field]):
        choices = [name for name, kind in found.owner.kinds.items() if sortable(kind)]
        raise unknown(f"Cannot sort by {dotted!r}.", dotted, choices, parameter="sort")
    if any(relation.many for relation, _ in reach.walk(found.path)):
        raise InvalidParameterError(
            f"Cannot sort by {dotted!r}: one row has several of them.", parameter="sort"
        )
    return Order(found.path, found.field, descending)


def _include(reach: Reach, texts: list[str] | None) -> tuple[tuple[str, ...], ...]:
    if texts is None:
        return reach.resource.include
    embedded = [name for (name,) in reach.resource.embedded]
    return reach.includes([*embedded, *(name for text in texts for name in text.split(",") if name)])


def _search(reach: Reach, texts: list[str] | None) -> str | None:
    if texts is None:
        return None
    text = _single("search", texts).strip()
    if not reach.resource.search:
        raise InvalidParameterError("Nothing is searchable here.", parameter="search")
    if "\x00" in text or len(text) > reach.limits.search_length:
        raise InvalidParameterError(
            f"At most {reach.limits.search_length} characters, none of them NUL.", parameter="search"
        )
    return text or None


def _number(parameter: str, texts: list[str] | None, default: int, bounds: tuple[int, int]) -> int:
    if texts is None:
        return default
    low, high = bounds
    try:
        value = integer(_single(parameter, texts))
    except ValueError as error:
        raise InvalidParameterError(str(error), parameter=parameter) from None
    if not low <= value <= high:
        raise InvalidParameterError(f"Expected a number from {low} to {high}.", parameter=parameter)
    return value


def _count(texts: list[str] | None) -> CountMode:
    if texts is None:
        return "capped"
    text = _single("count", texts)
    if text not in _COUNTS:
        raise unknown(f"There is no count {text!r}.", text, _COUNTS, parameter="count")
    return cast("CountMode", text)


def _single(parameter: str, texts: list[str]) -> str:
    if len(texts) > 1:
        raise InvalidParameterError("Given more than once.", parameter=parameter)
    return texts[0]
