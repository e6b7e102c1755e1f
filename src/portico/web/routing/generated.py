"""Routes that were generated: they answer with and without a trailing slash, and yield to a user's own.

    router.add_api_route("/posts", list_posts, route_class_override=GeneratedRoute)
    router.routes.append(PathMethods([list_route, create_route]))

A user's own route of the same path and method wins, whether it was declared before or after. One that is
declared after and only *could* mean the same (``/{anything}``, a catch-all mount) does not: it has a
parameter where the generated path has a name.

An API of hundreds of tables has thousands of routes, of which a process may serve a few: what FastAPI works
out for a route (dependencies, the reading of bodies) is worked out when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, ClassVar, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from fastapi.utils import create_model_field
from starlette.routing import BaseRoute, Match, compile_path
from starlette.types import Scope

from portico.web.bodies import read_json
from portico.web.problems import Speech

from .description import Description
from .manners import ParsedRequest, has_body, politely
from .own import Neighbours, OwnRoutes
from .plain import extras_of, replies_of

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_NEEDED_FIRST: Final = (
    "operation_id", "summary", "tags", "deprecated", "status_code", "response_class", "callbacks",
    "dependency_overrides_provider", "strict_content_type", "generate_unique_id_function", "max_body_size",
)  # fmt: skip
_BUILT: Final = frozenset(
    {
        "app", "dependant",  # codespell:ignore dependant
        "body_field", "_embed_body_fields", "unique_id", "description", "response_model",
        "response_field", "stream_item_field", "stream_item_type", "is_sse_stream", "is_json_stream",
        "response_model_include", "response_model_exclude", "response_model_by_alias",
        "response_model_exclude_unset", "response_model_exclude_defaults", "response_model_exclude_none",
        "response_description", "form_limits",
    }
)  # fmt: skip


class GeneratedRoute(APIRoute):
    """An API route made by Portico: strict bodies, problem documents, and good manners."""

    is_generated: ClassVar = True
    among: Neighbours | None = None
    """The other routes of its router, which may stand in front of this one."""
    speak_of_problems: Speech | None = None
    """How its client is told of problems; None for problem documents."""
    described: Description | None = None
    """What the document says of it; None leaves that to FastAPI."""
    seconds: float | None = None
    """How long an answer may take."""
    dispatched = True
    """Whether requests may reach it without FastAPI's router."""
    _documented = True
    _fields: dict[int | str, Any] | None = None

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._options = options
        self.path, self.endpoint = path, endpoint
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self._literal = path.partition("{")[0].rstrip("/")
        self.methods = {method.upper() for method in options.get("methods") or ["GET"]}
        self.name = str(options.get("name") or getattr(endpoint, "__name__", type(endpoint).__name__))
        self.dependencies = list(options.get("dependencies") or [])
        self._documented = options.get("include_in_schema", True)
        self._own_replies: dict[int | str, dict[str, Any]] = options.get("responses") or {}
        self._own_extra: dict[str, Any] | None = options.get("openapi_extra")
        for name in _NEEDED_FIRST:
            if name in options:
                setattr(self, name, options[name])

    def __getattr__(self, name: str) -> Any:
        """What FastAPI works out, the first time that somebody asks."""
        if name not in _BUILT:
            raise AttributeError(name)
        super().__init__(self.path, self.endpoint, **self._options)
        return self.__dict__[name]

    @property
    def include_in_schema(self) -> bool:
        """Whether OpenAPI shows it: not where a user's own route answers instead."""
        return self._documented and not (self.among and self.among.replace(self))

    @include_in_schema.setter
    def include_in_schema(self, value: bool) -> None:  # pyright: ignore[reportIncompatibleVariableOverride] -- routes added later change it
        self._documented = value

    @property
    def responses(self) -> dict[int | str, dict[str, Any]]:
        """The documented replies, for whoever makes a document without `add_document`."""
        return replies_of(self.described) if self.described else self._own_replies

    @responses.setter
    def responses(self, value: Any) -> None:  # pyright: ignore[reportIncompatibleVariableOverride] -- made when asked for
        pass

    @property
    def response_fields(self) -> dict[int | str, Any]:
        """The types of those replies."""
        if self._fields is None:
            self._fields = {
                status: create_model_field(
                    name=f"Response_{status}_{self.name}", type_=reply["model"], mode="serialization"
                )
                for status, reply in self.responses.items()
                if reply.get("model")
            }
        return self._fields

    @response_fields.setter
    def response_fields(self, value: Any) -> None:  # pyright: ignore[reportIncompatibleVariableOverride] -- made when asked for
        pass

    @property
    def openapi_extra(self) -> dict[str, Any] | None:
        """The documented parameters."""
        return extras_of(self.described) if self.described else self._own_extra

    @openapi_extra.setter
    def openapi_extra(self, value: Any) -> None:  # pyright: ignore[reportIncompatibleVariableOverride] -- made when asked for
        pass

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match both slash forms, unless a route of the user's own answers the same request."""
        if scope["type"] != "http" or self._literal not in scope["path"]:
            return Match.NONE, {}
        match, child = super().matches(without_slash(scope))
        if match is Match.FULL and OwnRoutes.of(scope).answer(self.path_format, scope):
            return Match.NONE, {}
        return match, child

    def get_route_handler(self) -> Handler:
        """The handler of FastAPI with our reading of bodies before it and our errors after it."""
        handle = super().get_route_handler()
        field = self.body_field
        reads_body, needs_body = field is not None, field is not None and field.field_info.is_required()

        async def answered(request: Request) -> Response:
            if needs_body or (reads_body and has_body(request)):
                value = await read_json(request)
                request = ParsedRequest(request.scope, request.receive, value)
            return await handle(request)

        async def answer(request: Request) -> Response:
            return await politely(request, answered(request), self.seconds)

        return answer


def leave_to_router(routes: Iterable[BaseRoute]) -> None:
    """Let every request to generated routes pass FastAPI's router."""
    for route in routes:
        if isinstance(route, GeneratedRoute):
            route.dispatched = False


def without_slash(scope: Scope) -> Scope:
    """A request as generated routes see it: slashes at the end of its path mean nothing."""
    path = scope["path"]
    if not path.endswith("/") or path in ("/", scope.get("root_path", "").rstrip("/") + "/"):
        return scope
    return {**scope, "path": path.rstrip("/") or "/"}
