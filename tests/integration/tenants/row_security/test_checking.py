"""What keeps policies from being in force is said before the first request, with its cure."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from portico import Portico
from portico.cli.examination import examine
from portico.db.mixins import (
    check_row_security,
    enable_row_security,
    row_security_faults,
    row_security_statements,
)
from portico.db.session import Database
from portico.errors import ConfigurationError
from tests.integration.tenants.world import Firm, Label, Paper, Person, World

MODELS = [Person, Paper, Label]


async def _faults(database: Database) -> str:
    return " ".join(await row_security_faults(database, [Person]))


async def test_a_wall_that_stands_has_no_faults(walled: World) -> None:
    """For the role of the application, that owns nothing."""
    await check_row_security(walled.db, MODELS)


async def test_a_superuser_sees_everything(walled: World, owner: Database) -> None:
    """No policy counts for it, and nothing that it reads would say so."""
    with pytest.raises(ConfigurationError, match="is a superuser, for whom no policy counts"):
        await check_row_security(owner, MODELS)


async def test_a_role_that_bypasses_policies_is_told(walled: World, owner: Database, role: str) -> None:
    """As a superuser is, though it is none."""
    await owner.execute_raw(f"ALTER ROLE {role} BYPASSRLS")
    assert "has BYPASSRLS" in await _faults(walled.db)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("ALTER TABLE firm_persons DISABLE ROW LEVEL SECURITY", "has no row-level security"),
        ("ALTER TABLE firm_persons NO FORCE ROW LEVEL SECURITY", "does not force it on the owner"),
        ("DROP POLICY portico_tenant ON firm_persons", "has no policy portico_tenant"),
        ("ALTER POLICY portico_tenant ON firm_persons USING (true)", "is not the one that Portico makes"),
        ("ALTER POLICY portico_tenant ON firm_persons TO postgres", "is not the one that Portico makes"),
        ("ALTER TABLE firm_persons RENAME TO firm_people", "is missing"),
    ],
)
async def test_a_wall_with_a_hole_is_told(walled: World, owner: Database, statement: str, words: str) -> None:
    """And it is closed by the same call that built it, unless the table is gone."""
    await owner.execute_raw(statement)
    assert words in await _faults(walled.db)
    if "RENAME" not in statement:
        await enable_row_security(owner, [Person])
        assert await _faults(walled.db) == ""


async def test_another_policy_opens_nothing(walled: World, owner: Database) -> None:
    """Policies that permit are joined by OR; ours restricts what all others permit."""
    await owner.execute_raw("CREATE POLICY open ON firm_papers USING (true)")
    await check_row_security(walled.db, MODELS)
    async with walled.db.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        assert await raw.fetchval("SELECT count(*) FROM firm_papers") == 0


async def test_a_database_that_says_no_tenant_is_told(walled: World, url: str) -> None:
    """Its queries would find nothing."""
    async with Database(url, name="silent") as silent:
        assert "row_security=True" in " ".join(await row_security_faults(silent, MODELS))


async def test_an_application_does_not_start_without_its_wall(plain: Database, owner: Database) -> None:
    """The tables are there, the policies are not; the doctor says the same."""
    api = Portico(plain, idempotency=False)
    api.expose(Person, policy="public")
    app = FastAPI()
    api.mount(app)
    with pytest.raises(ConfigurationError, match="firm_persons has no row-level security"):
        async with app.router.lifespan_context(app):
            pass
    found = [one.text for one in [each async for each in examine(api)] if one.kind == "error"]
    assert any("firm_persons has no row-level security" in text for text in found)


async def test_a_database_without_policies_refuses_them(db: Database) -> None:
    """By name, before the first statement."""
    if db.dialect_name == "postgresql":
        with pytest.raises(ConfigurationError, match="replicas"):
            Database(db.url, replicas=[db.url], row_security=True)
        with pytest.raises(ConfigurationError, match="no rows of tenants"):
            row_security_statements(Firm)
        return
    with pytest.raises(ConfigurationError, match="Only PostgreSQL"):
        Database(db.url, row_security=True)
    with pytest.raises(ConfigurationError, match="Only PostgreSQL"):
        await enable_row_security(db, MODELS)
