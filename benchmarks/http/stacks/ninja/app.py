"""django-ninja under ASGI: asynchronous views, Django's asynchronous ORM, psycopg's pool on PostgreSQL."""

# ruff: noqa: ARG001 -- Django hands every view its request, and ninja wants it called so
from __future__ import annotations

import os
from typing import Any

import django
from django.conf import settings

from benchmarks.http.stacks.shared import place


def _database() -> dict[str, Any]:
    if not place.POSTGRESQL:
        pragma = {"init_command": "pragma synchronous=normal"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": place.URL, "OPTIONS": pragma}
    parts = place.parts()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["database"],
        "USER": parts["user"],
        "PASSWORD": parts["password"],
        "HOST": parts["host"],
        "PORT": parts["port"],
        "OPTIONS": {"pool": {"min_size": place.POOL, "max_size": place.POOL}},
    }


os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "false")
settings.configure(
    DEBUG=False,
    SECRET_KEY="bench",  # noqa: S106 -- of nobody
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="benchmarks.http.stacks.ninja.app",
    DATABASES={"default": _database()},
    USE_TZ=True,
    TIME_ZONE="UTC",
    INSTALLED_APPS=[],
    MIDDLEWARE=[],
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402 -- after setup(), as Django wants it
from django.http import Http404, HttpRequest  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import NinjaAPI  # noqa: E402

from benchmarks.http.stacks.ninja.models import Product  # noqa: E402
from benchmarks.http.stacks.shared.schemas import (  # noqa: E402
    PLAIN,
    Plain,
    ProductChange,
    ProductIn,
    ProductOut,
    ProductWithReviews,
)

api = NinjaAPI(openapi_url=None)


@api.get("/plain", response=Plain)
async def plain(request: HttpRequest) -> Any:
    """No database."""
    return PLAIN


@api.get("/products/{int:key}", response=ProductOut)
async def read(request: HttpRequest, key: int) -> Any:
    """One row by its key."""
    found = await Product.objects.filter(id=key, archived=False).afirst()
    if found is None:
        raise Http404
    return found


@api.get("/products", response=list[ProductOut])
async def page(request: HttpRequest, from_id: int, limit: int) -> Any:
    """Rows from an id on."""
    return [
        row async for row in Product.objects.filter(id__gte=from_id, archived=False).order_by("id")[:limit]
    ]


@api.get("/nested", response=list[ProductWithReviews])
async def nested(request: HttpRequest, from_id: int, limit: int) -> Any:
    """Rows from an id on, each with its reviews."""
    rows = Product.objects.filter(id__gte=from_id, archived=False).order_by("id")
    return [
        {**row.__dict__, "reviews": list(row.reviews.all())}
        async for row in rows.prefetch_related("reviews")[:limit]
    ]


@api.get("/search", response=list[ProductOut])
async def found(request: HttpRequest, category: int, min_stock: int) -> Any:
    """Two conditions and an order."""
    rows = Product.objects.filter(category=category, stock__gte=min_stock, archived=False)
    return [row async for row in rows.order_by("-rating", "-id")[:20]]


@api.post("/products", response={201: ProductOut})
async def create(request: HttpRequest, body: ProductIn) -> Any:
    """A new row."""
    return 201, await Product.objects.acreate(**body.model_dump())


@api.patch("/products/{int:key}", response=ProductOut)
async def change(request: HttpRequest, key: int, body: ProductChange) -> Any:
    """Some columns of one row."""
    found = await Product.objects.filter(id=key, archived=False).afirst()
    if found is None:
        raise Http404
    values = body.model_dump(exclude_unset=True)
    for name, value in values.items():
        setattr(found, name, value)
    await found.asave(update_fields=list(values))
    return found


__all__ = ["app", "urlpatterns"]
urlpatterns = [path("", api.urls)]
app = get_asgi_application()
