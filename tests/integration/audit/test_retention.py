"""Old entries can be forgotten, and what is left can still be checked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portico.db.audit import audit
from portico.db.scoping import tenant_context
from portico.db.session import Database
from portico.errors import UsageError
from tests.integration.audit.models import Base, Book, Tag
from tests.integration.audit.tampering import without_triggers


@pytest.fixture
async def moment(library: Database) -> datetime:
    """Between three old entries of tags with one of books, and two young ones."""
    for number in (1, 2, 3):
        await Tag.create(id=number, name="old")
    await Book.create(id=1, title="old")
    moment = (await audit.trail())[-1].at + timedelta(microseconds=1)
    while datetime.now(UTC) < moment:
        pass
    await Tag.filter(id__lt=3).update(name="young")
    return moment


async def test_what_is_older_is_forgotten(library: Database, moment: datetime) -> None:
    """Everywhere, and the chain begins after it."""
    assert await audit.forget(before=moment) == 4
    assert [entry.operation for entry in await audit.trail()] == ["update", "update"]
    assert (await audit.verify()).intact
    assert await audit.forget(before=moment) == 0


async def test_each_model_can_be_kept_for_another_time(library: Database, moment: datetime) -> None:
    """The chain of each table is its own."""
    assert await audit.forget(before=moment, model=Tag) == 3
    assert [entry.model for entry in await audit.trail()] == ["Book", "Tag", "Tag"]
    assert (await audit.verify()).intact


async def test_writing_and_forgetting_go_on(library: Database, moment: datetime) -> None:
    """Also when everything was forgotten."""
    await audit.forget(before=datetime.now(UTC) + timedelta(days=1))
    assert await audit.trail() == []
    await Tag.create(id=9, name="new")
    await audit.seal()
    await audit.forget(before=datetime.now(UTC) + timedelta(days=1), model=Tag)
    assert (await audit.verify()).intact


async def test_what_was_taken_away_is_not_taken_for_forgotten(library: Database, moment: datetime) -> None:
    """The trail knows up to where it was cut."""
    await audit.forget(before=moment, model=Tag)
    await without_triggers(library)
    for table in ("portico_audit", "portico_audit_batches"):
        condition = (
            "unit = (SELECT unit FROM (SELECT unit FROM portico_audit_batches WHERE position = 4) AS b)"
        )
        await library.execute_raw(f"DELETE FROM {table} WHERE {condition}")
        if table == "portico_audit":
            continue
    found = await audit.verify()
    assert {problem.kind for problem in found.problems} == {"deleted"}


async def test_retention_is_the_only_way_that_the_triggers_leave(library: Database, moment: datetime) -> None:
    """And it closes behind itself."""
    await audit.forget(before=moment)
    states = await library.fetch_all("SELECT DISTINCT forgetting AS f FROM portico_audit_heads")
    assert states == [{"f": 0}]


async def test_a_tenant_does_not_forget_for_all(library: Database) -> None:
    """The chain is everybody's."""
    with tenant_context("acme"), pytest.raises(UsageError, match="unscoped"):
        await audit.forget(before=datetime.now(UTC))
    with pytest.raises(UsageError, match="time zone"):
        await audit.forget(before=datetime.now())  # noqa: DTZ005 -- what is refused


async def test_dropping_the_tables_is_not_refused(library: Database) -> None:
    """Triggers keep rows, not tables: an application can be taken down."""
    await library.drop_tables(Base.metadata)
    assert await audit.trail() == []
