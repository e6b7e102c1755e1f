"""Houses in the database of a test, and what is left of them on a server where schemas are databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portico.db.mixins import TenantSchemas
from portico.db.session import Database

from .world import furnish


@pytest.fixture
async def schemas(db: Database) -> AsyncIterator[TenantSchemas]:
    """The schemas of a database that has some; those that a test makes are dropped after it."""
    if db.dialect_name == "sqlite":
        pytest.skip("SQLite has no schemas")
    made = TenantSchemas(db)
    yield made
    for tenant in await made.tenants():
        await made.drop(tenant)


@pytest.fixture
async def houses(db: Database, schemas: TenantSchemas) -> TenantSchemas:
    """Two houses."""
    await furnish(db)
    return schemas
