"""What OpenAPI says of the tree of conditions and of the body of a query.

    where_schema(resources, posts)             # {"type": "object", "properties": {"and": ..., "title": ...}}
    query_components(door.reach(posts))        # {"PostWhere": ..., "PostQuery": ..., "TextCondition": ...}

One component for each kind of field holds its operators, shared by all resources, so that a document of two
hundred tables stays small.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

from portico.db.fields import FieldSpec
from portico.db.fields.marks import NAIVE
from portico.db.query import Kind
from portico.resources import Limits, Reach, Resource, Resources, lookups_for

from .documentation import (
    LOCAL_TIME,
    NO_NUL,
    fields_parameter,
    in_url,
    pascal,
    singular,
    sort_parameter,
    storable,
    whole_digits,
)

_VALUES: Final[dict[Kind, dict[str, Any]]] = {
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.INTEGER: {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    Kind.FLOAT: {"type": "number"},
    Kind.DECIMAL: {"type": "number", "minimum": -1e60, "maximum": 1e60},
    Kind.TEXT: {"type": "string", "pattern": NO_NUL},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.TIME: {"type": "string", "pattern": LOCAL_TIME},
    Kind.DURATION: {"type": "string", "format": "duration"},
    Kind.UUID: {"type": "string", "format": "uuid"},
}
_PARTS: Final = {"year": (1, 9999), "month": (1, 12), "day": (1, 31), "hour": (0, 23)}
_EMPTY_TO_MANY: Final = "Some, none or every one of the related rows; without a word: some."


def where_name(resources: Resources, resource: Resource) -> str:
    """What the component with the conditions of a resource is called."""
    return f"{pascal(singular(resources, resource))}Where"


def query_name(resources: Resources, resource: Resource) -> str:
    """What the component with the body of a query is called."""
    return f"{pascal(singular(resources, resource))}Query"


def query_components(reach: Reach) -> dict[str, Any]:
    """Every component that the body of a query of one resource needs, by name."""
    resources, resource, limits = reach.resources, reach.resource, reach.limits
    found: dict[str, Any] = {
        where_name(resources, resource): where_schema(resources, resource),
        query_name(resources, resource): query_body_schema(reach),
    }
    for name, target in resources.ways(resource).items():
        many = resource.relations[name].many
        found[_include_name(resources, target, many=many)] = _include_options(reach, target, many=many)
    for name, spec in resource.fields.items():
        kind = resource.kinds[name]
        if not _is_inline(spec):
            found[_condition_name(spec, kind)] = _condition(_value(spec, kind), kind, limits)
    return found


def where_schema(resources: Resources, resource: Resource) -> dict[str, Any]:
    """The conditions on the rows of one resource."""
    own = _refer(where_name(resources, resource))
    several = {"type": "array", "items": {**own}, "minItems": 1}
    properties: dict[str, Any] = {
        "and": {**several, "description": "All of these hold."},
        "or": {**several, "description": "At least one of these holds."},
        "not": {**own},
    }
    for name, spec in resource.fields.items():
        if name not in properties:
            properties[name] = _field(spec, resource.kinds[name])
    for name, target in resources.ways(resource).items():
        if name not in properties and "read" in target.operations:
            properties[name] = _way(resources, target, many=resource.relations[name].many)
    return {
        "type": "object",
        "description": "Conditions, all of which hold; dotted names lead over relations.",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
    }


def query_body_schema(reach: Reach) -> dict[str, Any]:
    """The body of ``POST /posts/query``."""
    resource, limits = reach.resource, reach.limits
    properties: dict[str, Any] = {
        "where": _refer(where_name(reach.resources, resource)),
        "sort": {
            **_listed(sort_parameter(resource, limits)),
            "description": "A minus sign means descending.",
        },
        "fields": _listed(fields_parameter(resource, limits)),
        "limit": {"type": "integer", "minimum": 1, "maximum": limits.max_page, "default": limits.page},
        "offset": {"type": "integer", "minimum": 0, "maximum": limits.max_offset, "default": 0},
        "cursor": {"type": "string", "description": "`next` or `prev` of another page."},
        "count": {"type": "string", "enum": ["exact", "estimated", "none"]},
    }
    ways, most = sorted(reach.resources.ways(resource)), limits.includes - len(resource.embedded)
    if ways and most > 0:
        properties["include"] = _include(reach.resources, resource, ways, most)
    if resource.search:
        properties["search"] = {"type": "string", "maxLength": limits.search_length, "pattern": NO_NUL}
    return {
        "type": "object",
        "description": "What a list takes as parameters, as one object.",
        "properties": properties,
        "additionalProperties": False,
    }


def _listed(parameter: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter of names."""
    schema: dict[str, Any] = parameter["schema"]
    return schema


