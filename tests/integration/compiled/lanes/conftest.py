"""A database with a table of notes, whose compiled statements go each of the two ways."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portico.db.engine import Compiled
from portico.db.session import Database

from .notes import create_notes


@pytest.fixture(params=["private", "pooled"])
def way(request: pytest.FixtureRequest) -> Compiled:
    """How compiled statements are sent."""
    way: Compiled = request.param
    return way


@pytest.fixture
async def noted(url: str, way: Compiled) -> AsyncIterator[Database]:
    """A database with a hundred notes."""
    async with Database(url, name="noted", compiled=way) as database:
        await create_notes(database)
        yield database


@pytest.fixture
async def private(url: str) -> AsyncIterator[Database]:
    """The same, with connections of the lane's own."""
    async with Database(url, name="private", compiled="private") as database:
        await create_notes(database)
        yield database
