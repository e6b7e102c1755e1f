"""Which comparisons a URL may ask of which kind of field, and what their values look like.

    lookups_for(Kind.TEXT)                       # ("exact", "ne", "in", …, "icontains", …)
    read_value(spec, "in", ["1,2"], limits)   # (1, 2)

Regular expressions and raw LIKE patterns are not among them: over HTTP they are a way to make a database
work for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, cast

from portico.db.fields import FieldSpec
from portico.db.query import Kind

from .limits import Limits
from .values import boolean, from_json, from_text, integer

ALIASES: Final = {"eq": "exact", "ge": "gte", "le": "lte", "nin": "not_in"}
_EQUAL: Final = ("exact", "ne", "in", "not_in", "isnull")
_ORDERED: Final = ("gt", "gte", "lt", "lte", "between")
_TEXT: Final = (
    "iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith",
)  # fmt: skip
_DAY: Final = ("year", "month", "day")
_SORTED_KINDS: Final = frozenset(
    {
        Kind.INTEGER, Kind.FLOAT, Kind.DECIMAL, Kind.TEXT, Kind.DATETIME, Kind.DATE, Kind.TIME, Kind.DURATION,
    }
)  # fmt: skip
_OPAQUE: Final = frozenset({Kind.JSON, Kind.ARRAY, Kind.BINARY, Kind.PASSWORD, Kind.OTHER})
_LISTS: Final = frozenset({"in", "not_in", "between"})
_RANGES: Final = {"year": (1, 9999), "month": (1, 12), "day": (1, 31), "hour": (0, 23)}
_DATE: Final = FieldSpec(name="date", python_type=date)
_WHOLE: Final = FieldSpec(name="part", python_type=int)
_TRUTH: Final = FieldSpec(name="isnull", python_type=bool)


def lookups_for(kind: Kind) -> tuple[str, ...]:
    """The lookups of one kind of field, the most usual first."""
    if kind in _OPAQUE:
        return ("isnull",)
    found = _EQUAL + (_ORDERED if kind in _SORTED_KINDS else ())
    if kind is Kind.TEXT:
        return found + _TEXT
    if kind is Kind.DATETIME:
        return (*found, "date", *_DAY, "hour")
    return found + _DAY if kind is Kind.DATE else found


def sortable(kind: Kind) -> bool:
    """Whether rows can be put in an order by such a field."""
    return kind not in _OPAQUE


def read_value(spec: FieldSpec, lookup: str, texts: list[str], limits: Limits) -> Any:
    """The value of a comparison from the texts of one parameter; ValueError says what is wrong."""
    if lookup in _LISTS:
        return _several(spec, lookup, texts, limits)
    if len(texts) > 1:
        raise ValueError("Given more than once.")
    if lookup == "isnull":
        return boolean(texts[0])
    if lookup in (*_DAY, "hour"):
        return _part(lookup, texts[0])
    if lookup == "date":
        return from_text(_DATE, texts[0])
    return from_text(spec, texts[0], bounded=lookup in ("exact", "ne"))


def _several(spec: FieldSpec, lookup: str, texts: list[str], limits: Limits) -> tuple[Any, ...]:
    parts = [part for text in texts for part in text.split(",")] if texts != [""] else []
    if len(parts) > limits.list_values:
        raise ValueError(f"At most {limits.list_values} values.")
    if lookup == "between" and len(parts) != len(("low", "high")):
        raise ValueError("Expected two values with a comma between them.")
    return tuple(from_text(spec, part, bounded=lookup != "between") for part in parts)


def read_json(spec: FieldSpec, lookup: str, value: Any, limits: Limits) -> Any:
    """The value of a comparison from a value of JSON; ValueError says what is wrong."""
    if lookup in _LISTS:
        return _listed(spec, lookup, value, limits)
    if lookup == "isnull":
        return from_json(_TRUTH, value)
    if lookup in (*_DAY, "hour"):
        return _part(lookup, str(from_json(_WHOLE, value)))
    if lookup == "date":
        return from_json(_DATE, value)
    if value is None and lookup in ("exact", "ne"):
        return None
    return from_json(spec, value)


def _listed(spec: FieldSpec, lookup: str, value: Any, limits: Limits) -> tuple[Any, ...]:
    parts = cast("Sequence[Any] | None", value if isinstance(value, list) else None)
    if parts is None:
        raise ValueError("A list is expected.")
    if len(parts) > limits.list_values:
        raise ValueError(f"At most {limits.list_values} values.")
    if lookup == "between":
        if len(parts) != len(("low", "high")):
            raise ValueError("A list of two values is expected.")
        return tuple(from_json(spec, part) for part in parts)
    return tuple(None if part is None else from_json(spec, part) for part in parts)


def _part(lookup: str, text: str) -> int:
    value, (low, high) = integer(text), _RANGES[lookup]
    if not low <= value <= high:
        raise ValueError(f"Expected a number from {low} to {high}.")
    return value
