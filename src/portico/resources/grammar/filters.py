"""Conditions in the flat spelling: ``author.username__in=ann,ben`` as a parameter of its own.

    parse_filter(reach, {"status__in": ["a,b"]}, search=["hello"])
    parse_filter(reach, {}, where=['{"or": [{"likes": 5}, {"author": {"username": "ann"}}]}'])

``field=v`` is equality, a dot walks a relation, ``__op`` is an operator; ``where`` holds a tree of JSON for
what is more than that. Raises `InvalidParameterError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portico.db.fields import FieldSpec
from portico.errors import InvalidParameterError

from .lookups import ALIASES, lookups_for, read_value
from .plan import AllOf, Condition, Filter, Term
from .reach import Found, Reach
from .refusals import single, unknown
from .trees import parse_tree, read_text


def parse_filter(
    reach: Reach,
    given: Mapping[str, list[str]],
    search: list[str] | None = None,
    where: list[str] | None = None,
) -> Filter:
    """The rows that parameters choose; every one of ``given`` has to be a condition."""
    if len(given) > reach.limits.conditions:
        raise InvalidParameterError(
            f"At most {reach.limits.conditions} conditions.", parameter=next(iter(given))
        )
    flat = tuple(condition(reach, name, texts) for name, texts in given.items())
    return Filter((*flat, *_tree(reach, where, len(flat))), parse_search(reach, search))


def filter_of(reach: Reach, body: Mapping[str, Any]) -> Filter:
    """The filter in a body: its ``where`` and its ``search``."""
    terms = parse_tree(reach, body["where"]) if "where" in body else ()
    search = body.get("search")
    if search is not None and not isinstance(search, str):
        raise InvalidParameterError("Text is expected.", parameter="search")
    return Filter((AllOf(terms),) if terms else (), parse_search(reach, None if search is None else [search]))


def _tree(reach: Reach, texts: list[str] | None, taken: int) -> tuple[Term, ...]:
    if texts is None:
        return ()
    try:
        value = read_text(single("where", texts), limit=reach.limits.where)
    except ValueError as error:
        raise InvalidParameterError(str(error), parameter="where") from None
    try:
        terms = parse_tree(reach, value, taken=taken)
    except InvalidParameterError as error:
        place = error.parameter.removeprefix("where")
        raise InvalidParameterError(
            f"{place}: {error.message}" if place else error.message,
            parameter="where",
            choices=error.choices,
            nearest=error.nearest,
            hint=error.hint,
        ) from None
    # An object of its own: its dotted names are not about the same related row as other parameters are.
    return (AllOf(terms),) if terms else ()


def condition(reach: Reach, parameter: str, texts: list[str]) -> Condition:
    """The condition that one parameter makes."""
    found, spec, lookup = reach.understood(parameter, _understood)
    try:
        value = read_value(spec, lookup, texts, reach.limits)
    except ValueError as error:
        raise InvalidParameterError(str(error), parameter=parameter) from None
    return Condition(found.path, found.field, lookup, value)


def _understood(reach: Reach, parameter: str) -> tuple[Found, FieldSpec, str]:
    """What the name of a condition means: a field, what is known of it, and a lookup."""
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
    return found, spec, lookup


def parse_search(reach: Reach, texts: list[str] | None) -> str | None:
    """The words to look for; None when there are none."""
    if texts is None:
        return None
    text = single("search", texts).strip()
    if not reach.resource.search:
        raise InvalidParameterError("Nothing is searchable here.", parameter="search")
    if "\x00" in text or len(text) > reach.limits.search_length:
        raise InvalidParameterError(
            f"At most {reach.limits.search_length} characters, none of them NUL.", parameter="search"
        )
    return text or None
