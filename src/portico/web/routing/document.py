"""The OpenAPI document of an application with generated routes.

    add_document(app)        # what Portico.mount() does

FastAPI describes the user's own routes; the generated ones are described by what they say of themselves, in
one pass. An application that has an ``openapi`` of its own keeps it: FastAPI's functions find the generated
routes as well, only more slowly and without shared components.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts

from .merging import Merge, described


class Document:
    """What ``app.openapi()`` answers; made anew when routes were added."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._version = 0

    def __call__(self) -> dict[str, Any]:
        """The document."""
        app, contexts = self._app, list(iter_route_contexts(self._app.routes))
        if app.openapi_schema and self._version == len(contexts):
            return app.openapi_schema
        document = _basis(app, [context for context in contexts if not described(context)])
        Merge(document).add(context for context in contexts if described(context) and _shown(context))
        app.openapi_schema, self._version = document, len(contexts)
        return document


def add_document(app: FastAPI) -> None:
    """Let an application's document speak of generated routes, unless it has its own way of making one."""
    if "openapi" not in vars(app) and type(app).openapi is FastAPI.openapi:
        app.openapi = Document(app)  # type: ignore[method-assign] # pyright: ignore[reportAttributeAccessIssue] -- as FastAPI's own guide does


def _shown(context: RouteContext) -> bool:
    return bool(context.include_in_schema and getattr(context.original_route, "include_in_schema", True))


def _basis(app: FastAPI, own: list[RouteContext]) -> dict[str, Any]:
    return get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        summary=app.summary,
        description=app.description,
        terms_of_service=app.terms_of_service,
        contact=app.contact,
        license_info=app.license_info,
        routes=own,
        webhooks=app.webhooks.routes,
        tags=app.openapi_tags,
        servers=app.servers,
        separate_input_output_schemas=app.separate_input_output_schemas,
        external_docs=app.openapi_external_docs,
    )
