"""The two pages that belong to no resource: ``/`` says what is there, ``/health`` whether it works.

add_front(app.router, door, title="Blog")
"""

from __future__ import annotations

import json
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel

from portico.access import OPERATIONS, Operation
from portico.db.session import Database
from portico.errors import PorticoError
from portico.resources import Resource
from portico.web import GeneratedRoute, Neighbours, PathMethods

from .door import Door


class Health(BaseModel):
    """Whether the application can do its work."""

    status: Literal["healthy", "unhealthy"]


class Entrance(BaseModel):
    """One resource and what may be done with it."""

    name: str
    path: str
    operations: list[Operation]


class Front(BaseModel):
    """What there is."""

    title: str
    resources: list[Entrance]
    docs: str | None
    openapi: str | None


def add_front(router: APIRouter, door: Door, *, title: str) -> None:
    """Add both pages; a user's own of the same path win."""
    pages: list[tuple[str, Any, dict[str, Any]]] = [
        ("/", _front_of(door, title), {"summary": "What is here", "response_model": Front}),
        (
            "/health",
            _health_of(door.database),
            {
                "summary": "Whether it works",
                "response_model": Health,
                "responses": {503: {"model": Health, "description": "The database does not answer."}},
            },
        ),
    ]
    for path, endpoint, options in pages:
        name = "getHealth" if path == "/health" else "getFront"
        router.add_api_route(
            path,
            endpoint,
            operation_id=name,
            name=name,
            tags=["portico"],
            route_class_override=GeneratedRoute,
            **options,
        )
        made = router.routes[-1]
        if isinstance(made, GeneratedRoute):
            made.among = Neighbours(router)
            router.routes.append(PathMethods([made]))


def _front_of(door: Door, title: str) -> Any:
    async def front(request: Request) -> Response:
        root, app = request.scope.get("root_path", "").rstrip("/"), request.app
        docs, openapi = _documents(app)
        content = Front(
            title=title,
            resources=[_entrance(root + door.prefix, resource) for resource in door.resources],
            docs=docs and root + docs,
            openapi=openapi and root + openapi,
        )
        return Response(content.model_dump_json(), media_type="application/json")

    return front


def _entrance(base: str, resource: Resource) -> Entrance:
    offered: list[Operation] = [one for one in OPERATIONS if one in resource.operations]
    return Entrance(name=resource.name, path=f"{base}/{resource.name}", operations=offered)


def _documents(app: Any) -> tuple[str | None, str | None]:
    return (app.docs_url, app.openapi_url) if isinstance(app, FastAPI) and app.openapi_url else (None, None)


def _health_of(database: Database) -> Any:
    async def health() -> Response:
        try:
            await database.ping()
        except (PorticoError, OSError):
            return Response(
                json.dumps({"status": "unhealthy"}), status_code=503, media_type="application/json"
            )
        return Response(json.dumps({"status": "healthy"}), media_type="application/json")

    return health
