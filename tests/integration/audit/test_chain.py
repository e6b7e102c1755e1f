"""Whoever changes the trail is found out, and so is where."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.audit import AuditHead, Verification, audit
from portico.db.audit.tables import ENTRIES
from portico.db.session import Database, atomic, run
from portico.errors import ConfigurationError, PorticoError, UsageError
from tests.integration.audit.models import Book, Tag, batches, entries
from tests.integration.audit.tampering import exchange, without_triggers


@pytest.fixture
async def sealed(library: Database) -> Database:
    """Four batches of one table, the third with three entries; and one of another table."""
    await Tag.create(id=1, name="a")
    await Tag.create(id=2, name="b")
    await Tag.bulk_create([Tag(id=number, name="c") for number in (3, 4, 5)])
    await Book.create(id=1, title="Emma")
    await Tag.create(id=6, name="d")
    await audit.seal()
    return library


@pytest.fixture
async def open_to_all(sealed: Database) -> Database:
    """The same, and nothing refuses a change."""
    await without_triggers(sealed)
    return sealed


def kinds(found: Verification) -> set[tuple[str, str, int | None]]:
    """What was found, where."""
    return {(problem.kind, problem.table, problem.position) for problem in found.problems}


async def test_an_untouched_trail_is_intact(sealed: Database) -> None:
    """All of it was looked at."""
    found = await audit.verify()
    assert (found.intact, found.entries, found.batches, found.unsealed) == (True, 7, 5, 0)


async def test_what_is_not_sealed_yet_is_counted_and_checked(library: Database) -> None:
    """It can be changed only as a whole."""
    await Tag.bulk_create([Tag(id=number, name="c") for number in (3, 4)])
    assert (await audit.verify()).unsealed == 1
    await without_triggers(library)
    await library.execute_raw("DELETE FROM portico_audit WHERE ordinal = 1")
    assert kinds(await audit.verify()) == {("deleted", "audited_tags", None)}


@pytest.mark.parametrize("table", ["portico_audit", "portico_audit_batches"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET table_name = 'x'", "DELETE FROM {}"])
async def test_the_database_refuses_changes(sealed: Database, table: str, statement: str) -> None:
    """By accident nothing is changed, and a mistake in a query is no loss."""
    with pytest.raises(PorticoError):
        await sealed.execute_raw(statement.format(table))
    assert (await audit.verify()).intact


@pytest.mark.requires("native_array")
async def test_emptying_a_table_at_once_is_refused(sealed: Database) -> None:
    """No trigger for rows would see it; PostgreSQL has one for statements."""
    with pytest.raises(PorticoError):
        await sealed.execute_raw("TRUNCATE portico_audit")
    assert (await audit.verify()).intact


@pytest.mark.parametrize("column", ["actor", "after", "row_key", "operation", "request_id", "tenant"])
async def test_an_edited_entry_is_found(open_to_all: Database, column: str) -> None:
    """Whatever of it was changed; the entry is named."""
    number = (await entries(open_to_all))[3]["id"]
    await open_to_all.execute_raw(f"UPDATE portico_audit SET {column} = '\"x\"' WHERE id = {number}")
    (problem,) = (await audit.verify()).problems
    assert (problem.kind, problem.table, problem.position, problem.entry) == (
        "edited",
        "audited_tags",
        3,
        number,
    )


async def test_an_entry_with_the_hash_of_another_is_found(open_to_all: Database) -> None:
    """A correct hash is not enough: the batch knows which ones it had."""
    one, other = (await entries(open_to_all))[2:4]
    same = sa.update(ENTRIES).values({key: other[key] for key in ("row_key", "after", "hash")})
    await run(open_to_all, same.where(ENTRIES.c.id == one["id"]))
    assert ("edited", "audited_tags", 3) in kinds(await audit.verify())


async def test_a_deleted_entry_is_found(open_to_all: Database) -> None:
    """One of several, and the only one of its batch."""
    first, _, third, *_ = await entries(open_to_all)
    await open_to_all.execute_raw(f"DELETE FROM portico_audit WHERE id IN ({first['id']}, {third['id']})")
    assert {("deleted", "audited_tags", 1), ("deleted", "audited_tags", 3)} <= kinds(await audit.verify())


async def test_a_deleted_batch_is_found(open_to_all: Database) -> None:
    """With all of its entries, in the middle, at the beginning and at the end."""
    for position, seen in ((2, 3), (1, None), (4, None)):
        batch = [one for one in await batches(open_to_all) if one["position"] == position][-1]
        for table in ("portico_audit", "portico_audit_batches"):
            gone = sa.text(f"DELETE FROM {table} WHERE unit = :unit").bindparams(
                sa.bindparam("unit", batch["unit"], ENTRIES.c.unit.type)
            )
            await run(open_to_all, gone)
        assert ("deleted", "audited_tags", seen) in kinds(await audit.verify())


async def test_an_inserted_entry_is_found(open_to_all: Database) -> None:
    """A copy in a batch that was sealed, and one that belongs to none."""
    entry = (await entries(open_to_all))[0] | {"id": 900}
    await run(open_to_all, sa.insert(ENTRIES).values(entry))
    await run(open_to_all, sa.insert(ENTRIES).values(entry | {"id": 901, "table_name": "nowhere"}))
    found = await audit.verify()
    assert ("inserted", "audited_tags", 1) in kinds(found)
    assert ("inserted", "nowhere", None) in kinds(found)


async def test_entries_that_change_places_are_found(open_to_all: Database) -> None:
    """Two of one batch, and two of different ones."""
    one, other, third, fourth, *_ = (entry["id"] for entry in await entries(open_to_all))
    await exchange(open_to_all, "portico_audit", "id", one, other)
    assert {("moved", "audited_tags", 1), ("moved", "audited_tags", 2)} <= kinds(await audit.verify())
    await exchange(open_to_all, "portico_audit", "id", third, fourth)
    assert ("moved", "audited_tags", 3) in kinds(await audit.verify())


async def test_batches_that_change_places_are_found(open_to_all: Database) -> None:
    """Their seals hold the places."""
    await exchange(open_to_all, "portico_audit_batches", "position", 2, 3)
    assert {("edited", "audited_tags", 2), ("edited", "audited_tags", 3)} <= kinds(await audit.verify())


async def test_a_chain_that_was_put_back_is_found_by_a_head_that_was_noted(open_to_all: Database) -> None:
    """Nothing inside of the database can say that it was once longer."""
    noted = await audit.heads()
    last, before = [one for one in await batches(open_to_all) if one["table_name"] == "audited_tags"][:1:-1]
    await open_to_all.execute_raw(f"DELETE FROM portico_audit WHERE id = {last['first_id']}")
    await open_to_all.execute_raw("DELETE FROM portico_audit_batches WHERE position = 4")
    values: dict[str, Any] = {"position": before["position"], "hash": before["hash"]}
    back = (
        "UPDATE portico_audit_heads SET position = :position, hash = :hash WHERE table_name = 'audited_tags'"
    )
    await open_to_all.execute_raw(back, values)
    assert (await audit.verify()).intact
    found = await audit.verify(expected=noted)
    assert kinds(found) == {("deleted", "audited_tags", None)}
    other = {"audited_tags": AuditHead(position=3, hash="0" * 64)}
    assert kinds(await audit.verify(expected=other)) == {("edited", "audited_tags", 3)}


@pytest.fixture
async def keyed() -> AsyncIterator[None]:
    """A key that is not in the database."""
    audit.use_keys(b"k" * 32)
    yield
    audit.use_keys()


@pytest.mark.usefixtures("keyed")
async def test_with_a_key_hashes_cannot_be_made_by_others(library: Database) -> None:
    """Another key is refused, the former one is known as long as it is named."""
    await Tag.create(id=1, name="a")
    await audit.seal()
    audit.use_keys(b"n" * 32, b"k" * 32)
    await Tag.create(id=2, name="b")
    assert (await audit.verify()).intact
    audit.use_keys()
    assert not (await audit.verify()).intact
    with pytest.raises(ConfigurationError):
        audit.use_keys(b"short")


async def test_twenty_writers_and_two_that_seal_leave_one_chain(library: Database) -> None:
    """Nobody waits for a place, and each batch gets exactly one."""
    done = asyncio.Event()

    async def write(number: int) -> None:
        for step in range(4):
            async with atomic():
                await Tag.create(id=number * 10 + step, name="a")
                await Book.create(id=number * 10 + step, title="b")

    async def sealing() -> None:
        while not done.is_set():
            await audit.seal()
            await asyncio.sleep(0.01)

    sealers = [asyncio.create_task(sealing()) for _ in range(2)]
    await asyncio.gather(*(write(number) for number in range(20)))
    done.set()
    await asyncio.gather(*sealers)
    await audit.seal()
    found = await audit.verify()
    assert (found.intact, found.entries, found.batches, found.unsealed) == (True, 160, 160, 0)


async def test_the_background_seals_and_ends_with_its_block(library: Database) -> None:
    """What was written last is sealed when the block is left."""
    async with audit.sealing(every=timedelta(hours=1)):
        await Tag.create(id=1, name="a")
    assert (await audit.verify()).unsealed == 0


async def test_sealing_wants_a_unit_of_its_own(library: Database) -> None:
    """Inside of another one it would hold the chain until that ends."""
    await Tag.create(id=1, name="a")
    async with atomic():
        with pytest.raises(UsageError, match="durable"):
            await audit.seal()
