"""Schemas are made and dropped by name, whatever the name is, and are missed by name."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, configure_mappers

from portico.db.fields import ForeignKeyField, IntegerField
from portico.db.mixins import SchemaTenantMixin, TenantMixin, TenantSchemas
from portico.db.models import Model
from portico.db.scoping import tenant_context
from portico.db.session import Database, atomic
from portico.errors import ConfigurationError, NoTenantError, UsageError

from .world import OURS, Base, Room

NAUGHTY = ["UPPER", "upper", "a b", 'q"; DROP TABLE x; --', "b`k", "100%", "%s", "select", "ünï", "a:b", "$1"]


@pytest.mark.parametrize("tenant", [*NAUGHTY, 7, "o'r", "\\", "x" * 20, "."])
async def test_a_tenant_may_have_any_name(db: Database, schemas: TenantSchemas, tenant: Any) -> None:
    """It is quoted always, so that it is a name and nothing else."""
    await db.create_tables(Base.metadata)
    await schemas.create(tenant)
    await schemas.create("bystander")
    with tenant_context(tenant):
        await Room.create(name="here")
        assert await Room.filter(name="here").count() == 1
    assert await schemas.tenants() == sorted(["bystander", str(tenant)])
    await schemas.drop(tenant)
    assert await schemas.tenants() == ["bystander"]
    with tenant_context("bystander"):
        assert await Room.count() == 0


@pytest.mark.parametrize("tenant", ["", "x" * 64, "ü" * 30 + "x" * 10, "a\nb", "nul\0", "\ud800"])
async def test_what_is_no_name_is_refused(schemas: TenantSchemas, tenant: str) -> None:
    """PostgreSQL would cut off the end of a long one, and two tenants would share a schema."""
    for refused in (schemas.create, schemas.drop):
        with pytest.raises(UsageError, match=r"too long|character"):
            await refused(tenant)
    with tenant_context(tenant), pytest.raises(UsageError, match=r"too long|character"):
        await Room.count()


async def test_names_that_differ_a_little_are_two_tenants(db: Database, schemas: TenantSchemas) -> None:
    """A database that folded them would show the rows of the one to the other."""
    await db.create_tables(Base.metadata)
    await schemas.create("acme")
    for tenant in ("Acme", "acm\u00e9", "acme\u0301", "acme_", "acme%"):
        try:
            await schemas.create(tenant)
        except UsageError:  # MariaDB cannot, and says so
            assert db.dialect_name == "mysql"
            continue
        with tenant_context(tenant):
            assert await Room.count() == 0
            await Room.create(name="one")


async def test_making_a_schema_again_adds_what_is_missing(db: Database, schemas: TenantSchemas) -> None:
    """A class that came later gets its table; rows that are there stay."""
    await db.create_tables(Base.metadata)
    await schemas.create(OURS)
    with tenant_context(OURS):
        await Room.create(name="old")
        await schemas.create(OURS)
        assert await Room.count() == 1


async def test_a_schema_that_is_not_there_is_missed_by_name(db: Database, schemas: TenantSchemas) -> None:
    """No SQL and no name of a table is in the message; a unit is over then, as after any refusal."""
    await db.create_tables(Base.metadata)
    with tenant_context("nobody"):
        with pytest.raises(NoTenantError, match="has no schema") as caught:
            await Room.count()
        assert "house_rooms" not in str(caught.value)
        with pytest.raises(UsageError):
            async with atomic():
                with pytest.raises(NoTenantError):
                    await Room.create(name="x")
                await Room.count()
    with pytest.raises(NoTenantError):
        await schemas.drop("nobody")


async def test_schemas_are_not_made_inside_a_unit(schemas: TenantSchemas) -> None:
    """MariaDB would commit what was written before."""
    async with atomic():
        with pytest.raises(UsageError, match="outside of units"):
            await schemas.create("x")


async def test_the_tables_of_tenants_are_not_made_with_the_shared_ones(db: Database) -> None:
    """A table that everybody could see is what nobody wants; SQLite has no schemas at all."""
    await db.create_tables(Base.metadata)
    with pytest.raises(ConfigurationError, match=r"TenantSchemas\(db\)\.create"):
        await db.create_tables([Room])
    if db.dialect_name == "sqlite":
        with pytest.raises(ConfigurationError, match="TenantMixin"):
            TenantSchemas(db)
        with pytest.raises(ConfigurationError, match="SQLite has no schemas"):
            await Room.count()


def test_references_stay_among_tables_of_one_kind() -> None:
    """What is there once cannot lead into one of many; a class lies in one place."""

    class Own(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class Placed(SchemaTenantMixin, Own):
        id: Mapped[int] = IntegerField(primary_key=True)

    with pytest.raises(ConfigurationError, match="TenantMixin and SchemaTenantMixin"):

        class Both(SchemaTenantMixin, TenantMixin, Own):  # pyright: ignore[reportUnusedClass] -- refused
            id: Mapped[int] = IntegerField(primary_key=True)

    class Shared(Own):
        id: Mapped[int] = IntegerField(primary_key=True)
        placed_id: Mapped[int] = ForeignKeyField(Placed)

    with pytest.raises(ConfigurationError, match="of which each tenant has one"):
        configure_mappers()
    sa.inspect(Shared).registry.dispose()
