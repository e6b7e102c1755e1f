"""The longer templates: PostgreSQL's own text of these types is not the one that Pydantic writes.

``{0}`` is the column. A branch gives NULL for NULL, an exact text where one is known, else `INEXACT`.
"""

from __future__ import annotations

from typing import Final

from .texts import UNKNOWN, quoted

OTHERWISE: Final = f"CASE WHEN {{0}} IS NOT NULL THEN {UNKNOWN} END"


def case(*branches: tuple[str, str]) -> str:
    """The text of the first branch that holds; `INEXACT` for a value for which none does."""
    written = " ".join(f"WHEN {condition} THEN {text}" for condition, text in branches)
    return f"CASE {written} ELSE {OTHERWISE} END"


def items(of_list: str, *, only: str | None = None) -> str:
    """A list of one dimension without NULL, whose text is known as a whole."""
    whole = "array_ndims({0}) = 1 AND array_position({0}, NULL) IS NULL"
    return case(
        ("cardinality({0}) = 0", "'[]'"),
        (whole if only is None else f"{whole} AND {only}", of_list),
    )


TEXT: Final = "to_json({0})::text"
QUOTED: Final = "'\"' || {0}::text || '\"'"
BASE64: Final = "'\"' || replace(encode({0}, 'base64'), chr(10), '') || '\"'"

DAY_RANGE: Final = "date '0001-01-01' <= ALL ({0}) AND date '9999-12-31' >= ALL ({0})"
DATE: Final = case(("{0} BETWEEN date '0001-01-01' AND date '9999-12-31'", "to_json({0})::text"))

_WHOLE_SECOND: Final = "date_trunc('second', {0}) = {0}"


def _moment(type_: str, zone: str, moment: str, ending: str) -> str:
    seconds = '"\\""YYYY-MM-DD"T"HH24:MI:SS'
    short, long = (quoted(f'{seconds}{fraction}"{ending}\\""') for fraction in ("", ".US"))
    # Whole seconds have no fraction, others all six digits of it.
    written = f"to_char({moment}, CASE WHEN {_WHOLE_SECOND} THEN {short} ELSE {long} END)"
    first, last = f"{type_} '0001-01-01 00:00:00{zone}'", f"{type_} '9999-12-31 23:59:59.999999{zone}'"
    return case((f"{{0}} BETWEEN {first} AND {last}", written))


MOMENT: Final = _moment("timestamptz", "+00", "{0} AT TIME ZONE 'UTC'", "Z")
NAIVE: Final = _moment("timestamp", "", "{0}", "")

TIME: Final = case(
    ("{0} < time '24:00' AND length({0}::text) = 8", QUOTED),
    ("{0} < time '24:00'", "'\"' || rpad({0}::text, 15, '0') || '\"'"),
)

_DOUBLE: Final = "{0}::float8"
_FRACTION: Final = f"CASE WHEN {_DOUBLE} = trunc({_DOUBLE}) THEN '.0' ELSE '' END"
_PLAIN: Final = f"{_DOUBLE}::text::numeric::text || {_FRACTION}"
_SHORTER: Final = f"regexp_replace({_DOUBLE}::text, 'e-0', 'e-')"
# With fewer digits than are needed (a setting of old) no text means the same number. Beyond 2**53 PostgreSQL
# sometimes takes one digit more than is needed.
_IS_SHORTEST: Final = (
    f"abs({_DOUBLE}) < 9007199254740992 AND current_setting('extra_float_digits') IN ('1', '2', '3')"
)
FLOAT: Final = case(
    (f"{_DOUBLE} = 0", f"CASE {_DOUBLE}::text WHEN '0' THEN '0.0' ELSE '-0.0' END"),
    (
        f"abs({_DOUBLE}) >= 1e-4 AND abs({_DOUBLE}) < 1e15 AND {_IS_SHORTEST}",
        f"{_DOUBLE}::text || {_FRACTION}",
    ),
    (_IS_SHORTEST, f"CASE WHEN abs({_DOUBLE}) < 1e-5 THEN {_SHORTER} ELSE {_PLAIN} END"),
    (f"{_DOUBLE} IN ('NaN', 'Infinity', '-Infinity')", "'null'"),
)

_DURATION: Final = (
    "SELECT '\"' || CASE WHEN u < 0 THEN '-' ELSE '' END || 'P'"
    " || CASE WHEN y > 0 THEN y || 'Y' ELSE '' END || CASE WHEN d > 0 THEN d || 'D' ELSE '' END"
    " || CASE WHEN t > 0 OR y + d = 0 THEN 'T' ELSE '' END"
    " || CASE WHEN t >= 3600000000 THEN t / 3600000000 || 'H' ELSE '' END"
    " || CASE WHEN t / 60000000 % 60 > 0 THEN t / 60000000 % 60 || 'M' ELSE '' END"
    " || CASE WHEN t % 60000000 > 0 OR y + d + t = 0"
    " THEN trim_scale(t % 60000000 / 1000000.0) || 'S' ELSE '' END"
    " || '\"' FROM (SELECT u, abs(u) % 86400000000 AS t, abs(u) / 86400000000 / 365 AS y,"
    " abs(u) / 86400000000 % 365 AS d"
    " FROM (SELECT (extract(epoch FROM {0}) * 1000000)::bigint AS u) AS portico_u) AS portico_t"
)
DURATION: Final = case(
    (
        # Months have no length of their own; a day has that of 24 hours.
        "extract(year FROM {0}) = 0 AND extract(month FROM {0}) = 0"
        " AND abs(extract(epoch FROM {0})) <= 9223372036854",
        f"({_DURATION})",
    )
)
