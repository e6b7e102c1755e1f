"""The trail answers who did what when, and what a row was at a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portico.db.audit import audit
from portico.db.scoping import acting, tenant_context, unscoped
from portico.db.session import Database
from portico.errors import UsageError
from tests.integration.audit.models import Account, Book, Plain, Tag

HOUR = timedelta(hours=1)


@pytest.fixture
async def moments(library: Database) -> list[datetime]:
    """A book that is made, changed twice, deleted, made again; the moment of each."""
    book = await Book.create(id=1, title="one", pages=1)
    await book.update(title="two")
    await book.update(title="three", notes={"a": 1})
    await book.delete()
    await Book.create(id=1, title="four")
    return [entry.at for entry in await audit.trail(Book, 1)]


async def test_entries_are_found_by_actor_request_unit_and_time(library: Database) -> None:
    """Each narrows what was asked before."""
    with acting("ann", request_id="r" * 300):
        await Tag.create(id=1, name="a")
    with acting(1):
        await Tag.create(id=2, name="b")
    first, second = await audit.trail()
    assert await audit.trail().by("ann").of_request("r" * 300) == [first]
    assert await audit.trail(Tag).by(1) == await audit.trail().of_unit(second.unit) == [second]
    assert await audit.trail().by("1") == []
    assert await audit.trail().since(first.at).until(second.at) == [first]
    assert await audit.trail().since(second.at + HOUR).count() == 0


async def test_pages_follow_on_each_other(library: Database) -> None:
    """In either order, whatever is written meanwhile."""
    await Tag.bulk_create([Tag(id=number, name="a") for number in range(5)])
    everything = audit.trail(Tag).newest_first()
    page = await everything.limit(2)
    rest = await everything.after(page[-1])
    assert [entry.key for entry in (*page, *rest)] == ["4", "3", "2", "1", "0"]
    assert [entry.key for entry in await audit.trail(Tag).after(page[-1].id)] == ["4"]
    with pytest.raises(UsageError):
        audit.trail(Tag).limit(0)


async def test_an_object_knows_its_trail(library: Database) -> None:
    """By its key, whatever its attributes say now."""
    tag = await Tag.create(id=1, name="a")
    assert [entry.operation for entry in await tag.audit_trail()] == ["create"]


async def test_a_tenant_reads_only_its_own_entries(library: Database) -> None:
    """Nothing of others, not even how much there is; all of it for an administrator."""
    await Tag.create(id=1, name="nobody's")
    for number, tenant in enumerate(("a", "b"), start=2):
        with tenant_context(tenant):
            await Tag.create(id=number, name=tenant)
    with tenant_context("a"):
        assert [entry.key for entry in await audit.trail(Tag)] == ["2"]
        assert await audit.trail(Tag, 3).count() == 0
    assert [entry.key for entry in await audit.trail()] == ["1"]
    with unscoped():
        assert [entry.tenant for entry in await audit.trail(Tag)] == [None, "a", "b"]


async def test_a_row_is_shown_as_it_was(moments: list[datetime]) -> None:
    """Before it was there, after each change, while it was gone, and when it was there again."""
    just_before = moments[0] - timedelta(microseconds=1)
    found = [await audit.restore_point(Book, 1, at=moment) for moment in (just_before, *moments)]
    titles: list[Any] = [row and (row["title"], row["pages"], row["notes"]) for row in found]
    there: list[Any] = [("one", 1, {}), ("two", 1, {}), ("three", 1, {"a": 1})]
    assert titles == [None, *there, None, ("four", 0, {})]


async def test_two_moments_can_be_compared(moments: list[datetime]) -> None:
    """Only what differs."""
    found = await audit.difference(Book, 1, moments[0], moments[2])
    assert found == {"title": ("one", "three"), "notes": ({}, {"a": 1})}


async def test_what_the_trail_does_not_know_is_read_from_the_row(moments: list[datetime]) -> None:
    """After old entries were forgotten, and of rows that are older than the trail."""
    await Book.filter(id=1).update(title="five")
    await audit.forget(before=datetime.now(UTC) + HOUR)
    changed = datetime.now(UTC)
    await Book.filter(id=1).update(title="six")
    found = await audit.restore_point(Book, 1, at=changed)
    assert found == {"id": 1, "title": "five", "pages": 0, "notes": {}, "author_id": None}


async def test_a_row_is_put_back(moments: list[datetime]) -> None:
    """Which is a change like any other, and recorded."""
    await audit.restore(Book, 1, at=moments[2])
    assert (await Book.get(1)).notes == {"a": 1}
    await Book.filter(id=1).delete()
    made = await audit.restore(Book, 1, at=moments[1])
    assert (made.title, (await Book.get(1)).title) == ("two", "two")
    assert [entry.operation for entry in await audit.trail(Book, 1)][5:] == ["update", "delete", "create"]
    with pytest.raises(UsageError, match="no such Book"):
        await audit.restore(Book, 1, at=moments[0] - HOUR)


async def test_json_is_put_back_that_python_takes_for_the_same(library: Database) -> None:
    """``1 == True`` in Python; the row had the one and has the other."""
    book = await Book.create(id=2, title="one", notes={"a": 1})
    await Book.filter(id=2).update(notes={"a": True})
    made, changed = await book.audit_trail()
    assert await audit.difference(Book, 2, made.at, changed.at) == {"notes": ({"a": 1}, {"a": True})}
    await audit.restore(Book, 2, at=made.at)
    assert repr((await Book.get(2)).notes) == "{'a': 1}"


async def test_masked_values_are_not_put_back(library: Database) -> None:
    """Nobody knows them; whoever makes the row again has to give them."""
    await Account.create(id=1, password="pass-word-1", token="t", insurance="i", name="n")
    at = (await audit.trail(Account))[0].at
    assert await audit.restore_point(Account, 1, at=at) == {"id": 1, "name": "n"}
    await Account.filter(id=1).update(token="u", name="m")
    restored = await audit.restore(Account, 1, at=at)
    assert (restored.name, restored.token) == ("n", "u")
    await Account.filter(id=1).delete()
    given = {"password": "pass-word-2", "token": "v"}
    assert (await audit.restore(Account, 1, at=at, given=given)).token == "v"


async def test_only_audited_models_have_a_trail(library: Database) -> None:
    """An empty answer would say that nothing had happened."""
    with pytest.raises(UsageError, match="not audited"):
        audit.trail(Plain)
    with pytest.raises(UsageError, match="not audited"):
        await audit.forget(before=datetime.now(UTC), model=Plain)
