"""The functions and the collation that SQLite lacks, registered on every connection of ours.

SQLite folds only ASCII, has no regular expressions, compares numbers kept as text as text, and adds numbers
up as doubles or, whole ones, not beyond 64 bits.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache

_PIECE = 65_536


def fold(text: object) -> object:
    """Lower case character by character, so that the length never changes: 'İ' becomes 'i'."""
    if not isinstance(text, str):
        return text
    if len(text) > _PIECE:
        # Between the pieces other threads have their turn, such as the one of the event loop.
        return "".join(str(fold(text[start : start + _PIECE])) for start in range(0, len(text), _PIECE))
    if text.isascii():
        return text.lower()
    return "".join(character.lower()[0] for character in text)


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def regexp(pattern: str | None, text: object) -> int | None:
    """What ``text REGEXP pattern`` calls; NULL stays NULL."""
    return _search(pattern, text, 0)


def iregexp(pattern: str | None, text: object) -> int | None:
    """The same, ignoring case."""
    return _search(pattern, text, re.IGNORECASE)


def _search(pattern: str | None, text: object, flags: int) -> int | None:
    if pattern is None or text is None:
        return None
    return int(_compiled(pattern, flags).search(str(text)) is not None)


def compare_decimals(left: str, right: str) -> int:
    """Order numbers that are kept as text; what is no number sorts behind, as text."""
    first, second = _number(left), _number(right)
    if first is None or second is None:
        return (first is None) - (second is None) or (left > right) - (left < right)
    return (first > second) - (first < second)


@lru_cache(maxsize=4096)
def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


_DOUBLE_DIGITS = 15
_LONGEST = 200
_SUMMING = Context(prec=2 * _LONGEST)


class ExactSum:
    """Numbers added up without losing a digit; the sum is text, for the collation of decimals."""

    def __init__(self) -> None:
        self._sum: Decimal | None = None

    def step(self, value: object) -> None:
        """One more number; NULL and what is none are left out."""
        if isinstance(value, float):
            value = f"{value:.{_DOUBLE_DIGITS}g}"
        number = _number(str(value)) if isinstance(value, int | str) else None
        if number is not None and abs(number.adjusted()) < _LONGEST:
            self._sum = number if self._sum is None else _SUMMING.add(self._sum, number)

    def finalize(self) -> str | None:
        """The sum; NULL where there was nothing to add."""
        return None if self._sum is None else f"{self._sum:f}"
