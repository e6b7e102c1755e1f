"""The tables of this folder."""

from __future__ import annotations

import pytest

from portico.db.session import Database

from .models import METADATA


@pytest.fixture
async def stage(db: Database) -> Database:
    """The database with the tables."""
    await db.create_tables(METADATA)
    return db
