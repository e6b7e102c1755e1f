"""What OpenAPI says of a resource: parameters, replies, names of operations.

    list_parameters(posts, limits)     # [{"name": "limit", "in": "query", ...}, ...]

Parameters are written down here and parsed by the plan, not by FastAPI: one Pydantic model of filters for
each table is slow, and breaks its OpenAPI document at the 129th.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, Final

from portico.db.fields import FieldSpec
from portico.db.query import Kind
from portico.resources import RESERVED, Limits, Resource, Resources, lookups_for
from portico.web.problems import describe_problem

_TYPES: Final[dict[Kind, dict[str, Any]]] = {
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.INTEGER: {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    Kind.FLOAT: {"type": "number"},
    Kind.DECIMAL: {"type": "number"},
    Kind.TEXT: {"type": "string"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.TIME: {"type": "string", "format": "time"},
    Kind.DURATION: {"type": "string", "format": "duration"},
    Kind.UUID: {"type": "string", "format": "uuid"},
    Kind.ENUM: {"type": "string"},
}
_LISTS: Final = frozenset({"in", "not_in", "between"})
_PARTS: Final = frozenset({"year", "month", "day", "hour"})
_WORDS: Final = re.compile(r"[A-Za-z0-9]+")
REPLIES: Final[dict[int, str]] = {
    400: "The request cannot be read.",
    401: "Somebody has to be logged in.",
    403: "Whoever asks may not do this.",
    404: "There is no such row within reach.",
    409: "A unique value exists already, or a reference points nowhere.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A field or parameter was refused.",
    503: "The database cannot answer now; try again later.",
}


def replies(*statuses: int, schema: Any = None) -> dict[int | str, dict[str, Any]]:
    """Documented problems; ``schema`` is what a dialect answers instead of problem documents."""
    if schema is not None:
        return {status: {"model": schema, "description": REPLIES[status]} for status in statuses}
    return {status: describe_problem(REPLIES[status]) for status in statuses}


def pascal(text: str) -> str:
    """``order_details`` as ``OrderDetails``; what is upper-case already stays so."""
    return "".join(word[0].upper() + word[1:] for word in _WORDS.findall(text)) or "X"


def singular(resources: Resources, resource: Resource) -> str:
    """What one row is called: as its class, unless another exposed class has the same name."""
    twins = [one for one in resources if pascal(one.title) == pascal(resource.title)]
    return resource.title if len(twins) == 1 else f"{resource.title} of {resource.name}"


def schema_of(spec: FieldSpec, kind: Kind) -> dict[str, Any]:
    """The JSON schema of a field in a URL."""
    schema = dict(_TYPES.get(kind, {"type": "string"}))
    held = spec.python_type
    if isinstance(held, type) and issubclass(held, Enum):
        schema["enum"] = [str(member.value) for member in held]
    elif spec.choices:
        schema["enum"] = list(spec.choices)
    elif kind is Kind.TEXT and spec.max_length:
        schema["maxLength"] = spec.max_length
    return schema


def key_parameter(resource: Resource, name: str) -> dict[str, Any]:
    """The key in the path."""
    if len(resource.key) == 1:
        part = resource.key[0]
        kind = resource.kinds.get(part, Kind.OTHER)
        schema, text = schema_of(resource.columns[part], kind), "The key."
    else:
        schema = {"type": "string"}
        text = f"The key: {', '.join(resource.key)}, joined by commas; ~0 ~1 ~2 stand for ~ / , in a text."
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": text}


def include_parameter(resources: Resources, resource: Resource) -> list[dict[str, Any]]:
    """The relations to bring along; none when there is no way to anywhere."""
    ways = sorted(resources.ways(resource))
    if not ways:
        return []
    text = f"Relations to bring along, comma-separated, dots for those of relations: {', '.join(ways)}."
    return [_query("include", {"type": "string"}, text, example=ways[0])]


def list_parameters(resources: Resources, resource: Resource, limits: Limits) -> list[dict[str, Any]]:
    """The parameters of a list."""
    page = {"type": "integer", "minimum": 1, "maximum": limits.max_page, "default": limits.page}
    offset = {"type": "integer", "minimum": 0, "maximum": limits.max_offset, "default": 0}
    count = {"type": "string", "enum": ["exact", "none"]}
    found = [
        _query("limit", page, "Rows on a page."),
        _query("offset", offset, "Rows to leave out."),
        _query("sort", {"type": "string"}, "Fields, comma-separated; a minus sign means descending."),
        _query("count", count, f"Left out: counted up to {limits.counted}."),
        *include_parameter(resources, resource),
    ]
    if resource.search:
        length = {"type": "string", "maxLength": limits.search_length}
        found.append(_query("search", length, f"Words to be found in {', '.join(resource.search)}."))
    for name, spec in resource.fields.items():
        kind = resource.kinds[name]
        found += [_condition(name, schema_of(spec, kind), lookup, spec) for lookup in lookups_for(kind)]
    return found


def _condition(name: str, schema: dict[str, Any], lookup: str, spec: FieldSpec) -> dict[str, Any]:
    if lookup == "exact" and name not in RESERVED:
        return _query(name, schema, spec.description or spec.comment)
    if lookup == "isnull":
        schema = {"type": "boolean"}
    elif lookup in _PARTS:
        schema = {"type": "integer"}
    elif lookup == "date":
        schema = dict(_TYPES[Kind.DATE])
    elif lookup in _LISTS:
        schema = {"type": "string"}
    elif lookup not in ("exact", "ne"):
        schema = {key: value for key, value in schema.items() if key not in ("enum", "maxLength")}
    text = "Comma-separated values." if lookup in _LISTS else None
    return _query(f"{name}__{lookup}", schema, text)


def _query(name: str, schema: dict[str, Any], text: str | None = None, **more: Any) -> dict[str, Any]:
    described = {"description": text} if text else {}
    return {"name": name, "in": "query", "required": False, "schema": schema, **described, **more}
