"""What an endpoint needs before it is called, where that can be had without FastAPI's solver.

    needs_of(route)      # Needs(request="request", principal=Principal(...)), or None

None means that something has to be solved: a dependency of the application, the router or the route, a
parameter, a generator, or a function that runs in a thread.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, fields
from typing import Any, Final, Protocol

from fastapi import Response
from starlette.convertors import StringConvertor

from portico.web.routing import GeneratedRoute

_HARMLESS: Final = frozenset(
    {"name", "call", "path", "use_cache", "request_param_name", "http_connection_param_name"}
)
_OF_ENDPOINTS: Final = frozenset({*_HARMLESS, "body_params", "dependencies", "scope"})


class Body(Protocol):
    """What reads a body: a field of FastAPI."""

    name: str

    def validate(self, value: Any, values: dict[str, Any], *, loc: tuple[str, ...]) -> tuple[Any, Any]:
        """The value, or what is wrong with it."""
        ...


@dataclass(frozen=True, slots=True)
class Dependency:
    """A coroutine function that takes the request or nothing, and the parameter that it fills."""

    name: str
    call: Callable[..., Awaitable[Any]]
    takes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """What an endpoint is called with."""

    answer: Callable[..., Coroutine[Any, Any, Response]]
    """The function to call: the endpoint's own, where that only says what another function takes."""
    takes: tuple[str, ...]
    """The parameters that take the request."""
    dependencies: tuple[Dependency, ...]
    body: Body | None
    body_optional: bool


def needs_of(route: GeneratedRoute) -> Needs | None:
    """What the endpoint of a route needs, or None where FastAPI has to see to it."""
    if not _is_plain(route):
        return None
    solved = route.dependant  # codespell:ignore dependant
    dependencies = [_simple(one) for one in solved.dependencies]
    bodies = solved.body_params
    known = [one for one in dependencies if one is not None]
    if len(known) < len(dependencies) or len(bodies) > 1 or _set(solved) - _OF_ENDPOINTS:
        return None
    body = bodies[0] if bodies else None
    if body is not route.body_field or vars(route)["_embed_body_fields"]:
        return None
    optional = body is not None and not body.field_info.is_required()
    answer = getattr(route.endpoint, "answer", route.endpoint)
    return Needs(answer, _takes(solved), tuple(known), body, optional)


def _is_plain(route: GeneratedRoute) -> bool:
    """Whether nothing is said of a route that only FastAPI could do."""
    answers = inspect.signature(route.endpoint, eval_str=True).return_annotation
    return (
        type(route) is GeneratedRoute
        and route.dispatched
        and getattr(route, "max_body_size", None) is None
        and all(type(one) is StringConvertor for one in route.param_convertors.values())
        and _is_awaited(route.endpoint)
        and isinstance(answers, type)
        and issubclass(answers, Response)
    )


def _simple(solved: Any) -> Dependency | None:
    if _set(solved) - _HARMLESS or solved.name is None or not _is_awaited(solved.call):
        return None
    return Dependency(solved.name, solved.call, _takes(solved))


def _set(solved: Any) -> frozenset[str]:
    """What FastAPI found in a signature; fields that a later version adds are nothing to wave through."""
    return frozenset(one.name for one in fields(solved) if getattr(solved, one.name))


def _takes(solved: Any) -> tuple[str, ...]:
    found = solved.request_param_name, solved.http_connection_param_name
    return tuple(name for name in found if name)


def _is_awaited(call: Any) -> bool:
    """Whether FastAPI would await a call: it runs others in threads, and generators within exit stacks."""
    inner = inspect.unwrap(call)
    looked_at = [one for part in (call, inner) for one in (part, getattr(part, "__call__", None))]  # noqa: B004 -- the function is wanted
    if any(inspect.isgeneratorfunction(one) or inspect.isasyncgenfunction(one) for one in looked_at):
        return False
    if inspect.isclass(call) or inspect.isclass(inner):
        return False
    return inspect.iscoroutinefunction(call if inspect.isroutine(call) else getattr(call, "__call__", None))  # noqa: B004 -- as above
