from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, attributes, selectinload

from portico.db.session import Database, atomic, fetch
from portico.errors import DuplicateError
from tests.integration.session.blocks import ends_with

from .ledger import Account, Entry, bank

__all__ = ["bank"]


async def ann(database: Database) -> Account:
    (found,) = await fetch(database, sa.select(Account).where(Account.id == 1))
    assert isinstance(found, Account)
    return found


def is_expired(instance: object) -> bool:
    return bool(attributes.instance_state(instance).expired_attributes)


async def test_a_created_object_is_new_again_after_a_rollback(bank: Database) -> None:
    """Its generated key belonged to a row that never was; saving it again inserts it."""
    cyd = Account(owner="cyd")
    with ends_with(ZeroDivisionError):
        async with atomic() as unit:
            unit.session.add(cyd)
            await unit.flush()
            assert cyd.id is not None
            _ = 1 / 0
    assert sa.inspect(cyd).transient
    assert cyd.id is None
    assert cyd.owner == "cyd"
    async with atomic() as unit:
        unit.session.add(cyd)
    assert cyd.id is not None


async def test_a_changed_object_has_its_old_values_after_a_rollback(bank: Database) -> None:
    """Whether the change had been sent or not."""
    account = await ann(bank)
    with ends_with(ZeroDivisionError):
        async with atomic() as unit:
            unit.session.add(account)
            account.balance = 7
            await unit.flush()
            account.owner = "anna"
            _ = 1 / 0
    assert (account.balance, account.owner) == (100, "ann")
    assert not is_expired(account)
    assert not sa.inspect(account).modified


async def test_a_deleted_object_exists_after_a_rollback(bank: Database) -> None:
    """It keeps its key and its values."""
    account = await ann(bank)
    with ends_with(ZeroDivisionError):
        async with atomic() as unit:
            unit.session.add(account)
            await unit.session.delete(account)
            await unit.flush()
            _ = 1 / 0
    assert sa.inspect(account).detached
    assert (account.id, account.owner) == (1, "ann")
    async with atomic() as unit:
        unit.session.add(account)
        account.owner = "anna"
    assert (await ann(bank)).owner == "anna"


async def test_a_savepoint_restores_its_own_changes_only(bank: Database) -> None:
    """What the outer unit did is kept, and can be read without a query."""
    async with atomic() as unit:
        account = await ann(bank)
        account.balance = 7
        with ends_with(ZeroDivisionError):
            async with atomic() as inner:
                account.balance = 8
                await inner.flush()
                account.owner = "anna"
                await inner.flush()
                _ = 1 / 0
        assert (account.balance, account.owner) == (7, "ann")
        assert not is_expired(account)
        await unit.flush()
    assert ((await ann(bank)).balance, account.balance) == (7, 7)


async def test_a_savepoint_that_succeeded_goes_back_with_the_unit(bank: Database) -> None:
    """Its changes were part of the whole."""
    account = await ann(bank)
    with ends_with(ZeroDivisionError):
        async with atomic() as unit:
            unit.session.add(account)
            account.balance = 7
            async with atomic() as inner:
                account.balance = 8
                await inner.flush()
            _ = 1 / 0
    assert account.balance == 100


async def test_a_failed_flush_expires_nothing(bank: Database) -> None:
    """SQLAlchemy rolls back by itself there, before anybody else hears of it."""
    account, cyd = await ann(bank), Account(owner="cyd")
    with ends_with(DuplicateError):
        async with atomic() as unit:
            unit.session.add(account)
            account.balance = 7
            unit.session.add_all([cyd, Account(owner="ann")])
    assert (account.balance, cyd.owner) == (100, "cyd")
    assert cyd.id is None
    assert not is_expired(account)


async def test_what_was_committed_keeps_its_new_values(bank: Database) -> None:
    """Nothing expires on a commit either."""
    async with atomic() as unit:
        account = await ann(bank)
        account.balance = 7
        entry = Entry(amount=1, account_id=1)
        unit.session.add(entry)
    assert (account.balance, entry.amount, entry.id is not None) == (7, 1, True)
    assert not is_expired(account)


async def test_objects_of_other_ways_to_write_are_restored_too(bank: Database) -> None:
    """Models write with plain statements and tell the unit what they did."""
    made, changed = Account(id=9, owner="dan"), await ann(bank)
    with ends_with(ZeroDivisionError):
        async with atomic() as unit:
            unit.created(made)
            attributes.set_committed_value(changed, "balance", 7)
            unit.changed(changed, {"balance": 100})
            _ = 1 / 0
    assert made.id is None
    assert changed.balance == 100


