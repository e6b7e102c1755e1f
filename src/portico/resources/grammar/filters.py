"""Conditions in the flat spelling: ``author.username__in=ann,ben`` as a parameter of its own.

    parse_filter(reach, {"status__in": ["a,b"]}, search=["hello"])

``field=v`` is equality, a dot walks a relation, ``__op`` is an operator. Raises `InvalidParameterError`.
"""

from __future__ import annotations

from collections.abc import Mapping

from portico.errors import InvalidParameterError

from .lookups import ALIASES, lookups_for, read_value
from .plan import Condition, Filter
from .reach import Reach
from .refusals import single, unknown


def parse_filter(reach: Reach, given: Mapping[str, list[str]], search: list[str] | None = None) -> Filter:
    """The rows that parameters choose; every one of them has to be a condition."""
    if len(given) > reach.limits.conditions:
        raise InvalidParameterError(
            f"At most {reach.limits.conditions} conditions.", parameter=next(iter(given))
        )
    where = tuple(_condition(reach, name, texts) for name, texts in given.items())
    return Filter(where, _search(reach, search))


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


def _search(reach: Reach, texts: list[str] | None) -> str | None:
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
