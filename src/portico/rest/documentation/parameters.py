"""The parameters of operations.

    list_parameters(resources, posts, limits)     # [{"name": "limit", "in": "query", ...}, ...]

Parameters are written down here and parsed by the plan, not by FastAPI: one Pydantic model of filters for
each table is slow, and breaks its OpenAPI document at the 129th. Only the list names every operator of every
field; other operations that choose rows name equality, and take the rest as well.
"""

from __future__ import annotations

from typing import Any, Final

from portico.db.fields import FieldSpec
from portico.db.query import Kind
from portico.resources import LONGEST, RESERVED, Limits, Resource, Resources, lookups_for

from .fields import NO_NUL, TYPES, in_list, in_url

_LISTS: Final = frozenset({"in", "not_in", "between"})
_PARTS: Final = {"year": (1, 9999), "month": (1, 12), "day": (1, 31), "hour": (0, 23)}
_UNBOUNDED: Final = frozenset({"gt", "gte", "lt", "lte", "between"})
_UNORDERED: Final = frozenset({Kind.JSON, Kind.ARRAY, Kind.BINARY, Kind.PASSWORD, Kind.OTHER})
_KEY: Final = "^[^\\u0000,/~]+$"


def query_parameter(
    name: str, schema: dict[str, Any], text: str | None = None, *, required: bool = False, **more: Any
) -> dict[str, Any]:
    """A parameter behind the question mark; lists have commas between their values."""
    described = {"description": text} if text else {}
    style = {"style": "form", "explode": False} if schema.get("type") == "array" else {}
    return {
        "name": name, "in": "query", "required": required, "schema": schema, **style, **described, **more,
    }  # fmt: skip


def names_parameter(
    name: str, names: list[str] | None, most: int, text: str, *, required: bool = False
) -> dict[str, Any]:
    """A parameter of several names with commas between them; None where they cannot be listed."""
    item: dict[str, Any] = {"type": "string"}
    item |= {"enum": names} if names is not None else {"pattern": "^[^\\u0000,]+$"}
    schema = {"type": "array", "items": item, "minItems": 1, "maxItems": most}
    return query_parameter(name, schema, text, required=required)


def key_parameter(resource: Resource, name: str) -> dict[str, Any]:
    """The key in the path."""
    if len(resource.key) == 1:
        part = resource.key[0]
        kind = resource.kinds.get(part, Kind.OTHER)
        schema, text = in_url(resource.columns[part], kind, bounded=False), "The key."
        if schema.get("pattern") == NO_NUL:
            schema |= {"pattern": _KEY, "minLength": 1}
            text = "The key; ~0 ~1 ~2 stand for ~ / , in it."
    else:
        parts = ",".join("[^\\u0000,/~]+" for _ in resource.key)
        schema = {"type": "string", "pattern": f"^{parts}$"}
        text = f"The key: {', '.join(resource.key)}, joined by commas; ~0 ~1 ~2 stand for ~ / , in a text."
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": text}


def include_parameter(
    resources: Resources, resource: Resource, limits: Limits | None = None
) -> list[dict[str, Any]]:
    """The relations to bring along; none when there is no way to anywhere."""
    ways = sorted(resources.ways(resource))
    most = (limits or Limits()).includes - len(resource.embedded)
    if not ways or most < 1:
        return []
    rows = (limits or Limits()).include_rows
    text = (
        "Relations to bring along; dots lead on to those of relations. Of a relation to many at most "
        f"{rows} rows for each parent; include.NAME.limit says fewer."
    )
    return [names_parameter("include", ways, most, text)]


def sort_parameter(resource: Resource, limits: Limits) -> dict[str, Any]:
    """The order of rows."""
    names = [name for name, kind in resource.kinds.items() if kind not in _UNORDERED]
    keys = [sign + name for name in names for sign in ("", "-")]
    text = "Fields; a minus sign means descending, dots lead over to-one relations."
    return names_parameter("sort", keys, limits.sorts, text)


def fields_parameter(resource: Resource, limits: Limits) -> dict[str, Any]:
    """What is shown of a row."""
    text = "What to show; left out: everything. Dots lead over relations and bring them along."
    return names_parameter("fields", list(resource.fields), limits.fields, text)


def search_parameter(resource: Resource, limits: Limits) -> list[dict[str, Any]]:
    """Words to look for; nothing where nothing is searched."""
    if not resource.search:
        return []
    schema = {"type": "string", "maxLength": limits.search_length, "pattern": NO_NUL}
    return [query_parameter("search", schema, f"Words to be found in {', '.join(resource.search)}.")]


def where_parameter(limits: Limits) -> dict[str, Any]:
    """Conditions that flat parameters cannot say."""
    text = 'Conditions as JSON, such as {"or": [{"id": 1}, {"id": {"gte": 5}}]}.'
    schema = {"type": "string", "maxLength": limits.where, "contentMediaType": "application/json"}
    return query_parameter("where", schema, text)


def equality_parameters(resource: Resource) -> list[dict[str, Any]]:
    """Equality with each field."""
    return [
        _condition(name, spec, resource.kinds[name], "exact", Limits())
        for name, spec in resource.fields.items()
        if resource.kinds[name] not in _UNORDERED
    ]


def choosing_parameters(resource: Resource, limits: Limits) -> list[dict[str, Any]]:
    """The parameters that choose rows, in short."""
    return [where_parameter(limits), *search_parameter(resource, limits), *equality_parameters(resource)]


def list_parameters(resources: Resources, resource: Resource, limits: Limits) -> list[dict[str, Any]]:
    """The parameters of a list."""
    page = {"type": "integer", "minimum": 1, "maximum": limits.max_page, "default": limits.page}
    offset = {"type": "integer", "minimum": 0, "maximum": limits.max_offset, "default": 0}
    cursor = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[A-Za-z0-9_-]+$"}
    count = {"type": "string", "enum": ["exact", "estimated", "none"]}
    found = [
        query_parameter("limit", page, "Rows on a page."),
        query_parameter("offset", offset, "Rows to leave out."),
        query_parameter(
            "cursor", cursor, "Where the page begins: what `next` or `prev` of another page said."
        ),
        sort_parameter(resource, limits),
        query_parameter(
            "count", count, f"Left out: counted up to {limits.counted}, on pages of a cursor not at all."
        ),
        *include_parameter(resources, resource, limits),
        where_parameter(limits),
        *search_parameter(resource, limits),
    ]
    for name, spec in resource.fields.items():
        kind = resource.kinds[name]
        found += [_condition(name, spec, kind, lookup, limits) for lookup in lookups_for(kind)]
    return found


def _condition(name: str, spec: FieldSpec, kind: Kind, lookup: str, limits: Limits) -> dict[str, Any]:
    if lookup == "exact" and name not in RESERVED:
        return query_parameter(name, in_url(spec, kind), spec.description or spec.comment)
    return query_parameter(f"{name}__{lookup}", _compared(spec, kind, lookup, limits))


def _compared(spec: FieldSpec, kind: Kind, lookup: str, limits: Limits) -> dict[str, Any]:
    if lookup == "isnull":
        return {"type": "boolean"}
    if lookup in _PARTS:
        low, high = _PARTS[lookup]
        return {"type": "integer", "minimum": low, "maximum": high}
    if lookup == "date":
        return dict(TYPES[Kind.DATE])
    if lookup == "between":
        return in_list(spec, kind, most=2, least=2, bounded=False)
    if lookup in _LISTS:
        return in_list(spec, kind, most=limits.list_values)
    return in_url(spec, kind, bounded=lookup in ("exact", "ne"))
