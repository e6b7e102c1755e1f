"""Parameters of a request → a plan, or an error that says which parameter and what it could be.

    plan = parse_list(Reach(resources, posts), [("status__in", "a,b"), ("sort", "-created_at")])

The reserved names are always the grammar's own (a column called ``count`` is reached as ``count__exact``);
every other parameter is a condition. Whatever is not known is refused: a parameter that is silently ignored
turns a typing error into the whole table.

Raises `InvalidParameterError`. Pure: no database, no HTTP.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final, cast

from portico.errors import InvalidParameterError
from portico.resources.grammar.filters import parse_filter
from portico.resources.grammar.includes import parse_shown, taken_options
from portico.resources.grammar.ordering import parse_order
from portico.resources.grammar.plan import CountMode, ListPlan, RowPlan
from portico.resources.grammar.reach import Reach
from portico.resources.grammar.refusals import number, single, unknown

from .alike import PlansAlike

RESERVED: Final = ("limit", "offset", "cursor", "sort", "fields", "include", "where", "search", "count")
_COUNTS: Final = ("exact", "estimated", "none")


def parse_list(reach: Reach, parameters: Iterable[tuple[str, str]]) -> ListPlan:
    """The plan of one page of a list."""
    plans = reach.lists
    if plans is None:
        plans = reach.lists = PlansAlike(reach, _parsed, reserved=RESERVED)
    found: ListPlan = plans.of(list(parameters))
    return found


def _parsed(reach: Reach, parameters: Iterable[tuple[str, str]]) -> ListPlan:
    given, limits = grouped(parameters), reach.limits
    options = taken_options(given)
    known = {name: given.pop(name) for name in RESERVED if name in given}
    shown = parse_shown(reach, known.get("fields"), known.get("include"), options)
    return ListPlan(
        filter=parse_filter(reach, given, known.get("search"), known.get("where")),
        order=parse_order(reach, known.get("sort", [])),
        fields=shown.fields,
        include=shown.include,
        limit=number("limit", known.get("limit"), limits.page, (1, limits.max_page)),
        offset=number("offset", known.get("offset"), 0, (0, limits.max_offset)),
        cursor=parse_cursor(known.get("cursor"), beside=known),
        count=parse_count(known.get("count")),
    )


def parse_row(reach: Reach, parameters: Iterable[tuple[str, str]]) -> RowPlan:
    """The plan of one row: it takes ``fields``, ``include`` with its options, and nothing else."""
    given = grouped(parameters)
    options = taken_options(given)
    fields, include = given.pop("fields", None), given.pop("include", None)
    refuse_all(given, choices=("fields", "include"))
    shown = parse_shown(reach, fields, include, options)
    return RowPlan(fields=shown.fields, include=shown.include)


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


def parse_cursor(texts: list[str] | None, *, beside: Container[str]) -> str | None:
    """The cursor, unread; it says where a page begins, so nothing else may."""
    if texts is None:
        return None
    if "offset" in beside:
        raise InvalidParameterError("A cursor and an offset exclude each other.", parameter="cursor")
    return single("cursor", texts)


def parse_count(texts: list[str] | None) -> CountMode:
    """How the rows of the whole list are counted."""
    if texts is None:
        return "capped"
    text = single("count", texts)
    if text not in _COUNTS:
        raise unknown(f"There is no count {text!r}.", text, _COUNTS, parameter="count")
    return cast("CountMode", text)
