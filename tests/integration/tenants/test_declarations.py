"""What a class of tenants may be, and what class creation refuses."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, configure_mappers

from portico.db.fields import ForeignKeyField, IntegerField, StringField, UUIDField, composite_unique
from portico.db.mixins import SoftDeleteMixin, TenantMixin, TimestampMixin
from portico.db.models import Model
from portico.db.scoping import get_current_tenant, tenant_context
from portico.db.session import Database
from portico.errors import ConfigurationError, UnknownFieldError, UsageError


def _keys(model: Any) -> set[tuple[str, ...]]:
    table: sa.Table = model.__table__
    found: list[Any] = [one for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    found += [index for index in table.indexes if index.unique]
    return {tuple(column.name for column in one.columns) for one in found}


def test_the_base_order_does_not_matter() -> None:
    """A mixin that is lost when it stands last would be a leak."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class First(TenantMixin, TimestampMixin, Base):
        id: Mapped[int] = IntegerField(primary_key=True)

    class Last(Base, TimestampMixin, TenantMixin):
        id: Mapped[int] = IntegerField(primary_key=True)

    class Through(Base, TenantMixin):
        class Meta(Base.Meta):
            abstract = True

    class Child(Through):
        id: Mapped[int] = IntegerField(primary_key=True)

    for model in (First, Last, Child):
        assert "portico_tenant" in model.__table__.info
        assert "tenant_id" not in model.Create.model_fields.keys() | model.Read.model_fields.keys()


def test_unique_keys_get_the_tenant_in_front() -> None:
    """All of them, however they were declared; partial indexes keep their condition."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class Widened(TenantMixin, Base):
        id: Mapped[int] = IntegerField(primary_key=True)
        number: Mapped[str] = StringField(max_length=20, unique=True)
        code: Mapped[str] = StringField(max_length=20, unique=True, index=True)
        slug: Mapped[str] = StringField(max_length=20, unique=True)

        class Meta(Base.Meta):
            constraints = [composite_unique("number", "code")]
            indexes = [sa.Index("only_some", "slug", "code", unique=True)]
            globally_unique = ["slug"]

    assert _keys(Widened) == {
        ("tenant_id", "id"),
        ("tenant_id", "number"),
        ("tenant_id", "code"),
        ("slug",),
        ("tenant_id", "number", "code"),
        ("tenant_id", "slug", "code"),
    }


def test_deleted_rows_and_tenants_share_their_unique_keys() -> None:
    """In either order, the keys of the rows that are there begin with the tenant."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class First(TenantMixin, SoftDeleteMixin, Base):
        id: Mapped[int] = IntegerField(primary_key=True)
        name: Mapped[str] = StringField(max_length=20, unique=True)

    class Last(Base, SoftDeleteMixin, TenantMixin):
        id: Mapped[int] = IntegerField(primary_key=True)
        name: Mapped[str] = StringField(max_length=20, unique=True)
        first_id: Mapped[int] = ForeignKeyField(First)

    for model in (First, Last):
        assert _keys(model) == {("tenant_id", "id"), ("tenant_id", "name")}


async def test_the_tenant_may_be_a_number_or_a_uuid(db: Database) -> None:
    """Or a reference to the table of tenants, which everybody shares."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class Company(Base):
        id: Mapped[int] = IntegerField(primary_key=True)

    class Numbered(TenantMixin, Base):
        id: Mapped[int] = IntegerField(primary_key=True)
        tenant_id: Mapped[int] = ForeignKeyField(Company)

    class Unmistakable(TenantMixin, Base):
        id: Mapped[int] = IntegerField(primary_key=True)
        tenant_id: Mapped[UUID] = UUIDField()

    await db.create_tables(Base.metadata)
    company = await Company.create()
    for model, tenant in ((Numbered, company.id), (Unmistakable, uuid4())):
        with tenant_context(tenant):
            assert (await model.create()).tenant_id == tenant
            assert await model.count() == 1
    with tenant_context("no number"), pytest.raises(UsageError):
        await Numbered.count()


async def test_the_tenant_may_be_a_part_of_the_key(db: Database) -> None:
    """So a key that clients choose can be had by each of them."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class Country(TenantMixin, Base):
        tenant_id: Mapped[str] = StringField(max_length=64, primary_key=True, default=get_current_tenant)
        code: Mapped[str] = StringField(max_length=2, primary_key=True)

    await db.create_tables(Base.metadata)
    for tenant in ("acme", "rival"):
        with tenant_context(tenant):
            await Country.create(code="FR")
            assert [country.tenant_id for country in await Country.all()] == [tenant]


def test_a_key_that_clients_choose_is_refused() -> None:
    """Its refusal would tell of others; the message names the three ways out."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    with pytest.raises(ConfigurationError, match="globally_unique"):

        class Chosen(TenantMixin, Base):
            code: Mapped[str] = StringField(max_length=2, primary_key=True)

        assert Chosen.__table__ is not None

    class Said(TenantMixin, Base):
        code: Mapped[str] = StringField(max_length=2, primary_key=True)

        class Meta(Base.Meta):
            globally_unique = ["code"]

    assert ("tenant_id", "code") in _keys(Said)


def test_rows_that_all_share_refer_to_none_of_a_tenant() -> None:
    """Everybody could read there that a row exists, and which."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class Private(TenantMixin, Base):
        id: Mapped[int] = IntegerField(primary_key=True)

    class Public(Base):
        id: Mapped[int] = IntegerField(primary_key=True)
        private_id: Mapped[int] = ForeignKeyField(Private)

    with pytest.raises(ConfigurationError, match="TenantMixin"):
        configure_mappers()
    forget: Any = sa.inspect(Public).registry
    forget.dispose()


def test_a_reference_by_another_field_than_the_key_is_refused() -> None:
    """What is unique within a tenant only is no target among all of them."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class Named(TenantMixin, Base):
        id: Mapped[int] = IntegerField(primary_key=True)
        name: Mapped[str] = StringField(max_length=20, unique=True)

    with pytest.raises(ConfigurationError, match="by something else than its key"):

        class Namer(TenantMixin, Base):
            id: Mapped[int] = IntegerField(primary_key=True)
            named: Mapped[str] = ForeignKeyField(Named, to_field="name")

        assert Namer.__table__ is not None


def test_a_second_table_is_refused() -> None:
    """Its rows would have no tenant, and plain SQL would read them all."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class Whole(TenantMixin, Base):
        id: Mapped[int] = IntegerField(primary_key=True)
        kind: Mapped[str] = StringField(max_length=20)
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "whole"}

    with pytest.raises(ConfigurationError, match="table of its own"):

        class Part(Whole):
            id: Mapped[int] = ForeignKeyField(Whole, primary_key=True)
            __mapper_args__ = {"polymorphic_identity": "part"}

            class Meta(Base.Meta):
                table = "parts"

        assert Part.__table__ is not None


def test_a_tenant_that_may_be_missing_is_refused() -> None:
    """A row of nobody would be seen by nobody."""

    class Base(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    with pytest.raises(ConfigurationError, match="null"):

        class Loose(TenantMixin, Base):
            id: Mapped[int] = IntegerField(primary_key=True)
            tenant_id: Mapped[int | None] = IntegerField(nullable=True)

        assert Loose.__table__ is not None

    with pytest.raises(UnknownFieldError):

        class Misspelt(TenantMixin, Base):
            id: Mapped[int] = IntegerField(primary_key=True)

            class Meta(Base.Meta):
                globally_unique = ["slgu"]

        assert Misspelt.__table__ is not None
