"""The values of many new rows, column by column: what `RowValues.stored` says of each row, said at once.

    stored_columns(User, [{"username": "ann"}, {"username": "bea"}])
    # {"username": ["ann", "bea"], "points": [0, 0]}

Nearly all values are what they should be, and of a whole column that can be seen without a step for each of
them. A column of which it cannot is checked value by value. Gives None where rows differ in what they say,
and where a value is refused: then each row is looked at by itself, and the first refusal is put into words.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter, countOf, itemgetter
from typing import Any, Final

from pydantic import ValidationError

from portico.db.fields import FieldSpec, whole_range
from portico.db.fields.marks import AWARE, BASE64_IN, BASE64_OUT, FINITE, NAIVE, TEXT, ZONELESS, Within
from portico.db.models.schemas import column_specs
from portico.db.query import is_computed
from portico.errors import InvalidError

from .suitability import fills_defaults, unsuited_because
from .values import may_be_sql, values_of

Column = list[Any]
Kinds = set[type[Any]]
_STATE: Final = "_sa_instance_state"
_ZONE: Final = attrgetter("tzinfo")


def stored_columns(
    cls: type[Any], rows: Sequence[Any], moments: Mapping[str, Any] | None = None
) -> dict[str, Column] | None:
    """The values of new objects, or of dictionaries with what their constructor takes.

    ``moments`` are those at which all rows are written; each call has one of its own otherwise.
    """
    kinds = set(map(type, rows))
    if kinds == {cls}:
        held = list(map(vars, rows))
        columns = _transposed(held, [name for name in column_specs(cls) if name in held[0]], {_STATE})
    elif kinds == {dict} and unsuited_because(cls) is None:
        columns = _transposed(rows, [name for name in column_specs(cls) if name in rows[0]], set())
        if columns is not None and fills_defaults(cls):
            columns = _filled(cls, columns, len(rows))
    else:
        return None
    if columns is None:
        return None
    return _stored(cls, columns, len(rows), values_of(cls).stamps() if moments is None else moments)


def needs_only_known_code(cls: type[Any]) -> bool:
    """Whether values of a class are checked and made by nothing that the application has written."""
    return all(
        _has_known_checks(spec) and spec.python_type in _KNOWN and not callable(spec.default)
        for spec in column_specs(cls).values()
    )


def _transposed(held: Sequence[Any], names: Sequence[str], besides: set[str]) -> dict[str, Column] | None:
    """The columns of rows that say all of these names, and nothing else but what is ``besides``."""
    if held[0].keys() != {*names, *besides} or set(map(len, held)) != {len(held[0])}:
        return None
    try:
        return {name: list(map(itemgetter(name), held)) for name in names}
    except KeyError:
        return None


def _filled(cls: type[Any], columns: dict[str, Column], number: int) -> dict[str, Column]:
    defaults = {name: spec for name, spec in values_of(cls).defaulted.items() if name not in columns}
    return columns | {name: [spec.make_default() for _ in range(number)] for name, spec in defaults.items()}


def _stored(
    cls: type[Any], columns: dict[str, Column], number: int, moments: Mapping[str, Any]
) -> dict[str, Column] | None:
    specs, values = column_specs(cls), values_of(cls)
    for name, moment in moments.items():
        columns[name] = [moment if value is None else value for value in columns.get(name, [None] * number)]
    for name in values.left.keys() & columns.keys():
        nothing = len(columns[name]) - len(_there(columns[name]))
        if 0 < nothing < number:
            return None
        if nothing:
            del columns[name]
    if any(spec.required and name not in columns for name, spec in specs.items()):
        return None
    try:
        return {name: _checked(specs[name], column) for name, column in columns.items()}
    except (ValidationError, _RefusedError, InvalidError):
        return None


class _RefusedError(Exception):
    """A value that cannot be stored, or no value of Python."""


def _checked(spec: FieldSpec, column: Column) -> Column:
    """A column as it is stored."""
    kinds = set(map(type, column))
    there = _there(column) if type(None) in kinds else column
    kinds.discard(type(None))
    if spec.read_only or spec.write_only or (len(there) < len(column) and not spec.nullable):
        raise _RefusedError
    fits = _FITTING.get(spec.python_type) if _has_known_checks(spec) else None
    if fits is not None and (not there or fits(spec, there, kinds)):
        return column
    if any(may_be_sql(value) and is_computed(value) for value in there):
        raise _RefusedError
    return list(map(spec.check, column))


def _there(column: Column) -> Column:
    if type(None) not in set(map(type, column)):
        return column
    return [value for value in column if value is not None]


def _has_known_checks(spec: FieldSpec) -> bool:
    if spec.validators or spec.outer_marks or spec.choices:
        return False
    if spec.python_type not in (int, float) and (spec.min_value, spec.max_value) != (None, None):
        return False
    return all(isinstance(mark, Within) or mark in _CHECKS for mark in spec.marks)


def _lie_within(measures: Sequence[Any], low: Any, high: Any) -> bool:
    return (low is None or min(measures) >= low) and (high is None or max(measures) <= high)


def _fit_text(spec: FieldSpec, values: Column, kinds: Kinds) -> bool:
    if kinds != {str} or not _has_lengths(spec, values):
        return False
    text = "".join(values)
    if "\x00" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _fit_bytes(spec: FieldSpec, values: Column, kinds: Kinds) -> bool:
    return kinds == {bytes} and _has_lengths(spec, values)


def _has_lengths(spec: FieldSpec, values: Column) -> bool:
    low, high = spec.min_length, spec.max_length
    return (low is None or min(map(len, values)) >= low) and (high is None or max(map(len, values)) <= high)


def _fit_whole(spec: FieldSpec, values: Column, kinds: Kinds) -> bool:
    limits = whole_range(spec)
    return limits is not None and kinds == {int} and _lie_within(values, *limits)


def _fit_float(spec: FieldSpec, values: Column, kinds: Kinds) -> bool:
    # A sum of finite numbers may be infinite, but no other sum is finite; zeros may have a sign to lose.
    sound = kinds == {float} and math.isfinite(sum(values)) and 0.0 not in values
    return sound and _lie_within(values, spec.min_value, spec.max_value)


def _fit_bool(_: FieldSpec, __: Column, kinds: Kinds) -> bool:
    return kinds == {bool}


def _fit_moment(spec: FieldSpec, values: Column, kinds: Kinds) -> bool:
    if kinds != {dt.datetime} or not (AWARE in spec.marks or NAIVE in spec.marks):
        return False
    return countOf(map(_ZONE, values), dt.UTC if AWARE in spec.marks else None) == len(values)


def _fit_time(_: FieldSpec, values: Column, kinds: Kinds) -> bool:
    return kinds == {dt.time} and countOf(map(_ZONE, values), None) == len(values)


def _fit_date(_: FieldSpec, __: Column, kinds: Kinds) -> bool:
    return kinds == {dt.date}


def _fit_uuid(_: FieldSpec, __: Column, kinds: Kinds) -> bool:
    return kinds == {uuid.UUID}


_CHECKS: Final = (TEXT, AWARE, NAIVE, ZONELESS, BASE64_IN, BASE64_OUT, *FINITE)
"""What `_FITTING` looks at, or what changes no value of the type itself."""
_FITTING: Final[dict[Any, Callable[[FieldSpec, Column, Kinds], bool]]] = {
    str: _fit_text,
    bytes: _fit_bytes,
    int: _fit_whole,
    float: _fit_float,
    bool: _fit_bool,
    dt.datetime: _fit_moment,
    dt.time: _fit_time,
    dt.date: _fit_date,
    uuid.UUID: _fit_uuid,
}
_KNOWN: Final = frozenset({*_FITTING, Decimal, dt.timedelta})
