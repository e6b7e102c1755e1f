"""Parameters of a request → a plan, or an error that says which parameter and what it could be.

    plan = parse_list(Reach(resources, posts), [("status__in", "a,b"), ("sort", "-created_at")])

The reserved names are always the grammar's own (a column called ``count`` is reached as ``count__exact``);
every other parameter is a condition. Whatever is not known is refused: a parameter that is silently ignored
turns a typing error into the whole table.

Raises `InvalidParameterError`. Pure: no database, no HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from portico.errors import InvalidParameterError

from .filters import parse_filter
from .lookups import sortable
from .plan import CountMode, Include, ListPlan, Order, RowPlan
from .reach import Reach
from .refusals import single, unknown
from .values import integer

RESERVED: Final = ("limit", "offset", "cursor", "sort", "fields", "include", "where", "search", "count")
# Part of the grammar, and refused by name until they are built.
_NOT_OFFERED: Final = frozenset({"cursor", "fields", "where"})
_COUNTS: Final = ("exact", "none")


def parse_list(reach: Reach, parameters: Iterable[tuple[str, str]]) -> ListPlan:
    """The plan of one page of a list."""
    given, limits = grouped(parameters), reach.limits
    known = {name: given.pop(name) for name in RESERVED if name in given}
    for name in _NOT_OFFERED & known.keys():
        raise InvalidParameterError(f"{name!r} is not offered here.", parameter=name)
    return ListPlan(
        filter=parse_filter(reach, given, known.get("search")),
        order=parse_order(reach, known.get("sort", [])),
        include=_include(reach, known.get("include")),
        limit=number("limit", known.get("limit"), limits.page, (1, limits.max_page)),
        offset=number("offset", known.get("offset"), 0, (0, limits.max_offset)),
        count=_count(known.get("count")),
    )


def parse_row(reach: Reach, parameters: Iterable[tuple[str, str]]) -> RowPlan:
    """The plan of one row: it takes ``include`` and nothing else."""
    given = grouped(parameters)
    include = given.pop("include", None)
    refuse_all(given, choices=("include",))
    return RowPlan(include=_include(reach, include))


def refuse_all(names: Iterable[str], *, choices: Iterable[str] = ()) -> None:
    """Refuse the first parameter of an operation that takes none of them."""
    for name in names:
        raise unknown(f"This operation has no parameter {name!r}.", name, choices, parameter=name)


def grouped(parameters: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Parameters by name, in the order they came."""
    found: dict[str, list[str]] = {}
    for name, text in parameters:
        found.setdefault(name, []).append(text)
    return found


def parse_order(reach: Reach, texts: list[str], *, parameter: str = "sort") -> tuple[Order, ...]:
    """Sort keys, comma-separated or repeated."""
    keys = [key for text in texts for key in text.split(",") if key]
    if len(keys) > reach.limits.sorts:
        raise InvalidParameterError(f"At most {reach.limits.sorts} sort keys.", parameter=parameter)
    return tuple(_sort_key(reach, key, parameter) for key in keys)


def _sort_key(reach: Reach, key: str, parameter: str) -> Order:
    # A plus sign that was not percent-encoded arrives as a space.
    descending, dotted = key.startswith("-"), key.lstrip("+ ").removeprefix("-")
    found = reach.field(dotted, parameter=parameter)
    if found.lookup or not sortable(found.owner.kinds[found.field]):
        choices = [name for name, kind in found.owner.kinds.items() if sortable(kind)]
        raise unknown(f"Cannot sort by {dotted!r}.", dotted, choices, parameter=parameter)
    if any(relation.many for relation, _ in reach.walk(found.path)):
        raise InvalidParameterError(
            f"Cannot sort by {dotted!r}: one row has several of them.", parameter=parameter
        )
    return Order(found.path, found.field, descending)


def _include(reach: Reach, texts: list[str] | None) -> tuple[Include, ...]:
    if texts is None:
        return tuple(Include(path=path) for path in reach.resource.include)
    embedded = [name for (name,) in reach.resource.embedded]
    paths = reach.includes([*embedded, *(name for text in texts for name in text.split(",") if name)])
    return tuple(Include(path=path) for path in paths)


def number(parameter: str, texts: list[str] | None, default: int, bounds: tuple[int, int]) -> int:
    """A whole number between bounds."""
    if texts is None:
        return default
    low, high = bounds
    try:
        value = integer(single(parameter, texts))
    except ValueError as error:
        raise InvalidParameterError(str(error), parameter=parameter) from None
    if not low <= value <= high:
        raise InvalidParameterError(f"Expected a number from {low} to {high}.", parameter=parameter)
    return value


def _count(texts: list[str] | None) -> CountMode:
    if texts is None:
        return "capped"
    text = single("count", texts)
    if text not in _COUNTS:
        raise unknown(f"There is no count {text!r}.", text, _COUNTS, parameter="count")
    return cast("CountMode", text)
