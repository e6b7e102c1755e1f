"""Start and stop together with the user's own lifespan, which keeps working as it was.

    join_lifespan(app, open_database)

Ours is the outer one: the database is there before the user's start-up code runs and until its shutdown
code has ended.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI


def join_lifespan(app: FastAPI, ours: Callable[[], AbstractAsyncContextManager[None]]) -> None:
    """Put a context around the lifespan of an application."""
    theirs = app.router.lifespan_context

    @asynccontextmanager
    async def joined(running: Any) -> AsyncGenerator[Any]:
        async with ours(), theirs(running) as state:
            yield state

    app.router.lifespan_context = joined
