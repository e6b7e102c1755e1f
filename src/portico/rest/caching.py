"""What caches on the way may do with a reading, and on which headers of the request it depends.

    caching_headers(door, posts)["Vary"]      # "Authorization, Cookie" where a rule decides who sees what

What everybody may read is left to the application (``expose(cache_control=...)``). Where a rule decides, of
the rows themselves or of any that a request can reach from them, or where such rows belong to tenants, two
callers may get different answers: only the caller's own cache may keep one, and has to ask each time whether
it still holds (``If-None-Match``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from portico.db.models.keys import mapper_of
from portico.resources import Resource

from .door import Door

PERSONAL: Final[Mapping[str, str]] = MappingProxyType(
    {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
)


def caching_headers(door: Door, resource: Resource) -> Mapping[str, str]:
    """The headers of every reading of a resource."""
    same_for_all = all(_is_same_for_all(one) for one in _reachable(door, resource))
    headers: Mapping[str, str] = {} if same_for_all else PERSONAL
    return {**headers, "Cache-Control": resource.cache_control} if resource.cache_control else headers


def _is_same_for_all(resource: Resource) -> bool:
    table = mapper_of(resource.model).local_table
    return resource.policy.opens("read") and "portico_tenant" not in getattr(table, "info", {})


def trash_headers(door: Door, resource: Resource) -> Mapping[str, str]:
    """The headers of every reading of deleted rows; what is said of the others is not said of these."""
    if resource.policy.opens("trash"):
        return caching_headers(door, replace(resource, cache_control=None))
    return PERSONAL


def _reachable(door: Door, resource: Resource) -> set[Resource]:
    found, waiting = {resource}, [resource]
    while waiting:
        one = waiting.pop()
        targets = {door.resources.target(one, name) for name in one.relations}
        new = {target for target in targets if target is not None} - found
        found |= new
        waiting.extend(new)
    return found
