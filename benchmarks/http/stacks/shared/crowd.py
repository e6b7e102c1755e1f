"""Neighbours: other resources of the same application, whose routes come before those that are asked for.

BENCH_MODELS says how many resources there are in all; the products are the last one.
"""

from __future__ import annotations

import os
from typing import Any

OTHERS = int(os.environ.get("BENCH_MODELS", "1")) - 1


def starlette_routes() -> list[Any]:
    """Four routes for each neighbour."""
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def nothing(_: Request) -> Response:
        return Response()

    kinds = [("", "GET"), ("", "POST"), ("/{id:int}", "GET"), ("/{id:int}", "PATCH")]
    return [
        Route(f"/table{number}{rest}", nothing, methods=[method])
        for number in range(OTHERS)
        for rest, method in kinds
    ]


def include_routers(app: Any) -> None:
    """A router with four routes for each neighbour, as larger FastAPI applications have them."""
    from fastapi import APIRouter

    async def many() -> list[int]:
        return []

    async def one(key: int) -> int:
        return key

    for number in range(OTHERS):
        router = APIRouter(prefix=f"/table{number}")
        router.add_api_route("", many, methods=["GET"])
        router.add_api_route("", many, methods=["POST"])
        router.add_api_route("/{key}", one, methods=["GET"])
        router.add_api_route("/{key}", one, methods=["PATCH"])
        app.include_router(router)


def models() -> list[type[Any]]:
    """Models of Portico, of ten columns each."""
    from benchmarks.openapi import made_models

    return made_models(OTHERS, 10) if OTHERS else []