def _include_name(resources: Resources, target: Resource, *, many: bool) -> str:
    return f"{pascal(singular(resources, target))}{'List' if many else ''}Include"


def _include_options(reach: Reach, target: Resource, *, many: bool) -> dict[str, Any]:
    """What is said about related rows; of one row there is no order."""
    limits = reach.limits
    rows = {"type": "integer", "minimum": 1, "maximum": limits.include_rows, "default": limits.include_rows}
    properties: dict[str, Any] = {
        "where": _refer(where_name(reach.resources, target)),
    }
    if many:
        properties["sort"] = _listed(sort_parameter(target, limits))
        properties["limit"] = {**rows, "description": "Rows for each parent."}
    if target.search:
        properties["search"] = {"type": "string", "maxLength": limits.search_length, "pattern": NO_NUL}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _include(resources: Resources, resource: Resource, ways: list[str], most: int) -> dict[str, Any]:
    reached, relations = resources.ways(resource), resource.relations
    options = {
        name: _refer(_include_name(resources, reached[name], many=relations[name].many)) for name in ways
    }
    return {
        "anyOf": [
            {"type": "array", "items": {"type": "string", "enum": ways}, "maxItems": most},
            {
                "type": "object",
                "properties": options,
                "additionalProperties": False,
                "maxProperties": most,
            },
        ],
        "description": "Relations to bring along: their names, or an object with what is said about each.",
    }


def _refer(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _value(spec: FieldSpec, kind: Kind) -> dict[str, Any] | None:
    if NAIVE in spec.marks or kind in (Kind.INTEGER, Kind.DECIMAL):
        return in_url(spec, kind, bounded=False)
    return _VALUES.get(kind)


def _is_inline(spec: FieldSpec) -> bool:
    return isinstance(spec.python_type, type) and issubclass(spec.python_type, Enum)


def _field(spec: FieldSpec, kind: Kind) -> dict[str, Any]:
    if not _is_inline(spec):
        return _refer(_condition_name(spec, kind))
    return _condition({"enum": [member.value for member in spec.python_type]}, kind, Limits())


def _condition_name(spec: FieldSpec, kind: Kind) -> str:
    if NAIVE in spec.marks:
        return "LocalDatetimeCondition"
    if kind is Kind.DECIMAL:
        return f"Decimal{whole_digits(spec)}Condition"
    if kind is Kind.INTEGER and (span := storable(spec)):
        bits = max(abs(span[0]), span[1]).bit_length()
        return f"Integer{bits}Condition" if bits < 64 else "IntegerCondition"  # noqa: PLR2004 -- as most have
    return f"{pascal(kind.value)}Condition" if kind in _VALUES else "PresenceCondition"


def _condition(value: dict[str, Any] | None, kind: Kind, limits: Limits) -> dict[str, Any]:
    """A value to equal, null, or an object of operators."""
    lookups = lookups_for(kind)
    operators: dict[str, Any] = {name: _operator(name, value or {}, limits) for name in lookups}
    asked = {
        "type": "object",
        "properties": operators,
        "additionalProperties": False,
        "minProperties": 1,
    }
    return asked if value is None or "exact" not in lookups else {"anyOf": [value, {"type": "null"}, asked]}


def _operator(name: str, value: dict[str, Any], limits: Limits) -> dict[str, Any]:
    if name == "isnull":
        return {"type": "boolean"}
    if name in _PARTS:
        low, high = _PARTS[name]
        return {"type": "integer", "minimum": low, "maximum": high}
    if name == "date":
        return dict(_VALUES[Kind.DATE])
    if name == "between":
        return {"type": "array", "items": value, "minItems": 2, "maxItems": 2}
    either = {"anyOf": [value, {"type": "null"}]}
    if name in ("in", "not_in"):
        return {"type": "array", "items": either, "maxItems": limits.list_values}
    return either if name in ("exact", "ne") else value


def _way(resources: Resources, target: Resource, *, many: bool) -> dict[str, Any]:
    inner = _refer(where_name(resources, target))
    if not many:
        return inner
    quantified = {
        "type": "object",
        "properties": {"some": inner, "none": inner, "every": inner},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"anyOf": [quantified, inner], "description": _EMPTY_TO_MANY}
