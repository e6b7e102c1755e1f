"""Both firms, in the database of a test."""

from __future__ import annotations

import pytest

from portico.db.session import Database

from .world import World, furnish


@pytest.fixture
async def world(db: Database) -> World:
    """Two firms."""
    return await furnish(db)
