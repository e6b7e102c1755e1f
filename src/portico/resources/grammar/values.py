"""Text from a URL, or a value of JSON, as the value that a column compares with.

    from_text(spec, "2026-01-31")        # datetime.date(2026, 1, 31)
    from_text(spec, "1_000")             # ValueError: whole numbers are digits
    from_json(spec, "5")                 # ValueError where numbers are held: a text is no number

Stricter than Python's and Pydantic's own readings of text: no underscores in numbers, no NaN, no
timestamps given as numbers, no NUL. Raises ValueError with a sentence for the client.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from math import isinf
from typing import Any, Final, cast
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from portico.db.fields import FieldSpec

_INTEGER = re.compile(r"-?[0-9]{1,40}")
_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_LOST_PLUS = re.compile(r" (?=[0-9]{2}:?[0-9]{2}$)")
_LONGEST_NUMBER: Final = 100
_LARGEST: Final = 60
"""Decimal digits before the point: MariaDB holds 65."""
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def from_text(spec: FieldSpec, text: str, *, bounded: bool = True) -> Any:
    """The value behind a text; with ``bounded=False`` the field's own limits and choices do not count."""
    if "\x00" in text:
        raise ValueError("NUL characters are not allowed.")
    value = _read(spec.python_type, text)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool | Enum):
        return value  # Numbers that the column cannot hold are compared all the same, and found nowhere.
    return checked(spec if bounded else _without_bounds(spec), value)


def from_json(spec: FieldSpec, value: Any) -> Any:
    """The value behind a value of JSON, whose type counts as strictly as in a body.

    The field's own limits do not count: one component of a document describes all fields of a kind.
    """
    held = spec.python_type
    if isinstance(held, type) and issubclass(held, Enum):
        return _listed(held, value)
    if isinstance(held, type) and issubclass(held, bool | int | float | Decimal):
        return _counted(held, value)
    text = value if isinstance(value, str) else None
    if text is None:
        raise ValueError("Text is expected.")
    if "\x00" in text:
        raise ValueError("NUL characters are not allowed.")
    plain = not isinstance(held, type) or issubclass(held, str)
    return checked(_without_bounds(spec), text if plain else _parsed(cast("type[Any]", held), text))


def _counted(held: type[Any], value: Any) -> Any:
    """A number or a boolean of JSON; decimals may be texts that are numbers, as they are in answers."""
    if issubclass(held, bool):
        if isinstance(value, bool):
            return value
        raise ValueError("True or false is expected.")
    if issubclass(held, int):
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # 2.0 is a whole number in JSON Schema
        if isinstance(value, int) and not isinstance(value, bool):
            return integer(str(value))
        raise ValueError("A whole number is expected.")
    fits = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not (fits or (issubclass(held, Decimal) and isinstance(value, str))):
        raise ValueError("A number is expected.")
    return _number(str(value), held)


def _listed(enum: type[Enum], value: Any) -> Enum:
    for member in enum:
        if type(member.value) is type(value) and member.value == value:
            return member
    raise ValueError("Expected one of: " + ", ".join(str(member.value) for member in enum) + ".")


def checked(spec: FieldSpec, value: Any) -> Any:
    """The value after the field's own validation."""
    try:
        return spec.validate(value)
    except ValidationError as error:
        raise ValueError(_sentence(error)) from None


def boolean(text: str) -> bool:
    """``true``, ``false``, ``1`` or ``0``."""
    if text.lower() not in _BOOLEANS:
        raise ValueError("Expected true or false.")
    return _BOOLEANS[text.lower()]


def integer(text: str) -> int:
    """Digits, with a minus sign where there is one, and nothing else."""
    if not _INTEGER.fullmatch(text):
        raise ValueError("Expected a whole number.")
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError("This number is too large.")
    return value


def _read(held: Any, text: str) -> Any:
    # bool before int: it is a subclass.
    if not isinstance(held, type) or (issubclass(held, str) and not issubclass(held, Enum)):
        return text
    if issubclass(held, Enum):
        return _member(held, text)
    if issubclass(held, bool):
        return boolean(text)
    if issubclass(held, int):
        return integer(text)
    if issubclass(held, float | Decimal):
        return _number(text, held)
    return _parsed(cast("type[Any]", held), text)


def _number(text: str, made: type[Any]) -> Any:
    if not _NUMBER.fullmatch(text) or len(text) > _LONGEST_NUMBER:
        raise ValueError("Expected a number.")
    value = made(text)
    too_large = value.adjusted() > _LARGEST if isinstance(value, Decimal) else isinf(value)
    if too_large:
        raise ValueError("This number is too large.")
    return value


def _member(enum: type[Enum], text: str) -> Enum:
    for member in enum:
        if str(member.value) == text:
            return member
    raise ValueError("Expected one of: " + ", ".join(str(member.value) for member in enum) + ".")


def _parsed(held: type[Any], text: str) -> Any:
    # A plus sign that was not percent-encoded arrives as a space; a bare number is no date.
    text = _LOST_PLUS.sub("+", text)
    if _NUMBER.fullmatch(text):
        raise ValueError("Expected text in ISO 8601 form." if held is not UUID else "Expected a UUID.")
    try:
        return _adapter(cast("Hashable", held)).validate_python(text)
    except ValidationError as error:
        raise ValueError(_sentence(error)) from None


@lru_cache(maxsize=64)
def _adapter(made: Any) -> TypeAdapter[Any]:
    return TypeAdapter(made)


_loose: dict[int, tuple[FieldSpec, FieldSpec]] = {}


def _without_bounds(spec: FieldSpec) -> FieldSpec:
    """The same field as a term of a comparison: ``age__lt=0`` is a fair question where ages start at 0."""
    found = _loose.get(id(spec))
    if found is None or found[0] is not spec:
        bare = replace(
            spec,
            min_value=None,
            max_value=None,
            min_length=None,
            max_length=None,
            choices=None,
            validators=(),
        )
        found = _loose[id(spec)] = (spec, bare)
    return found[1]


def _sentence(error: ValidationError) -> str:
    return "; ".join(
        dict.fromkeys(str(one["msg"]) for one in error.errors(include_input=False, include_url=False))
    )
