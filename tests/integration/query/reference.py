"""What every lookup means, written the slow and obvious way: a value, a keyword, yes or no."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any


def fold(text: str) -> str:
    """Case folded character by character."""
    return "".join(letter.lower()[0] for letter in text)


def like(text: str, pattern: str) -> bool:
    """``%`` is any text, ``_`` any character, a backslash makes the next one literal."""
    regex, letters = "", iter(pattern)
    for letter in letters:
        if letter == "\\":
            regex += re.escape(next(letters, "\\"))
        else:
            regex += {"%": ".*", "_": "."}.get(letter, re.escape(letter))
    return re.fullmatch(regex, text, re.DOTALL) is not None


def _known(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Never true of NULL."""
    return lambda value, other: value is not None and test(value, other)


ANSWERS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": lambda value, other: value == other,
    "ne": lambda value, other: value != other,
    "iexact": lambda value, other: value == other if None in (value, other) else fold(value) == fold(other),
    "gt": _known(lambda value, other: value > other),
    "gte": _known(lambda value, other: value >= other),
    "lt": _known(lambda value, other: value < other),
    "lte": _known(lambda value, other: value <= other),
    "in": lambda value, others: value in others,
    "not_in": lambda value, others: value not in others,
    "between": _known(lambda value, others: others[0] <= value <= others[1]),
    "contains": _known(lambda value, other: other in value),
    "icontains": _known(lambda value, other: fold(other) in fold(value)),
    "startswith": _known(lambda value, other: value.startswith(other)),
    "istartswith": _known(lambda value, other: fold(value).startswith(fold(other))),
    "endswith": _known(lambda value, other: value.endswith(other)),
    "iendswith": _known(lambda value, other: fold(value).endswith(fold(other))),
    "like": _known(like),
    "ilike": _known(lambda value, other: like(fold(value), fold(other))),
    "regex": _known(lambda value, other: re.search(other, value) is not None),
    "iregex": _known(lambda value, other: re.search(other, value, re.IGNORECASE) is not None),
    "isnull": lambda value, other: (value is None) is other,
}
PARTS: dict[str, Callable[[Any], Any]] = {
    "date": lambda value: value.astimezone(dt.UTC).date() if isinstance(value, dt.datetime) else value,
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "hour": lambda value: value.hour,
}


def answer(value: Any, keyword: str, other: Any) -> bool:
    """Whether a row with this value is found by ``field__keyword=other``."""
    *parts, lookup = keyword.split("__")
    if lookup in PARTS:
        parts, lookup = [*parts, lookup], "exact"
    for part in parts:
        value = None if value is None else PARTS[part](value)
    return ANSWERS[lookup](value, other)
