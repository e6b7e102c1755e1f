"""Which query parameters of a request are meant for the operation, and which for its dependencies.

    asked_of(request)      # [("limit", "5")], without the ?token= that the user's get_principal reads

An operation refuses parameters that it does not know; those that a dependency declares are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.routing import APIRoute
from fastapi.security import APIKeyQuery

from .context import ASKED_BY_HEAD

_TAKEN: Final = "_portico_taken"
_SHORT: Final = 1024


def asked_by_head(request: Request) -> bool:
    """Whether HEAD is answered as if it were GET: whatever is costly in the body may be left out."""
    return bool(request.scope.get(ASKED_BY_HEAD))


def asked_of(request: Request) -> list[tuple[str, str]]:
    """The query parameters left over for the operation itself."""
    parameters = parameters_of(request)
    if not parameters:
        return []
    route = request.scope.get("route")
    taken = _taken(route) if isinstance(route, APIRoute) else frozenset[str]()
    return [(name, text) for name, text in parameters if name not in taken]


def parameters_of(request: Request) -> Sequence[tuple[str, str]]:
    """Every query parameter, in order."""
    query: bytes = request.scope["query_string"]
    if not query:
        return ()
    return _parsed(query) if len(query) <= _SHORT else _parsed.__wrapped__(query)


@lru_cache(maxsize=256)
def _parsed(query: bytes) -> Sequence[tuple[str, str]]:
    # As Starlette reads it, and again for the links of a page.
    text = query.decode("latin-1")
    if "%" in text or "+" in text:
        return parse_qsl(text, keep_blank_values=True)
    pairs = [part.partition("=") for part in text.split("&") if part]
    return [(name, value) for name, _, value in pairs]


def _taken(route: APIRoute) -> frozenset[str]:
    """The names that dependencies have declared, remembered by the route: the same for every request."""
    known: dict[str, Any] = vars(route)
    if _TAKEN not in known:
        known[_TAKEN] = frozenset(_declared(route.dependant))  # codespell:ignore dependant
    found: frozenset[str] = known[_TAKEN]
    return found


def _declared(needs: Any) -> Iterator[str]:
    for field in needs.query_params:
        yield field.alias
    if isinstance(needs.call, APIKeyQuery):
        yield needs.call.model.name
    for inner in needs.dependencies:
        yield from _declared(inner)
