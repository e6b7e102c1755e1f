"""Which query parameters of a request are meant for the operation, and which for its dependencies.

    asked_of(request)      # [("limit", "5")], without the ?token= that the user's get_principal reads

An operation refuses parameters that it does not know; those that a dependency declares are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from fastapi.security import APIKeyQuery


def asked_of(request: Request) -> list[tuple[str, str]]:
    """The query parameters left over for the operation itself."""
    route = request.scope.get("route")
    taken = frozenset(_declared(route.dependant)) if isinstance(route, APIRoute) else frozenset[str]()
    return [(name, text) for name, text in request.query_params.multi_items() if name not in taken]


def _declared(dependant: Any) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    if isinstance(dependant.call, APIKeyQuery):
        yield dependant.call.model.name
    for inner in dependant.dependencies:
        yield from _declared(inner)