async def test_a_loaded_relation_survives_a_rollback(bank: Database) -> None:
    """Collections come back as they were loaded."""
    loaded = sa.select(Account).options(selectinload(Account.entries))
    account: Account = (await fetch(bank, loaded))[0]
    with ends_with(ZeroDivisionError):
        async with atomic() as unit:
            unit.session.add(account)
            account.entries.append(Entry(amount=1))
            await unit.flush()
            _ = 1 / 0
    assert account.entries == []


def _ann_gets_seven() -> sa.Update:
    return sa.update(Account).where(Account.id == 1).values(balance=7)


async def test_an_object_that_followed_an_update_goes_back_with_it(bank: Database) -> None:
    """SQLAlchemy gives it the new values without a flush, where nobody would see what it held."""
    async with bank.session() as session:
        account = await session.get_one(Account, 1)
        await session.execute(_ann_gets_seven())
        assert account.balance == 7
        await session.rollback()
        assert account.balance == 100
        assert not is_expired(account)


async def test_an_object_that_followed_an_update_by_key_goes_back_with_it(bank: Database) -> None:
    """Such an update has no condition, and lets objects follow as well."""
    async with bank.session() as session:
        account = await session.get_one(Account, 1)
        await session.execute(sa.update(Account), [{"id": 1, "balance": 7}])
        assert account.balance == 7
        await session.rollback()
        assert account.balance == 100


async def test_a_savepoint_takes_back_only_the_update_that_it_had_objects_follow(bank: Database) -> None:
    """What the unit around it did with such an update is kept."""
    async with atomic() as unit:
        account = await ann(bank)
        await unit.session.execute(_ann_gets_seven())
        with ends_with(ZeroDivisionError):
            async with atomic() as inner:
                await inner.session.execute(sa.update(Account).values(balance=Account.balance + 1))
                assert account.balance == 8
                _ = 1 / 0
        assert account.balance == 7


async def test_an_object_whose_row_a_delete_has_removed_exists_after_a_rollback(bank: Database) -> None:
    """It keeps its key and its values, and can be changed again."""
    async with bank.session() as session:
        account = await session.get_one(Account, 1)
        await session.execute(sa.delete(Account).where(Account.id == 1))
        await session.rollback()
        assert (account.id, account.owner, account.balance) == (1, "ann", 100)
        account.owner = "anna"
        await session.commit()
    assert (await ann(bank)).owner == "anna"


async def test_an_object_that_was_refreshed_goes_back_with_what_it_saw(bank: Database) -> None:
    """What it read may be undone, and it must not say what was never there."""
    async with bank.session() as session:
        account = await session.get_one(Account, 1)
        await session.execute(_ann_gets_seven().execution_options(synchronize_session=False))
        await session.refresh(account)
        assert account.balance == 7
        await session.rollback()
        assert account.balance == 100
        assert not is_expired(account)


async def test_a_savepoint_of_the_session_itself_restores_objects_too(bank: Database) -> None:
    """Somebody who knows SQLAlchemy makes it with begin_nested, and no unit hears of it."""
    async with bank.session() as session:
        account = await session.get_one(Account, 1)
        account.balance = 5
        mark = await session.begin_nested()
        account.balance = 6
        await session.flush()
        await session.execute(_ann_gets_seven())
        await mark.rollback()
        assert account.balance == 5
        assert not is_expired(account)


async def test_what_a_listener_changes_in_a_flush_goes_back_too(bank: Database) -> None:
    """Listeners of before_flush come one after the other, and the last of them may touch other objects."""

    def move_on(session: Session, *_: object) -> None:
        for one in list(session.identity_map.values()):
            if isinstance(one, Account) and one.id == 2:
                one.balance += 1
                session.add(Entry(amount=1, account_id=2))

    async with bank.session() as session:
        account, other = await session.get_one(Account, 1), await session.get_one(Account, 2)
        event.listen(session.sync_session, "before_flush", move_on)
        account.balance = 7
        await session.flush()
        made = next(one for one in session.sync_session.identity_map.values() if isinstance(one, Entry))
        assert (other.balance, made.id) == (51, 1)
        await session.rollback()
        assert (account.balance, other.balance) == (100, 50)
        assert made.__dict__.get("id") is None
