"""A database that has compiled statements, however the run itself sends them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portico.db.session import Database

from .classes import METADATA


@pytest.fixture
async def tables(url: str) -> AsyncIterator[Database]:
    """The empty tables, in the database that calls mean."""
    async with Database(url, name="laned", compiled="private") as database:
        with database.use():
            await database.create_tables(METADATA)
            yield database
