"""A key that is made of references, in a class of tenants: the tenant is in it, and nobody has to say so."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, configure_mappers

from portico.db.fields import ForeignKeyField, IntegerField
from portico.db.mixins import AuditMixin, CompositeKeyMixin, OptimisticLockMixin, TenantMixin, UtilsMixin
from portico.db.models import Model
from portico.db.scoping import tenant_context, unscoped
from portico.db.session import Database
from portico.errors import ConfigurationError, DuplicateError, ForeignKeyError, VersionConflictError


class Base(Model):
    """The models of this file."""

    class Meta:
        """Its own metadata, so that no other test's tables come along."""

        abstract = True
        metadata = sa.MetaData()


class Visit(TenantMixin, Base):
    """One half of the key."""

    id: Mapped[int] = IntegerField(primary_key=True)


class Measure(TenantMixin, Base):
    """The other half."""

    id: Mapped[int] = IntegerField(primary_key=True)


class Taken(CompositeKeyMixin, TenantMixin, AuditMixin, OptimisticLockMixin, UtilsMixin, Base):
    """Known by both."""

    visit_id: Mapped[int] = ForeignKeyField(Visit, primary_key=True, on_delete="cascade")
    measure_id: Mapped[int] = ForeignKeyField(Measure, primary_key=True)
    value: Mapped[int] = IntegerField(default=0)


async def _taken(db: Database, tenant: str = "acme") -> Taken:
    """A row of a tenant, with what it refers to."""
    await db.create_tables(Base.metadata)
    with tenant_context(tenant):
        visit, measure = await Visit.create(), await Measure.create()
        return await Taken.create(visit_id=visit.id, measure_id=measure.id)


def test_the_database_has_the_tenant_in_the_key_and_the_class_has_not() -> None:
    """Behind the others, since SQLAlchemy reads new keys in the order of the table."""
    table: Any = Taken.__table__
    assert table.primary_key.columns.keys() == ["visit_id", "measure_id", "tenant_id"]
    assert [column.name for column in sa.inspect(Taken).primary_key] == ["visit_id", "measure_id"]
    assert "tenant_id" not in Taken.Create.model_fields.keys() | Taken.Read.model_fields.keys()


async def test_a_taken_key_of_another_tenant_is_an_absent_reference(db: Database) -> None:
    """The refusal of one's own names the key; that of theirs is the same whether they have the row or not."""
    taken = await _taken(db)
    with tenant_context("acme"), pytest.raises(DuplicateError) as own:
        await Taken.create(visit_id=taken.visit_id, measure_id=taken.measure_id)
    assert set(own.value.fields) == {"visit_id", "measure_id"}
    with tenant_context("rival"):
        for key in (taken.pk, (taken.visit_id, 4711)):
            with pytest.raises(ForeignKeyError):
                await Taken.create(visit_id=key[0], measure_id=key[1])


async def test_a_row_is_read_and_written_by_its_two_parts(db: Database) -> None:
    """By every call that knows a row by its key, with one tenant and with all of them."""
    taken = await _taken(db)
    key = taken.pk
    with tenant_context("rival"):
        assert await Taken.get_or_none(key) is None
    with tenant_context("acme"):
        found = await Taken.get_by_composite_key(visit_id=key[0], measure_id=key[1])
        await found.update(value=1)
        same, created = await Taken.upsert(
            {"visit_id": key[0], "measure_id": key[1], "value": 2}, on=["visit_id", "measure_id"]
        )
        assert (same.value, created) == (2, False)
        assert await same.increment("value") == 3
        assert await Taken.bulk_update([same], fields=["value"]) == 1
        with pytest.raises(VersionConflictError):
            await taken.update(value=4)
        assert [entry.operation for entry in await same.audit_trail()] == ["create", *["update"] * 4]
    with unscoped():
        assert (await Taken.get(key)).value == 3


async def test_rows_are_made_and_removed_together(db: Database) -> None:
    """In bulk, by a session, and along with what they refer to."""
    taken = await _taken(db)
    with tenant_context("acme"):
        others = [await Measure.create() for _ in range(3)]
        made = await Taken.bulk_create(
            [Taken(visit_id=taken.visit_id, measure_id=one.id) for one in others[:2]]
        )
        async with db.session() as session:
            session.add(Taken(visit_id=taken.visit_id, measure_id=others[2].id))
            await session.commit()
        assert await Taken.count() == 4
        assert await Taken.bulk_delete(made) == 2
        await (await Taken.get((taken.visit_id, others[2].id))).delete()
        visit = await Visit.get(taken.visit_id)
        await visit.delete()
        assert await Taken.count() == 0


def test_a_key_that_leads_to_no_row_of_a_tenant_is_refused() -> None:
    """Several tenants could choose the same."""

    class Own(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class Country(Own):
        id: Mapped[int] = IntegerField(primary_key=True)

    with pytest.raises(ConfigurationError, match="globally_unique"):

        class Chosen(TenantMixin, Own):
            country_id: Mapped[int] = ForeignKeyField(Country, primary_key=True)

        assert Chosen.__table__ is not None


def test_what_would_refer_to_such_a_row_is_refused() -> None:
    """The database has no key of the two parts alone that a reference could lead to."""

    class Own(Model):
        class Meta:
            abstract = True
            metadata = sa.MetaData()

    class Whole(TenantMixin, Own):
        id: Mapped[int] = IntegerField(primary_key=True)

    class Piece(TenantMixin, Own):
        whole_id: Mapped[int] = ForeignKeyField(Whole, primary_key=True)

    with pytest.raises(ConfigurationError, match="a key of their own"):

        class Crumb(TenantMixin, Own):
            id: Mapped[int] = IntegerField(primary_key=True)
            piece_id: Mapped[int] = ForeignKeyField(Piece)

        assert Crumb.__table__ is not None
        configure_mappers()
