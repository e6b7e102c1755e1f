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

from .context import ASKED_BY_HEAD


def asked_by_head(request: Request) -> bool:
    """Whether HEAD is answered as if it were GET: whatever is costly in the body may be left out."""
    return bool(request.scope.get(ASKED_BY_HEAD))


def asked_of(request: Request) -> list[tuple[str, str]]:
    """The query parameters left over for the operation itself."""
    route = request.scope.get("route")
    needs = route.dependant if isinstance(route, APIRoute) else None  # codespell:ignore dependant
    taken = frozenset(_declared(needs)) if needs else frozenset[str]()
    return [(name, text) for name, text in request.query_params.multi_items() if name not in taken]


def _declared(needs: Any) -> Iterator[str]:
    for field in needs.query_params:
        yield field.alias
    if isinstance(needs.call, APIKeyQuery):
        yield needs.call.model.name
    for inner in needs.dependencies:
        yield from _declared(inner)
