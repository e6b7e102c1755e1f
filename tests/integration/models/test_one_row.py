"""Making, changing and deleting one row, on every database."""

from __future__ import annotations

from datetime import UTC
from uuid import UUID

import pytest

from portico.db.fields import verify_password
from portico.db.models import key_of
from portico.db.query import F
from portico.db.session import Database, atomic
from portico.errors import (
    CheckError,
    DuplicateError,
    ForeignKeyError,
    InvalidError,
    NotFoundError,
    UsageError,
)
from portico.testing.statements import statements
from tests.integration.models.shop import Owner, Stock, Thing


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this folder's models."""
    await db.create_tables(Owner.metadata)


async def test_create_sets_keys_and_defaults_with_one_statement(db: Database) -> None:
    """No second read is needed to know what was stored."""
    owner = await Owner.create(username="ann")
    async with statements(db) as seen:
        thing = await Thing.create(label="lamp", owner=owner)
    assert seen.round_trips == 1
    assert (thing.owner_id, thing.state, thing.shelf, thing.data) == (owner.id, "new", 1, {})
    assert isinstance(thing.id, UUID)
    assert thing.created_at.tzinfo is UTC


async def test_get_is_one_round_trip(db: Database) -> None:
    """Outside a unit no transaction is opened for a read."""
    owner = await Owner.create(username="ann")
    async with statements(db) as seen:
        assert (await Owner.get(owner.id)).username == "ann"
    assert (len(seen), seen.round_trips) == (1, 1)


async def test_save_writes_what_changed(db: Database) -> None:
    """Two people who change different fields do not undo each other's work."""
    mine = await Owner.create(username="ann")
    theirs = await Owner.get(mine.id)
    mine.points = 3
    await mine.save()
    theirs.username = "bea"
    await theirs.save()
    stored = await Owner.get(mine.id)
    assert (stored.username, stored.points) == ("bea", 3)


async def test_save_without_a_change_sends_nothing(db: Database) -> None:
    """Nothing to say is said with no statement."""
    owner = await Owner.create(username="ann")
    async with statements(db) as seen:
        await owner.save()
    assert len(seen) == 0


async def test_updated_at_moves_with_a_change_and_created_at_stays(db: Database) -> None:
    """The stamps tell when."""
    thing = await Thing.create(label="lamp")
    made, moved = thing.created_at, thing.updated_at
    await thing.update(label="torch")
    stored = await Thing.get(thing.id)
    assert stored.created_at == made
    assert stored.updated_at == thing.updated_at > moved


async def test_a_change_inside_a_json_value_is_saved(db: Database) -> None:
    """Nobody sees a change inside a dictionary, so it always counts as one."""
    thing = await Thing.create(label="lamp", data={"watts": 40})
    thing.data["watts"] = 60
    await thing.save()
    assert (await Thing.get(thing.id)).data == {"watts": 60}


async def test_a_new_instance_is_inserted_by_save(db: Database) -> None:
    """Constructing writes nothing; saving does."""
    owner = Owner(username="ann")
    assert await Owner.count() == 0
    await owner.save()
    assert await Owner.count() == 1


async def test_a_password_is_hashed_once(db: Database) -> None:
    """At rest there is only the argon2id hash, and saving again leaves it alone."""
    owner = await Owner.create(username="ann", password="correct horse")
    owner = await Owner.get(owner.id)
    await owner.update(points=1)
    stored = (await Owner.get(owner.id)).password
    assert stored is not None
    assert stored.startswith("$argon2id$")
    assert verify_password("correct horse", stored)


async def test_delete_follows_the_foreign_keys(db: Database) -> None:
    """``on_delete="cascade"`` is the database's work, and it does it."""
    owner = await Owner.create(username="ann")
    await Thing.create(label="lamp", owner=owner)
    await owner.delete()
    assert await Thing.count() == 0


async def test_a_row_that_is_gone_cannot_be_written(db: Database) -> None:
    """An update that reaches nothing is not a success."""
    owner = await Owner.create(username="ann")
    await (await Owner.get(owner.id)).delete()
    owner.points = 5
    with pytest.raises(NotFoundError):
        await owner.save()
    with pytest.raises(NotFoundError):
        await owner.refresh()


async def test_deleting_twice_is_an_error(db: Database) -> None:
    """The second call has nothing to delete and says so."""
    owner = await Owner.create(username="ann")
    await owner.delete()
    with pytest.raises(UsageError):
        await owner.delete()


