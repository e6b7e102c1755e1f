"""Two firms on PostgreSQL, asked by a role that owns nothing and may read and write everything."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import sqlalchemy as sa

from portico.db.engine import PoolOptions
from portico.db.mixins import enable_row_security
from portico.db.session import Database
from tests.fixtures.servers import run_on
from tests.integration.tenants.world import Base, World, furnish

PASSWORD = "only-for-tests"


@pytest.fixture
def role(url: str, backend: str) -> Iterator[str]:
    """A role without any privilege but to log in."""
    if backend != "postgresql":
        pytest.skip("only PostgreSQL has row-level security")
    name = f"portico_{uuid.uuid4().hex[:12]}"
    run_on(url, f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    yield name
    run_on(url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@pytest.fixture
async def owner(url: str, role: str) -> AsyncIterator[Database]:
    """The database as its owner uses it, for migrations; the tables are there, the policies are not."""
    async with Database(url, name="owner", row_security=True) as database:
        await database.create_tables(Base.metadata)
        await database.execute_raw(f"GRANT USAGE ON SCHEMA public TO {role}")
        await database.execute_raw(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
        await database.execute_raw(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
        yield database


@pytest.fixture
async def plain(url: str, role: str, owner: Database) -> AsyncIterator[Database]:
    """The database of the application, on one connection, so that everybody follows somebody on it."""
    mine = sa.make_url(url).set(username=role, password=PASSWORD)
    options = PoolOptions(size=1, compiled=1)
    async with Database(mine, name="walled", row_security=True, pool=options) as database:
        with database.use():
            yield database


@pytest.fixture
async def walled(owner: Database, plain: Database) -> World:
    """Both firms, behind both walls."""
    await enable_row_security(owner, [t for t in Base.metadata.tables.values() if "tenant_id" in t.c])
    return await furnish(plain)
