"""The tables of the models, and those of the trail with them."""

from __future__ import annotations

import pytest

from portico.db.session import Database
from tests.integration.audit.models import Base


@pytest.fixture
async def library(db: Database) -> Database:
    """A database with the tables of the models; nobody asks for those of the trail."""
    await db.create_tables(Base.metadata)
    return db
