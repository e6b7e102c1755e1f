"""Bulk calls and get-or-create, on every database."""

from __future__ import annotations

import asyncio

import pytest

from portico.db.session import Database, atomic
from portico.errors import DuplicateError, InvalidError, UnknownNameError, UsageError
from portico.testing.statements import statements
from tests.integration.models.shop import Owner, Stock, Thing


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this folder's models."""
    await db.create_tables(Owner.metadata)


async def test_bulk_create_gives_every_object_its_own_key(db: Database) -> None:
    """The order of the answers is the order of the objects."""
    owners = await Owner.bulk_create([Owner(username=f"user{n}") for n in range(50)])
    stored = {o.id: o.username for o in await Owner.all()}
    assert {o.id: o.username for o in owners} == stored


async def test_bulk_create_is_one_statement(db: Database) -> None:
    """A hundred rows are one insert."""
    async with statements(db) as seen:
        await Owner.bulk_create([Owner(username=f"user{n}") for n in range(100)])
    assert len(seen) == 1


async def test_bulk_create_is_all_or_nothing(db: Database) -> None:
    """A duplicate in the second batch takes the first batch with it."""
    rows = [Owner(username=f"user{n % 30}") for n in range(31)]
    with pytest.raises(DuplicateError):
        await Owner.bulk_create(rows, batch_size=10)
    assert await Owner.count() == 0


async def test_bulk_create_checks_every_row_first(db: Database) -> None:
    """The bad row is found before the first statement."""
    async with statements(db) as seen:
        with pytest.raises(InvalidError):
            await Owner.bulk_create([Owner(username="ann"), Owner(username="x" * 30)])
    assert len(seen) == 0


async def test_bulk_create_of_nothing_is_nothing(db: Database) -> None:
    """An empty list is an ordinary list."""
    assert await Owner.bulk_create([]) == []


async def test_bulk_update_writes_the_named_fields(db: Database) -> None:
    """Each row gets its own value; the clock of ``updated_at`` moves."""
    things = await Thing.bulk_create([Thing(label=f"thing{n}") for n in range(5)])
    before = things[0].updated_at
    for number, thing in enumerate(things):
        thing.shelf = 100 + number
    assert await Thing.bulk_update(things, ["shelf"]) == 5
    stored = {t.label: t for t in await Thing.all()}
    assert [stored[f"thing{n}"].shelf for n in range(5)] == [100, 101, 102, 103, 104]
    assert stored["thing0"].updated_at > before


async def test_bulk_update_refuses_an_unknown_field(db: Database) -> None:
    """And says which there are."""
    owners = await Owner.bulk_create([Owner(username="ann")])
    with pytest.raises(UnknownNameError, match="'points'"):
        await Owner.bulk_update(owners, ["point"])


async def test_bulk_delete_takes_objects_and_keys(db: Database) -> None:
    """Simple and composite ones; missing keys do not count."""
    owners = await Owner.bulk_create([Owner(username=f"user{n}") for n in range(3)])
    assert await Owner.bulk_delete([owners[0], owners[1].id, 999]) == 2
    await Stock.bulk_create([Stock(place="a", code=1), Stock(place="a", code=2)])
    assert await Stock.bulk_delete([("a", 1), ("b", 1)]) == 1
    assert [s.pk for s in await Stock.all()] == [("a", 2)]


async def test_one_bulk_call_takes_one_class(db: Database) -> None:
    """Two tables are two calls."""
    with pytest.raises(UsageError, match="Owner, Stock"):
        await Owner.bulk_create([Owner(username="ann"), Stock(place="a", code=1)])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType] -- the mistake under test


async def test_get_or_create_makes_one_row_for_many_callers(db: Database) -> None:
    """Whoever loses the race on the unique key reads the winner's row."""

    async def one() -> tuple[Owner, bool]:
        return await Owner.get_or_create(username="ann", defaults={"points": 5})

    answers = await asyncio.gather(*(one() for _ in range(8)))
    assert await Owner.count() == 1
    assert sum(created for _, created in answers) == 1
    assert {owner.points for owner, _ in answers} == {5}


async def test_get_or_create_inside_a_unit_survives_losing_the_race(db: Database) -> None:
    """The failed insert is undone by a savepoint, not the unit."""

    async def one(number: int) -> None:
        async with atomic():
            await Owner.get_or_create(username="ann")
            await Owner.create(username=f"user{number}")

    await asyncio.gather(*(one(n) for n in range(4)))
    assert await Owner.count() == 5


async def test_update_or_create_changes_what_is_there(db: Database) -> None:
    """And tells whether it made the row."""
    first, made = await Owner.update_or_create(username="ann", defaults={"points": 1})
    second, again = await Owner.update_or_create(username="ann", defaults={"points": 2})
    assert (made, again) == (True, False)
    assert first.id == second.id
    assert (await Owner.get(username="ann")).points == 2


async def test_update_or_create_makes_one_row_for_many_callers(db: Database) -> None:
    """Concurrent upserts of one key leave one row and no error."""

    async def one(points: int) -> None:
        await atomic.run(
            lambda: Owner.update_or_create(username="ann", defaults={"points": points}), retries=5
        )

    await asyncio.gather(*(one(n) for n in range(6)))
    assert await Owner.count() == 1


@pytest.mark.parametrize("key", [2**63, "a\0", None])
async def test_bulk_delete_refuses_what_is_no_key(db: Database, key: object) -> None:
    """The same refusal on every database; text that says a key is one."""
    owner = await Owner.create(username="ann")
    with pytest.raises(InvalidError):
        await Owner.bulk_delete([owner.id, key])
    assert await Owner.bulk_delete([str(owner.id)]) == 1


async def test_bulk_update_of_no_field_is_refused(db: Database) -> None:
    """It was a syntax error of the database."""
    owner = await Owner.create(username="ann")
    with pytest.raises(UsageError, match="no field"):
        await Owner.bulk_update([owner], [])
