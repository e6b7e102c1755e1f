"""How SQLite's values become Python's and back, by what a column was declared as and what it holds.

    codec = codec_of("NUMERIC(10,2)", sample=())
    codec.read(0.99)                       # Decimal("0.99")
    codec.read("free")                     # StoredText("free"): served as it is

A date column that holds numbers is a column of numbers, one that holds "31/12/2009" a column of text, and one
that was declared as nothing is what its rows are.
Dates are written, and so compared, in the very form that the column's own rows have.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

from .stored import as_stored

Sort = Literal[
    "text", "integer", "float", "decimal", "boolean", "bytes", "json", "datetime", "date", "time", "any"
]
_DATETIME = re.compile(
    r"^\d{4}-\d\d-\d\d(?P<separator>[ T])\d\d:\d\d:\d\d"
    r"(?:\.(?P<fraction>\d{1,6}))?(?P<zone>Z|[+-]\d\d:\d\d)?$"
)
_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")
_TIME = re.compile(r"^\d\d:\d\d:\d\d(?:\.(?P<fraction>\d{1,6}))?$")
_ARGUMENTS = re.compile(r"\((\d+)(?:\s*,\s*(\d+))?\)")
DATED: tuple[Sort, ...] = ("datetime", "date", "time")
SAMPLED: tuple[Sort, ...] = (*DATED, "any")
EXACT_DIGITS = 15
SINGLE = 24  # bits of precision in a number of four bytes


@dataclass(frozen=True)
class Codec:
    """One way to read and write; equal codecs are one entry in SQLAlchemy's statement cache."""

    sort: Sort
    scale: int | None = None
    precision: int | None = None
    length: int | None = None
    separator: str = " "
    digits: int | None = None
    zone: str | None = None
    native: bool = False

    def read(self, value: Any) -> Any:
        """The Python value of a stored one; never raises."""
        if value is None:
            return None
        try:
            return _READERS[self.sort](self, value)
        except (ValueError, ArithmeticError, RecursionError):
            return as_stored(value)

    def write(self, value: Any) -> Any:
        """The stored value of a Python one; a ``native`` codec leaves that to the driver."""
        writer = None if self.native else _WRITERS.get(self.sort)
        return value if writer is None or value is None else writer(self, value)


def codec_of(declared: str, sample: Sequence[Any]) -> Codec:
    """The codec of a column by its declared type (in capitals) and, for dates, by a few of its values."""
    sort = declared_sort(declared)
    found = _ARGUMENTS.search(declared)
    first, second = (int(part) if part else None for part in found.groups()) if found else (None, None)
    if sort in SAMPLED:
        return _by_sample(sort, sample)
    if sort == "decimal":
        return Codec("decimal", precision=first, scale=second if second is not None or first is None else 0)
    return Codec(sort, length=first if sort == "text" else None)


_DECLARED: tuple[tuple[Sort, tuple[str, ...]], ...] = (
    ("any", ("INTERVAL",)),
    ("datetime", ("DATETIME", "TIMESTAMP")),
    ("date", ("DATE",)),
    ("time", ("TIME",)),
    ("json", ("JSON",)),
    ("boolean", ("BOOL",)),
    ("integer", ("INT",)),
    ("text", ("CHAR", "CLOB", "TEXT")),
    ("bytes", ("BLOB",)),
    ("float", ("REAL", "FLOA", "DOUB")),
    ("decimal", ("NUMERIC", "DECIMAL")),
)


def declared_sort(declared: str) -> Sort:
    """SQLite's own rules of affinity, with the names that have a meaning of their own before them."""
    name = declared.partition("(")[0].strip()
    for sort, parts in _DECLARED:
        if any(part in name for part in parts):
            return sort
    return "any"


def _by_sample(declared: Sort, sample: Sequence[Any]) -> Codec:
    form = _form_of_dates if declared in DATED else _form_of_anything
    votes = Counter(form(value) for value in sample)
    if not votes:
        return Codec(declared)
    # The declared sort wins a tie, the rest follows the rows.
    return max(votes, key=lambda form: (votes[form], form.sort == declared))


def _form_of_dates(value: Any) -> Codec:
    if isinstance(value, str):
        if found := _DATETIME.match(value):
            digits = len(found["fraction"]) if found["fraction"] else None
            return Codec("datetime", separator=found["separator"], digits=digits, zone=found["zone"])
        if _DATE.match(value):
            return Codec("date")
        if found := _TIME.match(value):
            return Codec("time", digits=len(found["fraction"]) if found["fraction"] else None)
    return _form_of_anything(value)


def _form_of_anything(value: Any) -> Codec:
    if isinstance(value, str):
        return Codec("text")
    return Codec("integer") if isinstance(value, int) else Codec("any")


