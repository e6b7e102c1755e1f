"""The two pages that belong to no resource: ``/`` says what is there, ``/health`` whether it works.

add_front(app.router, door, title="Blog")
"""

from __future__ import annotations

import json
from typing import Any, Literal, TypeGuard

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel
from starlette.routing import BaseRoute

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


class _Pages:
    """Both pages, over all the doors of one application."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.doors: list[Door] = []

    async def front(self, request: Request) -> Response:
        root, app = request.scope.get("root_path", "").rstrip("/"), request.app
        docs, openapi = _documents(app)
        content = Front(
            title=self.title,
            resources=[
                _entrance(root + door.prefix, resource) for door in self.doors for resource in door.resources
            ],
            docs=docs and root + docs,
            openapi=openapi and root + openapi,
        )
        return Response(content.model_dump_json(), media_type="application/json")

    async def health(self) -> Response:
        healthy = all([await _answers(database) for database in {door.database for door in self.doors}])
        return Response(
            json.dumps({"status": "healthy" if healthy else "unhealthy"}),
            status_code=200 if healthy else 503,
            media_type="application/json",
        )


def add_front(router: APIRouter, door: Door, *, title: str) -> None:
    """Add both pages, or the door to those that are there; a user's own of the same path win."""
    owners = (getattr(route.endpoint, "__self__", None) for route in router.routes if _is_made(route))
    present = next((one for one in owners if isinstance(one, _Pages)), None)
    pages = present or _Pages(title)
    pages.doors.append(door)
    if present is None:
        unhealthy = {503: {"model": Health, "description": "The database does not answer."}}
        _add(router, "/", pages.front, "What is here", response_model=Front)
        _add(router, "/health", pages.health, "Whether it works", response_model=Health, responses=unhealthy)


def _is_made(route: BaseRoute) -> TypeGuard[GeneratedRoute]:
    return isinstance(route, GeneratedRoute)


def _add(router: APIRouter, path: str, endpoint: Any, summary: str, **options: Any) -> None:
    name = f"get{endpoint.__name__.title()}"
    router.add_api_route(
        path,
        endpoint,
        operation_id=name,
        name=name,
        summary=summary,
        tags=["portico"],
        route_class_override=GeneratedRoute,
        **options,
    )
    made = router.routes[-1]
    if isinstance(made, GeneratedRoute):
        made.among = Neighbours.on(router)
        router.routes.append(PathMethods([made]))


async def _answers(database: Database) -> bool:
    try:
        await database.ping()
    except (PorticoError, OSError):
        return False
    return True


def _entrance(base: str, resource: Resource) -> Entrance:
    offered: list[Operation] = [one for one in OPERATIONS if one in resource.operations]
    return Entrance(name=resource.name, path=f"{base}/{resource.name}", operations=offered)


def _documents(app: Any) -> tuple[str | None, str | None]:
    return (app.docs_url, app.openapi_url) if isinstance(app, FastAPI) and app.openapi_url else (None, None)
