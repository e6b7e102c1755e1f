"""What the schemas of bodies and rows say besides what Pydantic knows.

    polish_of(posts)     # {PostCreate: <a function that changes its schema>, ...}

Examples, what no text may hold, how many digits a number may have: what a field refuses, its schema refuses
as well, so that clients see it before they send.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any, Final, cast

from pydantic import BaseModel

from portico.db.fields import FieldSpec
from portico.db.fields.marks import NAIVE
from portico.db.query import Kind
from portico.resources import Resource
from portico.web import Polish

from .fields import LOCAL_MOMENT, LOCAL_TIME, NO_NUL, example_of, storable

_SHOWN_MOMENT: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?$"
_DIGITS: Final = 28


def polish_of(resource: Resource, body: Any = None) -> dict[Any, Polish]:
    """The changes to the schemas of a resource, and of a body of its fields, by type."""
    found: dict[Any, Polish] = {resource.schemas.read: partial(_polish, resource, sent=False)}
    if "create" in resource.operations:
        found[resource.schemas.create] = partial(_polish, resource, sent=True)
    if "update" in resource.operations:
        found[resource.schemas.update] = partial(_polish, resource, sent=True)
    if _is_about(resource, body):
        found[body] = partial(_polish, resource, sent=True)
    return found


def _is_about(resource: Resource, body: Any) -> bool:
    if not (isinstance(body, type) and issubclass(body, BaseModel)):
        return False
    names = {info.alias or name for name, info in body.model_fields.items()}
    return bool(names) and names <= resource.columns.keys()


def _polish(resource: Resource, schema: dict[str, Any], *, sent: bool) -> None:
    example: dict[str, Any] = {}
    for name, shape in schema.get("properties", {}).items():
        spec = resource.columns.get(name)
        kind = resource.kinds.get(name, Kind.OTHER)
        for part in _parts(shape):
            _narrow(part, spec, kind, sent=sent)
        if spec is not None and (value := example_of(spec, kind)) is not None:
            example[name] = value
    needed = set(schema.get("required", [])) - example.keys()
    if example and not needed and "examples" not in schema:
        schema["examples"] = [example]


def _parts(shape: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas of single values in one of a field."""
    yield shape
    for many in ("anyOf", "oneOf", "allOf"):
        for one in shape.get(many, []):
            yield from _parts(one)
    if isinstance(items := shape.get("items"), dict):
        yield from _parts(cast("dict[str, Any]", items))


def _narrow(shape: dict[str, Any], spec: FieldSpec | None, kind: Kind, *, sent: bool) -> None:
    if kind is Kind.DECIMAL and spec is not None and sent:
        _narrow_decimal(shape, spec)
    elif kind is Kind.INTEGER and spec is not None and sent and shape.get("type") == "integer":
        if span := storable(spec):
            shape.update({"minimum": span[0], "maximum": span[1]} | shape)
    elif shape.get("type") != "string" or "enum" in shape or "const" in shape:
        return
    elif shape.get("format") == "time":
        del shape["format"]
        shape["pattern"] = LOCAL_TIME
    elif shape.get("format") == "date-time" and spec is not None and NAIVE in spec.marks:
        del shape["format"]
        shape["pattern"] = LOCAL_MOMENT if sent else _SHOWN_MOMENT
    elif sent and "pattern" not in shape and shape.get("format") in (None, "password"):
        shape["pattern"] = NO_NUL


def _narrow_decimal(shape: dict[str, Any], spec: FieldSpec) -> None:
    """Text of so many digits, or a whole number; one with decimals is taken where it is exact."""
    scale = spec.scale or 0
    whole = max(0, (spec.precision or _DIGITS) - scale)
    if shape.get("type") == "number":
        limit = 10 ** min(whole, 15) - 1
        shape["type"] = "integer"
        shape["minimum"] = _bound(shape, spec.min_value, -limit, max)
        shape["maximum"] = _bound(shape, spec.max_value, limit, min)
    elif shape.get("type") == "string":
        decimals = f"(\\.[0-9]{{1,{scale}}})?" if scale else ""
        sign = "" if spec.min_value is not None and spec.min_value >= 0 else "-?"
        shape["pattern"] = f"^{sign}[0-9]{{1,{max(1, min(whole, 15))}}}{decimals}$"


def _bound(shape: dict[str, Any], own: Any, limit: int, nearer: Any) -> int:
    shape.pop("exclusiveMinimum", None)
    return int(nearer(Decimal(own), Decimal(limit))) if own is not None else limit