async def test_values_are_checked_before_the_database_sees_them(db: Database) -> None:
    """The refusal names each field, and nothing is stored."""
    with pytest.raises(InvalidError) as caught:
        await Owner.create(username="x" * 21, points=-1)
    assert set(caught.value.fields) == {"username", "points"}
    assert await Owner.count() == 0


async def test_a_missing_value_is_named(db: Database) -> None:
    """NOT NULL is known before the statement."""
    with pytest.raises(InvalidError) as caught:
        await Thing.create()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake under test
    assert set(caught.value.fields) == {"label"}


async def test_a_duplicate_names_the_fields(db: Database) -> None:
    """One column or several, the same on every database."""
    await Owner.create(username="ann")
    with pytest.raises(DuplicateError) as one:
        await Owner.create(username="ann")
    await Thing.create(label="lamp")
    with pytest.raises(DuplicateError) as several:
        await Thing.create(label="lamp")
    assert (one.value.fields, several.value.fields) == (("username",), ("label", "shelf"))


async def test_a_reference_to_nothing_names_the_field(db: Database) -> None:
    """A foreign key that points nowhere is a conflict, not a crash."""
    with pytest.raises(ForeignKeyError) as caught:
        await Thing.create(label="lamp", owner_id=99)
    assert caught.value.fields == ("owner_id",)


async def test_a_check_constraint_is_named(db: Database) -> None:
    """What only the database checks is still told apart."""
    with pytest.raises(CheckError) as caught:
        await Thing.create(label="lamp", shelf=13)
    assert "shelf_not_13" in (caught.value.constraint or "")


async def test_a_composite_key_is_one_key(db: Database) -> None:
    """get, save and delete take it as a tuple."""
    stock = await Stock.create(place="cellar", code=4, amount=2)
    assert stock.pk == (("cellar", 4)) == key_of(stock)
    assert (await Stock.get(("cellar", 4))).amount == 2
    assert await Stock.get_by_composite_key(code=4, place="cellar") == stock
    await stock.update(amount=3)
    assert (await Stock.get(("cellar", 4))).amount == 3


async def test_a_key_can_be_changed(db: Database) -> None:
    """The row is found by the key it was loaded with."""
    stock = await Stock.create(place="cellar", code=4)
    await stock.update(code=5)
    assert await Stock.get_or_none(("cellar", 4)) is None
    assert (await Stock.get(("cellar", 5))).key_dict() == {"place": "cellar", "code": 5}


async def test_a_rolled_back_unit_leaves_no_row_and_no_lie(db: Database) -> None:
    """After a rollback the objects say what the database says."""
    owner = await Owner.create(username="ann")
    made: Owner | None = None
    with pytest.raises(RuntimeError, match="stop"):
        async with atomic():
            made = await Owner.create(username="bea")
            await owner.update(points=9)
            raise RuntimeError("stop")
    assert [o.username for o in await Owner.all()] == ["ann"]
    assert owner.points == 0
    assert made is not None
    await made.save()
    assert await Owner.count() == 2


async def test_an_attached_change_is_written_at_the_end_of_the_unit(db: Database) -> None:
    """Inside a unit the session keeps track, as SQLAlchemy users expect."""
    await Owner.create(username="ann")
    async with atomic():
        owner = await Owner.get(username="ann")
        owner.points = 4
    assert (await Owner.get(username="ann")).points == 4


async def test_an_attached_change_is_checked_too(db: Database) -> None:
    """A flush without save() is no way round validation."""
    await Owner.create(username="ann")
    with pytest.raises(InvalidError):
        async with atomic():
            owner = await Owner.get(username="ann")
            owner.points = -4
    assert (await Owner.get(username="ann")).points == 0


async def test_a_new_row_was_last_changed_when_it_was_made(db: Database) -> None:
    """Both stamps are one moment, not two that happen to be close."""
    thing = await Thing.create(label="lamp")
    assert thing.created_at == thing.updated_at


async def test_a_key_of_zero_is_stored_as_zero(db: Database) -> None:
    """MariaDB would take it for a wish for the next number."""
    stock = Stock(place="cellar", code=0)
    owner = Owner(username="ann")
    owner.id = 0
    await stock.save()
    await owner.save()
    assert (await Owner.get(0)).username == "ann"
    assert (await Stock.get(("cellar", 0))).code == 0


async def test_a_value_can_be_computed_by_the_database(db: Database) -> None:
    """Two who count at once both count; the object reads what the database made of it."""
    mine = await Owner.create(username="ann", points=1)
    theirs = await Owner.get(mine.id)
    for owner in (mine, theirs):
        await owner.update(points=F("points") + 10)
    assert theirs.points == 21
    await mine.update(points=Owner.points + 1)
    assert mine.points == 22
