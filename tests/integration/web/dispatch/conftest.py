"""The two forms over the database of a test."""

import pytest
from tests.integration.web.dispatch.world import Pair, metadata

from portico.db.session import Database


@pytest.fixture
async def pair(db: Database) -> Pair:
    """An application with the path table and without."""
    await db.create_tables(metadata)
    return Pair(db)
