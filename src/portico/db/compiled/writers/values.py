"""Single values on their way from a driver to JSON: what msgspec then writes as Pydantic would.

    utc_of_text("2026-01-31 12:00:00.000000")      # an aware datetime
    dashed("0188d8f6…")                            # "0188d8f6-…"

None never comes here. What cannot be read raises, and the row is left to the general path.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec
from pydantic_core import from_json, to_json, to_jsonable_python

from portico.db.fields.types.numbers import DOUBLE_DIGITS

Convert = Callable[[Any], Any]
Bulk = Callable[[Iterable[Any]], Iterable[Any]]

PLAIN_EXPONENT: Final = 1e16
"""From here on floats have an exponent, which msgspec writes without its plus sign."""
PLAIN_SCALE: Final = 6
"""Decimals with more digits after the point may be shown with an exponent."""
_STAMP: Final = len("2026-01-31 12:00:00.000000")
_HEX: Final = 32
_TRUTH: Final = {None: None, 0: False, 1: True}


def written(value: Any) -> Any:
    """Plain data, as Pydantic writes it."""
    return msgspec.Raw(to_json(value, inf_nan_mode="null"))


def each(convert: Convert) -> Bulk:
    """The same for a whole column."""
    return lambda column: [None if value is None else convert(value) for value in column]


def is_plain(value: float) -> bool:
    """Whether everybody writes a float alike."""
    return -PLAIN_EXPONENT < value < PLAIN_EXPONENT


def floating(value: Any) -> Any:
    """A float."""
    return value if is_plain(value) else written(value)


def floatings(column: Iterable[Any]) -> Iterable[Any]:
    """Floats; nearly all are written alike by everybody."""
    low, high = -PLAIN_EXPONENT, PLAIN_EXPONENT
    return [value if value is None or low < value < high else written(value) for value in column]


def as_float(value: Any) -> Any:
    """A number of SQLite's in a column of floats, which may be a whole one."""
    return floating(float(value))


def as_floats(column: Iterable[Any]) -> Iterable[Any]:
    """Numbers of SQLite's in a column of floats."""
    low, high = -PLAIN_EXPONENT, PLAIN_EXPONENT
    return [
        value if type(value) is float and low < value < high else None if value is None else as_float(value)
        for value in column
    ]


def truth(value: Any) -> Any:
    """A boolean that is stored as 0 or 1."""
    return _TRUTH[value]


def truths(column: Iterable[Any]) -> Iterable[Any]:
    """Booleans that are stored as 0 and 1."""
    return [_TRUTH[value] for value in column]


def iso_duration(value: dt.timedelta) -> Any:
    """A duration, which msgspec writes without its hours and minutes."""
    return to_jsonable_python(value)


def utc(value: dt.datetime) -> dt.datetime:
    """A moment in UTC; one without a zone is in UTC already."""
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def utcs(column: Iterable[Any]) -> Iterable[Any]:
    """Moments; a driver that knows zones gives nearly all of them in UTC."""
    zone = dt.UTC
    return [value if value is None or value.tzinfo is zone else utc(value) for value in column]


def utc_of_text(text: str) -> dt.datetime:
    """A moment as SQLite keeps it: text in UTC without a zone."""
    if len(text) != _STAMP:
        return utc(dt.datetime.fromisoformat(text))
    try:
        return dt.datetime.fromisoformat(text + "+00:00")
    except ValueError:  # it names a zone of its own
        return utc(dt.datetime.fromisoformat(text))


def dashed(digits: str) -> str:
    """A UUID that is stored as 32 hexadecimal digits."""
    if len(digits) != _HEX:
        return str(uuid.UUID(digits))
    found = bytes.fromhex(digits).hex()
    if len(found) != _HEX:
        raise ValueError(digits)
    return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"


def document_of_text(load: Convert, *, usual: bool) -> Convert:
    """A JSON document that is stored as text; ``load`` reads it, ``usual`` when that is Python's own."""

    def convert(value: Any) -> Any:
        if type(value) is not str or not usual:
            return written(load(value))
        try:
            found = from_json(value)
        except ValueError:
            found = load(value)
        return written(found)

    return convert


def scaled(scale: int, exact: Convert) -> tuple[Convert, Bulk]:
    """A decimal of a database that knows decimals; ``exact`` gives one that has not got its scale."""
    has_scale = Decimal(1).scaleb(-scale).same_quantum

    def convert(value: Any) -> Any:
        return value if has_scale(value) and (value or not value.is_signed()) else exact(value)

    def bulk(column: Iterable[Any]) -> Iterable[Any]:
        return [
            value if value is None or (value and has_scale(value)) else convert(value) for value in column
        ]

    return convert, bulk


def numbered(scale: int, exact: Convert) -> tuple[Convert, Bulk]:
    """A decimal that SQLite keeps as a number of at most 15 digits."""
    form, limit, zero = f"%.{scale}f", 10.0 ** (DOUBLE_DIGITS - scale), exact(0)
    if scale > PLAIN_SCALE:
        return exact, each(exact)

    def convert(value: Any) -> Any:
        if type(value) is float and -limit < value < limit:
            text = form % value
            if float(text) == value:
                return text if value else zero  # the only decimal of so few digits that is this number
        return exact(value)

    return convert, each(convert)


class Members(dict[Any, Any]):
    """What a column's few stored values are written as, each learnt when it is first met."""

    def __init__(self, learn: Convert) -> None:
        super().__init__({None: None})
        self._learn = learn

    def __missing__(self, stored: Any) -> Any:
        found = self[stored] = self._learn(stored)
        return found

    def bulk(self, column: Iterable[Any]) -> Iterable[Any]:
        """The same for a whole column."""
        return [self[stored] for stored in column]
