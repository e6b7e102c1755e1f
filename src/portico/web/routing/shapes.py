"""What paths have in common: whether one request could mean two routes.

    may_meet(shape_of("/posts/{id}"), shape_of("/posts/mine"))      # True
    may_meet(shape_of("/posts/{id}"), shape_of("/users/{id}"))      # False

The answer errs on the side of True: who needs to know exactly asks the routes themselves, one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.convertors import FloatConvertor, IntegerConvertor, StringConvertor, UUIDConvertor
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

ANY: Final = "{}"
"""A step that is not known before the request: a parameter, or text with one in it."""
REST: Final = "{*}"
"""Any number of steps."""

Shape: TypeAlias = tuple[str, ...]
EVERYWHERE: Final[Shape] = (REST,)
"""Of routes that decide by something else than the path, or in a way of their own."""

_TEXT: Final = StringConvertor()
_ONE_STEP: Final = (StringConvertor, IntegerConvertor, FloatConvertor, UUIDConvertor)
_BY_PATH: Final = frozenset(
    {Route.matches, APIRoute.matches, Mount.matches, WebSocketRoute.matches, APIWebSocketRoute.matches}
)


def shape_of(path_format: str, convertors: Mapping[str, Any] | None = None) -> Shape:
    """The steps of a path; without a trailing slash, which generated routes do not look at."""
    steps: list[str] = []
    for step in path_format.strip("/").split("/"):
        if "{" not in step:
            steps.append(step)
            continue
        names = [part.partition("}")[0] for part in step.split("{")[1:]]
        # A convertor of the user's own may take slashes, as that of paths does.
        if convertors and any(type(convertors.get(name, _TEXT)) not in _ONE_STEP for name in names):
            return (*steps, REST)
        steps.append(ANY)
    return tuple(steps)


def shape_of_route(original: BaseRoute, final: Any) -> Shape:
    """The shape of a route; ``final`` is the same one with the prefixes that it was included under."""
    path_format = getattr(final, "path_format", None)
    if path_format is None or not (
        getattr(original, "is_generated", False) or type(original).matches in _BY_PATH
    ):
        return EVERYWHERE
    return shape_of(path_format, getattr(final, "param_convertors", None))


def may_meet(one: Shape, other: Shape) -> bool:
    """Whether some path may have both shapes."""
    for mine, theirs in zip(one, other, strict=False):
        if REST in (mine, theirs):
            return True
        if mine != theirs and ANY not in (mine, theirs):
            return False
    longer, common = max(one, other, key=len), min(len(one), len(other))
    return len(one) == len(other) or longer[common] == REST
