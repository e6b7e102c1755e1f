"""Pydantic's errors as plain sentences that repeat no value.

sentence_of({"type": "string_too_long", "ctx": {"max_length": 50}, ...})   # "At most 50 characters."
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

_SAID: dict[str, str] = {
    "bool_parsing": "True or false is expected.",
    "bool_type": "True or false is expected.",
    "bytes_type": "Bytes are expected.",
    "date_from_datetime_inexact": "A date without a time is expected.",
    "date_from_datetime_parsing": "A date such as 2026-01-31 is expected.",
    "date_parsing": "A date such as 2026-01-31 is expected.",
    "date_type": "A date is expected.",
    "datetime_from_date_parsing": "A date and time such as 2026-01-31T12:00:00Z is expected.",
    "datetime_object_invalid": "A date and time such as 2026-01-31T12:00:00Z is expected.",
    "datetime_parsing": "A date and time such as 2026-01-31T12:00:00Z is expected.",
    "datetime_type": "A date and time is expected.",
    "decimal_parsing": "A number is expected.",
    "decimal_type": "A number is expected.",
    "dict_type": "An object is expected.",
    "extra_forbidden": "There is no such field.",
    "finite_number": "NaN and Infinity are not allowed.",
    "float_parsing": "A number is expected.",
    "float_type": "A number is expected.",
    "int_from_float": "A whole number is expected.",
    "int_parsing": "A whole number is expected.",
    "int_parsing_size": "This number is too large.",
    "int_type": "A whole number is expected.",
    "list_type": "A list is expected.",
    "missing": "A value is required.",
    "string_type": "Text is expected.",
    "string_unicode": "Text that is not valid Unicode (a lone surrogate) is not allowed.",
    "time_delta_parsing": "A duration such as P1DT2H30M is expected.",
    "time_delta_type": "A duration is expected.",
    "time_parsing": "A time such as 12:30:00 is expected.",
    "time_type": "A time is expected.",
    "uuid_parsing": "A UUID is expected.",
    "uuid_type": "A UUID is expected.",
}

_TOLD: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "bytes_too_long": lambda ctx: f"At most {ctx['max_length']} bytes.",
    "bytes_too_short": lambda ctx: f"At least {ctx['min_length']} bytes.",
    "enum": lambda ctx: f"One of these is expected: {_listed(ctx['expected'])}.",
    "greater_than": lambda ctx: f"Must be more than {ctx['gt']}.",
    "greater_than_equal": lambda ctx: f"Must be at least {ctx['ge']}.",
    "less_than": lambda ctx: f"Must be less than {ctx['lt']}.",
    "less_than_equal": lambda ctx: f"Must be at most {ctx['le']}.",
    "literal_error": lambda ctx: f"One of these is expected: {_listed(ctx['expected'])}.",
    "string_too_long": lambda ctx: f"At most {_counted(ctx['max_length'], 'character')}.",
    "string_too_short": lambda ctx: f"At least {_counted(ctx['min_length'], 'character')}.",
    "too_long": lambda ctx: f"At most {_counted(ctx['max_length'], 'item')}.",
    "too_short": lambda ctx: f"At least {_counted(ctx['min_length'], 'item')}.",
    "value_error": lambda ctx: str(ctx["error"]) or "This value is not allowed.",
    "assertion_error": lambda ctx: str(ctx["error"]) or "This value is not allowed.",
}


def sentence_of(error: ErrorDetails) -> str:
    """What is wrong, in words that a person filling in a form understands."""
    kind, ctx = error["type"], error.get("ctx", {})
    if kind in _SAID:
        said = _SAID[kind]
    elif kind in _TOLD and ctx:
        said = _TOLD[kind](ctx)
    else:
        said = error["msg"]
    if place := [part for part in error["loc"] if isinstance(part, int)]:
        said = f"Item {place[0] + 1}: {said}"
    return said


def _counted(number: Any, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(expected: Any) -> str:
    return str(expected).replace(" or ", ", ").replace("'", "")
