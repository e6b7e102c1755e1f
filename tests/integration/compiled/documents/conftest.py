"""The library behind two doors: one with compiled statements, one without."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from portico.db.session import Database

from .doors import Doors, opened
from .library import METADATA, PEOPLE, furnish, library


@pytest.fixture
async def shelves(db: Database) -> Database:
    """The database with the library in it."""
    await db.create_tables(METADATA)
    await furnish(db)
    return db


@pytest.fixture
async def doors(shelves: Database) -> AsyncGenerator[Doors]:
    """Both doors to the library."""
    async with opened(shelves, library, PEOPLE) as found:
        yield found
