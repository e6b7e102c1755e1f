"""One variant, named by BENCH_MIXIN, as /products of an API; it is a worker of its own.

GET /settled answers when every receiver that follows a commit has run, so that their CPU is counted.
"""

from __future__ import annotations

import os

from fastapi import FastAPI

from benchmarks.http.stacks.shared import place
from benchmarks.mixins.classes import TENANT, VARIANTS, Variant, connect_outbox
from portico import Database, FieldRules, PoolOptions, Portico
from portico.signals import counts, drain


async def tenant() -> str:
    """The same for everybody; FastAPI would run a function without async in a thread."""
    return TENANT


def application(url: str, variant: Variant) -> FastAPI:
    """The whole API."""
    database = Database(url, name="bench", pool=PoolOptions(size=place.POOL, compiled=place.POOL))
    connect_outbox(database, [variant])
    app = FastAPI()

    @app.get("/settled")
    async def settled() -> int:
        """How many deliveries were dropped; nothing of a write is left to do."""
        await drain(timeout=60)
        return counts().dropped

    # Only a class of tenants pays for asking who the tenant is.
    api = Portico(database, tenant=tenant if variant.owned else None)
    rules = FieldRules(read_only=["id"], write_once=["made_at"])
    api.expose(variant.model, policy="public", rules=rules, name="products")
    api.mount(app)
    return app


app = application(place.sqlalchemy_url(), VARIANTS[os.environ["BENCH_MIXIN"]])
