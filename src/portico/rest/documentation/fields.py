"""The JSON schema of a field where it stands in a URL.

    in_url(spec, Kind.TEXT, bounded=True)      # {"type": "string", "maxLength": 50, "pattern": …}
    in_list(spec, Kind.TEXT, most=500)         # an array of them

What the grammar refuses, the schema refuses as well: it is what tools make valid requests from.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Any, Final

from portico.db.fields import FieldSpec, whole_range
from portico.db.fields.marks import NAIVE
from portico.db.query import Kind

NO_NUL: Final = "^[^\\u0000]*$"
"""What no text may hold."""
_NO_COMMA: Final = "^[^\\u0000,]*$"
LOCAL_TIME: Final = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?$"
LOCAL_MOMENT: Final = (
    "^[0-9]{3}[1-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?$"
)
_DIGITS: Final = 15
TYPES: Final[dict[Kind, dict[str, Any]]] = {
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.INTEGER: {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    Kind.FLOAT: {"type": "number"},
    Kind.DECIMAL: {"type": "number"},
    Kind.TEXT: {"type": "string", "pattern": NO_NUL},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.TIME: {"type": "string", "pattern": LOCAL_TIME},
    Kind.DURATION: {"type": "string", "format": "duration"},
    Kind.UUID: {"type": "string", "format": "uuid"},
    Kind.ENUM: {"type": "string"},
}
EXAMPLES: Final[dict[Kind, Any]] = {
    Kind.BOOLEAN: True,
    Kind.INTEGER: 1,
    Kind.FLOAT: 1.5,
    Kind.DECIMAL: "9.50",
    Kind.DATETIME: "2026-01-31T12:00:00Z",
    Kind.DATE: "2026-01-31",
    Kind.TIME: "12:30:00",
    Kind.DURATION: "P1DT2H",
    Kind.UUID: "0b1f9c1e-6a1d-4c8e-9d5a-3f0e7b2c4d6a",
}


def in_url(spec: FieldSpec, kind: Kind, *, bounded: bool = True) -> dict[str, Any]:
    """A field as a parameter; ``bounded`` where its own lengths and choices count."""
    schema = dict(TYPES.get(kind, {"type": "string", "pattern": NO_NUL}))
    if kind is Kind.DATETIME and NAIVE in spec.marks:
        schema = {"type": "string", "pattern": LOCAL_MOMENT}
    if kind is Kind.INTEGER and (span := storable(spec)):
        schema |= {"minimum": span[0], "maximum": span[1]}
    if kind is Kind.DECIMAL:
        limit = 10 ** whole_digits(spec) - 1
        schema |= {"minimum": -limit, "maximum": limit}
    if choices := choices_of(spec):
        return {"type": schema["type"], "enum": choices} if bounded or kind is Kind.ENUM else schema
    if kind is Kind.TEXT and bounded:
        lengths = {"minLength": spec.min_length, "maxLength": spec.max_length}
        schema |= {name: value for name, value in lengths.items() if value}
    return schema


def whole_digits(spec: FieldSpec) -> int:
    """How many digits before the point a number in a URL may have."""
    return min(_DIGITS, max(0, (spec.precision or _DIGITS) - (spec.scale or 0)))


def storable(spec: FieldSpec) -> tuple[int, int] | None:
    """The whole numbers that the column can hold, whatever the field's own bounds are."""
    return whole_range(replace(spec, min_value=None, max_value=None))


def in_list(
    spec: FieldSpec, kind: Kind, *, most: int, least: int = 0, bounded: bool = True
) -> dict[str, Any]:
    """Several values of a field, with commas between them."""
    item = in_url(spec, kind, bounded=bounded)
    if item.get("pattern") == NO_NUL:
        item["pattern"] = _NO_COMMA
    return {"type": "array", "items": item, "minItems": least or 1, "maxItems": most}


def choices_of(spec: FieldSpec) -> list[Any]:
    """The values that a field is limited to, as JSON has them."""
    held = spec.python_type
    if isinstance(held, type) and issubclass(held, Enum):
        return [str(member.value) for member in held]
    return [choice.value if isinstance(choice, Enum) else choice for choice in spec.choices or ()]


def example_of(spec: FieldSpec, kind: Kind) -> Any:
    """A value that the field takes."""
    if choices := choices_of(spec):
        return choices[0]
    if kind is Kind.TEXT:
        text = spec.name.replace("_", " ").strip() or "text"
        text = text * (1 + (spec.min_length or 0) // len(text))
        return text[: spec.max_length] if spec.max_length else text
    if kind is Kind.INTEGER and spec.min_value is not None:
        return max(1, spec.min_value) if spec.max_value is None else spec.min_value
    if kind is Kind.DATETIME and NAIVE in spec.marks:
        return "2026-01-31T12:00:00"
    return EXAMPLES.get(kind)
