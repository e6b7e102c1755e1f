"""Values given to lookups: made to fit the column, or refused before any driver sees them.

    check(age, "3")        # 3
    check(age, 2**63)      # InvalidError(fields={"age": [...]})

What a driver would refuse in its own words (or store in its own way) is refused here in one: NaN, infinity,
NUL, lone surrogates, numbers beyond 64 bits, datetimes with or without a zone where the column is the other
way. Limits of a field (length, bounds, choices) are not asked: comparing with what cannot be there is fine.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import uuid
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, TypeGuard

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from portico.db.fields import sentence_of
from portico.errors import InvalidError

from .operand import Kind, Operand

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
LASTING: Final = frozenset(
    {int, str, float, decimal.Decimal, bytes, uuid.UUID, dt.datetime, dt.date, dt.time, dt.timedelta}
)
"""Types of values that nobody can change once they are given."""
MAX_VALUES: Final = 30_000
"""The longest list for `in`: SQLite takes 32,766 parameters in a statement and PostgreSQL 32,767."""


def _no_number(value: Any) -> Any:
    if isinstance(value, int | float | decimal.Decimal):
        raise ValueError("A date or time is expected, not a number.")  # noqa: TRY004 -- Pydantic wants ValueError
    return value


_ADAPTERS: dict[Kind, TypeAdapter[Any]] = {
    Kind.INTEGER: TypeAdapter(Annotated[int, Field(ge=INT64_MIN, le=INT64_MAX)]),
    Kind.FLOAT: TypeAdapter(Annotated[float, Field(allow_inf_nan=False)]),
    Kind.DECIMAL: TypeAdapter(decimal.Decimal),
    Kind.BOOLEAN: TypeAdapter(bool),
    Kind.TEXT: TypeAdapter(str),
    Kind.BINARY: TypeAdapter(Annotated[bytes, Field(strict=True)]),
}
_TEMPORAL: Final = frozenset({Kind.DATETIME, Kind.DATE, Kind.TIME})
_OWN: Final = _TEMPORAL | {Kind.DURATION, Kind.UUID}


def refuse(operand: Operand, why: str) -> InvalidError:
    """The error to raise for a value, which is itself not repeated: it may be a secret."""
    return InvalidError(f"{operand.model}.{operand.name}: {why}", fields={operand.name: [why]})


def check(operand: Operand, value: Any) -> Any:
    """The value to compare with; InvalidError when it cannot be one."""
    if value is None:
        raise refuse(operand, "None cannot be compared here; ask with isnull.")
    kind = operand.kind
    if isinstance(value, str):
        _check_text(operand, value)
        if kind is Kind.TEXT and value.__class__ is str:
            return value
    elif kind is Kind.INTEGER and value.__class__ is int and INT64_MIN <= value <= INT64_MAX:
        return value  # What most values are, and nothing is left to be done with.
    if kind is Kind.ENUM:
        return _member(operand, value)
    if kind is Kind.DATETIME and isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        raise refuse(operand, "A date is no moment; compare the day of the moment: __date.")
    if kind in _OWN:
        marks = operand.spec.marks if operand.spec.python_type is not Any else ()
        return _adapted(operand, _adapter(operand.spec.python_type, marks, kind in _TEMPORAL), value)
    adapter = _ADAPTERS.get(kind)
    return _other(operand, value) if adapter is None else _adapted(operand, adapter, value)


def check_all(operand: Operand, values: Any, *, least: int = 0, most: int = MAX_VALUES) -> list[Any]:
    """The values of a list; None stays None."""
    if not is_listed(values):
        raise refuse(operand, "A list of values is needed.")
    found = list(values)
    if len(found) > most:
        raise refuse(operand, f"{most} values are the most, {len(found)} given; ask in parts.")
    if len(found) < least:
        raise refuse(operand, f"{least} values are needed, {len(found)} given.")
    return [None if value is None and not least else check(operand, value) for value in found]


def is_listed(values: Any) -> TypeGuard[Iterable[Any]]:
    """Whether values are several: text and dictionaries can be looped over too, and are one."""
    return isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping)


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A key or its only part, as a tuple."""
    parts: Any = value
    return parts if isinstance(value, tuple) else (value,)


@lru_cache(maxsize=256)
def _adapter(python_type: Any, marks: tuple[Any, ...], temporal: bool) -> TypeAdapter[Any]:  # noqa: FBT001 -- private
    together = (*((BeforeValidator(_no_number),) if temporal else ()), *marks)
    annotation: Any = python_type
    for mark in reversed(together):
        annotation = Annotated[annotation, mark]
    return TypeAdapter(annotation)


def _adapted(operand: Operand, adapter: TypeAdapter[Any], value: Any) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        why = sentence_of(error.errors(include_url=False, include_input=False)[0])
        raise refuse(operand, why) from None


def _check_text(operand: Operand, value: str) -> None:
    if "\0" in value:
        raise refuse(operand, "Text must not contain NUL characters.")
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise refuse(operand, "Text must not contain lone surrogates.")


def _member(operand: Operand, value: Any) -> Any:
    members: Any = operand.spec.python_type
    if not (isinstance(members, type) and issubclass(members, enum.Enum)):
        return _one_of(operand, value, operand.spec.choices or ())
    try:
        return members(value)
    except ValueError:
        names = ", ".join(str(member.value) for member in members)
        raise refuse(operand, f"One of these is expected: {names}.") from None


def _one_of(operand: Operand, value: Any, choices: tuple[Any, ...]) -> Any:
    if choices and value not in choices:
        raise refuse(operand, f"One of these is expected: {', '.join(map(str, choices))}.")
    return value


def _other(operand: Operand, value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise refuse(operand, "A finite number is expected.")
    if isinstance(value, int) and not INT64_MIN <= value <= INT64_MAX:
        raise refuse(operand, "A number of at most 64 bits is expected.")
    return value
