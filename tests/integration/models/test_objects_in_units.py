"""Objects from outside a unit used inside one: what the unit holds of the same rows, what a rollback does."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
import sqlalchemy as sa

from portico.db.session import Database, atomic
from portico.errors import NotLoadedError
from tests.integration.models.shop import Owner, Thing


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this folder's models."""
    await db.create_tables(Owner.metadata)


async def test_a_bulk_update_that_is_rolled_back_is_undone_in_the_objects(db: Database) -> None:
    """Else the next save would find nothing to write."""
    owner = await Owner.create(username="ann")
    with suppress(LookupError):
        async with atomic():
            owner.points = 9
            await Owner.bulk_update([owner], ["points"])
            raise LookupError
    assert owner.points == 0
    await owner.update(points=9)
    assert (await Owner.get(owner.id)).points == 9


@pytest.mark.parametrize("bulk", [False, True])
async def test_two_objects_of_a_row_agree_inside_a_unit(db: Database, *, bulk: bool) -> None:
    """The one that the unit holds would otherwise answer every later query with the old value."""
    mine = await Owner.create(username="ann")
    async with atomic():
        theirs = await Owner.get(mine.id)
        mine.points = 5
        await (Owner.bulk_update([mine], ["points"]) if bulk else mine.save())
        assert theirs.points == 5
        assert (await Owner.get(mine.id)).points == 5


async def test_the_other_object_goes_back_with_the_unit(db: Database) -> None:
    """Both say again what the database says."""
    mine = await Owner.create(username="ann")
    theirs: list[Owner] = []
    with suppress(LookupError):
        async with atomic():
            theirs.append(await Owner.get(mine.id))
            await mine.update(points=5)
            raise LookupError
    assert [owner.points for owner in (mine, *theirs)] == [0, 0]


@pytest.mark.parametrize("bulk", [False, True])
async def test_a_deleted_row_leaves_the_unit_in_every_object(db: Database, *, bulk: bool) -> None:
    """A later flush must not look for a row that is gone."""
    mine = await Owner.create(username="ann")
    async with atomic():
        theirs = await Owner.get(mine.id)
        await (Owner.bulk_delete([mine]) if bulk else mine.delete())
        assert sa.inspect(theirs).key is None
        theirs.points = 3
    assert await Owner.count() == 0


async def test_objects_deleted_in_bulk_are_new_again(db: Database) -> None:
    """As after delete(): saving one inserts it."""
    owner = await Owner.create(username="ann")
    await Owner.bulk_delete([owner])
    await owner.save()
    assert (await Owner.get(owner.id)).username == "ann"


async def test_another_foreign_key_drops_the_relation_loaded_for_the_old_one(db: Database) -> None:
    """`thing.owner` must never be somebody else than `thing.owner_id`."""
    ann, bea = await Owner.bulk_create([Owner(username="ann"), Owner(username="bea")])
    thing = await Thing.create(label="lamp", owner=ann)
    await thing.update(owner_id=bea.id)
    with pytest.raises(NotLoadedError):
        _ = thing.owner
    await thing.load("owner")
    assert thing.owner.username == "bea"


async def test_refresh_drops_a_relation_whose_foreign_key_has_changed(db: Database) -> None:
    """The row was changed by somebody else."""
    ann, bea = await Owner.bulk_create([Owner(username="ann"), Owner(username="bea")])
    thing = await Thing.create(label="lamp", owner=ann)
    await Thing.filter(id=thing.id).update(owner_id=bea.id)
    await thing.refresh()
    with pytest.raises(NotLoadedError):
        _ = thing.owner


async def test_a_new_row_may_have_the_key_of_one_that_went_with_its_owner(db: Database) -> None:
    """The unit holds an object of the row yet, which the database has deleted by itself."""
    owner = await Owner.create(username="ann")
    async with atomic():
        old = await Thing.create(label="a", owner_id=owner.id)
        await (await Owner.get(owner.id)).delete()
        new = await Thing.create(id=old.id, label="b", owner_id=None)
        assert await Thing.get(old.id) is new
    assert (await Thing.get(new.id)).label == "b"


async def test_what_is_assigned_while_a_write_is_under_way_stays_to_be_written(db: Database) -> None:
    """The answer of the database is about the value before."""
    owner = await Owner.create(username="ann")
    writing = asyncio.create_task(owner.update(points=5))
    await asyncio.sleep(0)
    assert owner.points == 5
    owner.points = 9
    await writing
    assert owner.points == 9
    await owner.save()
    assert (await Owner.get(owner.id)).points == 9
