"""The trail beside the other ready parts: each write is recorded as what it is."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.audit import audit
from portico.db.fields import IntegerField, StringField
from portico.db.mixins import AuditMixin, OptimisticLockMixin, SoftDeleteMixin, TenantMixin, TimestampMixin
from portico.db.models import Model
from portico.db.scoping import tenant_context, unscoped
from portico.db.session import Database


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Note(AuditMixin, SoftDeleteMixin, TimestampMixin, OptimisticLockMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=20)

    class Meta(Base.Meta):
        """A name that SQL in text of other tests does not have."""

        table = "audited_notes"


class Invoice(Base, TenantMixin, AuditMixin):
    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=20)

    class Meta(Base.Meta):
        """A name that SQL in text of other tests does not have."""

        table = "audited_invoices"


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this file."""
    await db.create_tables(Base.metadata)


async def test_a_row_that_is_marked_as_deleted_was_updated() -> None:
    """It is still there, and the entry says since when it is hidden."""
    note = await Note.create(text="a")
    await note.delete()
    entry = (await note.audit_trail())[-1]
    assert (entry.operation, entry.before["deleted_at"]) == ("update", None)
    assert isinstance(entry.after["deleted_at"], datetime)


async def test_a_row_that_is_marked_as_deleted_can_be_put_back() -> None:
    """By its trail, with a version of its own."""
    note = await Note.create(text="a")
    await note.update(text="b")
    at = (await note.audit_trail())[0].at
    await note.delete()
    await audit.restore(Note, note.id, at=at)
    found = await Note.get(note.id)
    assert (found.text, found.deleted_at) == ("a", None)
    assert (await Note.filter(id=note.id).first()) is not None
    assert found.version > note.version


async def test_entries_belong_to_the_tenant_of_their_row() -> None:
    """Also when an administrator writes rows of several tenants."""
    for tenant in ("a", "b"):
        with tenant_context(tenant):
            await Invoice.create(text=tenant)
    with unscoped():
        await Invoice.all().update(text="all")
    for tenant in ("a", "b"):
        with tenant_context(tenant):
            assert [entry.changes.get("text") for entry in await audit.trail(Invoice)] == [
                (None, tenant),
                (tenant, "all"),
            ]