def _only(kind: type[Any]) -> Callable[[Codec, Any], Any]:
    return lambda _, value: value if isinstance(value, kind) else as_stored(value)


def _read_float(codec: Codec, value: Any) -> Any:
    if not isinstance(value, float | int):
        return as_stored(value)
    if math.isinf(value) or math.isnan(value):  # JSON has no word for these, and null would be a lie
        return as_stored(_spelt_out(value))
    return _shortest_single(value) if codec.precision == SINGLE else value


def _shortest_single(value: float) -> float:
    """A number of four bytes as people write it: 0.1, not 0.10000000149011612."""
    packed = struct.pack("f", value)
    shorter = (float(f"{value:.{digits}g}") for digits in range(6, 9))
    return next((number for number in shorter if struct.pack("f", number) == packed), value)


def _spelt_out(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _read_decimal(codec: Codec, value: Any) -> Any:
    if isinstance(value, Decimal):  # from a driver that has them
        return value if value.is_finite() else as_stored(str(value))
    if not isinstance(value, int | float):
        return as_stored(value)
    if isinstance(value, float) and not math.isfinite(value):
        return as_stored(_spelt_out(value))
    exact = Decimal(repr(value))
    if codec.scale is None:
        return exact
    # More digits than declared are shown as they are, not rounded away.
    padded = exact.quantize(Decimal(1).scaleb(-codec.scale))
    return padded if padded == exact else exact


def _read_boolean(_: Codec, value: Any) -> Any:
    return bool(value) if value in (0, 1) else as_stored(value)


def _read_json(_: Codec, value: Any) -> Any:
    return json.loads(value, parse_constant=_no_constant) if isinstance(value, str) else _read_any(_, value)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _read_any(_: Codec, value: Any) -> Any:
    if isinstance(value, float):
        return _read_float(_, value)
    return as_stored(value) if isinstance(value, bytes) else value


def _read_datetime(_: Codec, value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    found = isinstance(value, str) and _DATETIME.match(value)
    return datetime.fromisoformat(value) if found else as_stored(value)


def _read_date(_: Codec, value: Any) -> Any:
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if isinstance(value, str) and _DATE.match(value) else as_stored(value)


def _read_time(_: Codec, value: Any) -> Any:
    if isinstance(value, timedelta):  # MariaDB's TIME, which may also be negative or last for days
        midnight = datetime(1, 1, 1)  # noqa: DTZ001 -- only the time of day is kept
        within_a_day = timedelta(0) <= value < timedelta(days=1)
        return (midnight + value).time() if within_a_day else as_stored(_clock(value))
    return time.fromisoformat(value) if isinstance(value, str) and _TIME.match(value) else as_stored(value)


def _clock(value: timedelta) -> str:
    seconds = abs(round(value.total_seconds()))
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_READERS: dict[Sort, Callable[[Codec, Any], Any]] = {
    "text": _only(str),
    "integer": _only(int),
    "bytes": _only(bytes),
    "float": _read_float,
    "decimal": _read_decimal,
    "boolean": _read_boolean,
    "json": _read_json,
    "datetime": _read_datetime,
    "date": _read_date,
    "time": _read_time,
    "any": _read_any,
}


def _write_decimal(_: Codec, value: Any) -> Any:
    """A number where that is exact; as text SQLite compares and stores it as a number all the same."""
    if not isinstance(value, Decimal):
        return value
    number = float(value)
    return number if len(value.as_tuple().digits) <= EXACT_DIGITS and math.isfinite(number) else str(value)


def _write_datetime(codec: Codec, value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is not None and codec.zone in {"Z", "+00:00"}:
        value = value.astimezone(UTC)
    written = value.replace(tzinfo=None, microsecond=0).isoformat(codec.separator)
    zone = codec.zone or "" if value.tzinfo is None or codec.zone == "Z" else value.isoformat()[-6:]
    return f"{written}{_fraction(codec, value.microsecond)}{zone}"


def _write_time(codec: Codec, value: Any) -> Any:
    if not isinstance(value, time):
        return value
    return f"{value.replace(microsecond=0).isoformat()}{_fraction(codec, value.microsecond)}"


def _fraction(codec: Codec, microsecond: int) -> str:
    if codec.digits is None and not microsecond:
        return ""
    return f".{microsecond:06d}"[: 1 + (codec.digits or 6)]


_WRITERS: dict[Sort, Callable[[Codec, Any], Any]] = {
    "decimal": _write_decimal,
    "json": lambda _, value: json.dumps(value, allow_nan=False),
    "datetime": _write_datetime,
    "date": lambda _, value: value.isoformat() if isinstance(value, date) else value,
    "time": _write_time,
}
