"""What Schemathesis has to know and OpenAPI cannot say; it loads this module itself.

Data is put right here before it is sent where no schema can tell what is valid, and nowhere else:

- ``cursor``: opaque, only a page gives one. Left out.
- ``Idempotency-Key``: the same key for another request is refused. Each is sent once.
- Flat conditions: OpenAPI has no limit for the number of parameters. At most 45 are sent.
- ``where`` in an address: JSON in a text, whose `contentSchema` no tool makes data from. A small tree
  instead; the trees of ``/query`` come from the schema.
- Mass changes: one condition, any of them, is required, which OpenAPI cannot say of parameters. One is added.
- The number of conditions and the depth of a tree, which JSON Schema cannot count over a recursive schema.
  Larger trees are left out.
- Two items of a bulk form with one key: `uniqueItems` compares whole items, and keys in an address as texts,
  where ``00`` is 0 once more. The second is left out.
- A body that repeats the key in its path (PUT), or the owner's (below ``/users/1``): equal to the path, or
  left out.
"""

from __future__ import annotations

import itertools
import json
import re
import uuid
from typing import Any
from urllib.parse import unquote

import schemathesis

_numbers = itertools.count()
_run = uuid.uuid4().hex[:8]
_MOST_CONDITIONS = 45
_DEEPEST = 5
_KEY_NAMES = re.compile(r"^The key: (.+), joined by commas")
_OWNERS = {
    "/users/{id}/posts": {"author_id"},
    "/Employee/{EmployeeId}/Customer": {"supportrepid"},
    "/Employee/{EmployeeId}/Employee": {"reportsto"},
}
_OTHERS = frozenset(
    {"limit", "offset", "cursor", "sort", "count", "fields", "include", "where", "search", "format", "facets",
     "group_by", "metrics", "max_affected", "on", "key"}
)  # fmt: skip


def _sorted_by(raw: dict[str, Any]) -> list[str]:
    found = [one["schema"]["items"]["enum"] for one in raw.get("parameters", []) if one.get("name") == "sort"]
    return [name for names in found for name in names if not name.startswith("-")]


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Put right what is about to be sent."""
    method, path, raw = case.method.upper(), case.path, case.operation.definition.raw
    case.query = _query(method, path, raw, dict(case.query or {}))
    for name in list(case.headers or ()):
        if name.lower() == "idempotency-key":
            case.headers[name] = f"{_run}-{next(_numbers)}"
    if path.endswith("/bulk") and method in ("PUT", "PATCH") and isinstance(case.body, list):
        case.body = _different(case.body, _item_key(case))
    if path.endswith("/bulk") and method == "DELETE" and isinstance(case.query.get("key"), list):
        case.query["key"] = list({_read(str(key)): key for key in case.query["key"]}.values())
    if isinstance(case.body, dict):
        _body(case, method, path, raw)


def _query(method: str, path: str, raw: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    """No invented cursors, not too many conditions, trees of conditions that are trees."""
    query.pop("cursor", None)
    conditions = [name for name in query if name not in _OTHERS]
    for name in conditions[_MOST_CONDITIONS:]:
        del query[name]
    if "where" in query:
        query["where"] = _tree(raw, str(query["where"]))
    takes_where = any(one.get("name") == "where" for one in raw.get("parameters", []))
    if method in ("PATCH", "DELETE") and takes_where and not conditions:
        query.setdefault("where", _tree(raw, ""))
    return query


def _tree(raw: dict[str, Any], seed: str) -> str:
    """A tree of conditions over the fields that the operation names."""
    names = [one["name"] for one in raw.get("parameters", []) if one.get("in") == "query"]
    plain = [name for name in names if name not in _OTHERS and "__" not in name] or _sorted_by(raw)
    name = plain[len(seed) % len(plain)]
    some: dict[str, Any] = {name: {"isnull": len(seed) % 2 == 0}}
    return json.dumps([some, {"not": some}, {"or": [some, {"and": [some]}]}][len(seed) % 3])


def _body(case: Any, method: str, path: str, raw: dict[str, Any]) -> None:
    """What a body repeats of its path is the same there; the body of a query has no invented cursor."""
    if path.endswith("/query"):
        case.body.pop("cursor", None)
        trees = [case.body.get("where"), case.body.get("include")]
        if sum(map(_leaves, trees)) > _MOST_CONDITIONS or max(map(_depth, trees)) > _DEEPEST:
            case.body.pop("where", None)
            case.body.pop("include", None)
    if method == "PUT" and case.path_parameters:
        _repeat_key(case, raw)
    if method == "POST" and path.count("/") == 3:
        _leave_owner_out(case, path)


def _item_key(case: Any) -> list[str]:
    """The names of the fields that tell the items of a bulk form apart: its key, or `on`."""
    if case.method.upper() == "PUT":
        on = case.query.get("on", [])
        return on if isinstance(on, list) else str(on).split(",")
    content = case.operation.definition.raw["requestBody"]["content"]["application/json"]
    name = content["schema"]["items"]["$ref"].rpartition("/")[2]
    return list(case.operation.schema.raw_schema["components"]["schemas"][name].get("required", []))


def _different(items: list[Any], names: list[str]) -> list[Any]:
    """The items without those whose key came before; only the first where their key is not known."""
    if not names or not all(isinstance(one, dict) for one in items):
        return items[:1]
    kept = {json.dumps([_one_number(one.get(name)) for name in names]).lower(): one for one in items}
    return list(kept.values())


def _one_number(value: Any) -> Any:
    """2 and 2.0 are one number to JSON, and two texts."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read(key: str) -> tuple[object, ...]:
    """What stands in a key: numbers where it is made of such."""
    return tuple(int(part) if re.fullmatch(r"[+-]?[0-9]+", part.strip()) else part for part in key.split(","))


def _leaves(tree: Any) -> int:
    if isinstance(tree, dict | list):
        return sum(_leaves(one) for one in (tree.values() if isinstance(tree, dict) else tree)) or 1
    return 1


def _depth(tree: Any) -> int:
    if isinstance(tree, dict | list):
        inner = tree.values() if isinstance(tree, dict) else tree
        return isinstance(tree, dict) + max((_depth(one) for one in inner), default=0)
    return 0


def _repeat_key(case: Any, raw: dict[str, Any]) -> None:
    for parameter in raw.get("parameters", []):
        found = _KEY_NAMES.match(parameter.get("description", ""))
        if parameter.get("in") != "path" or found is None:
            continue
        parts = unquote(str(case.path_parameters.get(parameter["name"], ""))).split(",")
        for name, part in zip(found[1].split(", "), parts, strict=False):
            if name in case.body and re.fullmatch(r"-?\d{1,9}", part):
                case.body[name] = int(part)


def _leave_owner_out(case: Any, path: str) -> None:
    """A foreign key to the owner may be left out of what is made below it."""
    owner = path.split("/")[1].removesuffix("s").lower()
    for name in [*case.body]:
        if name.lower() in {f"{owner}_id", f"{owner}id", *_OWNERS.get(path, ())}:
            del case.body[name]
