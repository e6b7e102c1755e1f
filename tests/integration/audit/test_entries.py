"""Every write of an audited row has its entry, in the same transaction."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from portico.db.audit import MASKED, audit
from portico.db.scoping import acting
from portico.db.session import Database, atomic
from portico.errors import ConfigurationError, DuplicateError
from tests.integration.audit.models import Account, Author, Book, Tag, Vote, entries


async def test_a_row_is_made_changed_and_deleted(library: Database) -> None:
    """All of a new row, what changed of a changed one, all of one that is gone."""
    book = await Book.create(id=1, title="Emma", notes={"a": [1]})
    await book.update(title="Emma!", pages=3)
    await book.delete()
    made, changed, gone = await audit.trail(Book, 1)
    whole = {"id": 1, "title": "Emma", "pages": 0, "notes": {"a": [1]}, "author_id": None}
    assert (made.operation, dict(made.before), dict(made.after)) == ("create", {}, whole)
    assert changed.changes == {"title": ("Emma", "Emma!"), "pages": (0, 3)}
    assert (gone.operation, dict(gone.after)) == ("delete", {})
    assert dict(gone.before) == whole | {"title": "Emma!", "pages": 3}


async def test_an_entry_says_who_for_which_request_and_together_with_what(library: Database) -> None:
    """Tasks that are started inside act for the same."""
    with acting(UUID(int=7), request_id="r1"):
        async with atomic():
            await Tag.create(id=1, name="a")
            await Book.create(id=1, title="Emma")
        await asyncio.create_task(Tag.filter(id=1).update(name="b"))
    first, second, third = await audit.trail()
    assert {entry.actor for entry in (first, second, third)} == {UUID(int=7)}
    assert third.request_id == "r1"
    assert first.unit == second.unit != third.unit


async def test_writes_of_many_rows_have_an_entry_for_each(library: Database) -> None:
    """In bulk, by a query, by upsert, by cascade."""
    await Author.create(id=1, name="Jane")
    await Book.bulk_create([Book(id=n, title=f"t{n}", author_id=1) for n in range(3)])
    await Book.filter(id__lt=2).update(pages=9)
    await Author.filter(id=1).delete()
    found = [(entry.model, entry.key, entry.operation) for entry in await audit.trail()]
    assert sorted(found[:6]) == sorted(
        [("Author", "1", "create")]
        + [("Book", str(n), "create") for n in range(3)]
        + [("Book", str(n), "update") for n in range(2)]
    )
    assert sorted(found[6:]) == [("Author", "1", "delete"), *(("Book", str(n), "delete") for n in range(3))]


async def test_links_are_changes_of_their_owner(library: Database) -> None:
    """The keys that it lost and those that it won."""
    book = await Book.create(id=1, title="Emma")
    tags = [await Tag.create(id=n, name=str(n)) for n in (1, 2)]
    await book.tags.add(*tags)
    await book.tags.remove(tags[0])
    *_, won, lost = await audit.trail(Book, 1)
    assert won.changes == {"tags": (frozenset(), frozenset({(1,), (2,)}))}
    assert lost.changes == {"tags": (frozenset({(1,)}), frozenset())}


async def test_a_key_that_changes_is_found_under_both(library: Database) -> None:
    """The row has one history, whoever asks for which key."""
    await Vote.create(voter="a,b", post=1)
    await Vote.filter(voter="a,b").update(voter="c/d")
    old, new = await audit.trail(Vote, ("a,b", 1)), await audit.trail(Vote, ("c/d", 1))
    assert [entry.key for entry in old] == ["a~2b,1", "c~1d,1"]
    assert [(entry.key_before, entry.key) for entry in new] == [("a~2b,1", "c~1d,1")]


async def test_nothing_is_recorded_of_a_write_that_changes_nothing(library: Database) -> None:
    """An entry means that the row is another one now."""
    await Tag.create(id=1, name="a")
    await Tag.filter(id=1).update(name="a")
    assert [entry.operation for entry in await audit.trail(Tag)] == ["create"]


async def test_secrets_are_recorded_without_their_values(library: Database) -> None:
    """That they were set is known, to what is nowhere in the tables, not even hashed."""
    account = await Account.create(
        id=1, password="pass-word-1", token="tok-en-1", insurance="ins-1", name="n"
    )
    await account.update(password="pass-word-2", token="tok-en-2", insurance="ins-2", seen=5)
    _, changed = await audit.trail(Account, 1)
    assert changed.changes == dict.fromkeys(("password", "token", "insurance"), (MASKED, MASKED))
    stored = repr(await entries(library))
    assert not [one for one in ("pass-word", "tok-en", "ins-", "argon2", "seen") if one in stored]


async def test_a_rollback_takes_the_entries_with_it(library: Database) -> None:
    """Both or neither, also for savepoints."""
    async with atomic():
        await Tag.create(id=1, name="a")
        with pytest.raises(LookupError):
            async with atomic():
                await Tag.create(id=2, name="b")
                raise LookupError
    with pytest.raises(DuplicateError):
        async with atomic():
            await Tag.create(id=3, name="c")
            await Tag.create(id=1, name="again")
    assert [entry.key for entry in await audit.trail()] == ["1"]
    assert await Tag.count() == 1


async def test_what_cannot_be_audited_is_not_written(db: Database) -> None:
    """Without the table a write fails, and says what makes it."""
    async with atomic():
        await db.create_tables([Tag.__table__])
        await db.execute_raw("DROP TABLE portico_audit_batches")
    with pytest.raises(ConfigurationError, match="create_tables"):
        await Tag.create(id=1, name="a")
    assert await Tag.count() == 0
