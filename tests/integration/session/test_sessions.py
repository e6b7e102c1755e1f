from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from portico.db.session import Database, atomic, fetch, on_commit, run
from portico.errors import DuplicateError, UsageError
from tests.integration.session.blocks import ends_with

from .ledger import Account, accounts, add, balance, bank, owners

__all__ = ["bank"]


async def test_a_session_commits_at_a_normal_end_and_rolls_back_on_an_error(bank: Database) -> None:
    """It is an ordinary AsyncSession, with an ordinary end."""
    async with bank.session() as session:
        assert isinstance(session, AsyncSession)
        session.add(Account(owner="cyd"))
    with ends_with(ZeroDivisionError):
        async with bank.session() as session:
            session.add(Account(owner="dan"))
            _ = 1 / 0
    assert await owners(bank) == ["ann", "bob", "cyd"]


async def test_calls_of_the_same_task_join_the_session(bank: Database) -> None:
    """Models and the session see the same transaction and the same objects."""
    async with bank.session() as session:
        await run(bank, add(5, 1))
        ann = await session.get_one(Account, 1)
        assert ann.balance == 105
        assert (await fetch(bank, sa.select(Account).where(Account.id == 1)))[0] is ann


async def test_the_user_may_commit_earlier(bank: Database) -> None:
    """What was committed stays; callbacks run with the commit that they waited for."""
    seen: list[str] = []
    with ends_with(ZeroDivisionError):
        async with bank.session() as session:
            await run(bank, add(1, 1))
            on_commit(lambda: seen.append("first"))
            await session.commit()
            assert seen == ["first"]
            await run(bank, add(1, 1))
            on_commit(lambda: seen.append("second"))
            _ = 1 / 0
    assert (await balance(bank, 1), seen) == (101, ["first"])


async def test_the_user_may_roll_back_and_go_on(bank: Database) -> None:
    """A rollback clears a failure, as in SQLAlchemy."""
    async with bank.session() as session:
        with pytest.raises(DuplicateError):
            await run(bank, sa.insert(accounts).values(owner="ann"))
        await session.rollback()
        await run(bank, add(1, 1))
    assert await balance(bank, 1) == 101


async def test_atomic_does_not_let_its_session_commit(bank: Database) -> None:
    """A commit in the middle would break the promise of the block around it."""
    async with atomic() as unit:
        with pytest.raises(UsageError, match="commits at its end"):
            await unit.session.commit()
    async with bank.session(), atomic() as unit:
        with pytest.raises(UsageError, match="rolls back on an error"):
            await unit.session.rollback()


async def test_a_session_inside_a_unit_takes_part_in_its_transaction(bank: Database) -> None:
    """Its commit is a savepoint there: the outer unit still decides."""
    with ends_with(ZeroDivisionError):
        async with atomic() as outer:
            outer.session.add(Account(owner="cyd"))
            async with bank.session() as session:
                assert await session.scalar(sa.select(sa.func.count()).select_from(Account)) == 3
                session.add(Account(owner="dan"))
                await session.commit()
            assert len(await owners(bank)) == 4
            _ = 1 / 0
    assert await owners(bank) == ["ann", "bob"]


async def test_a_session_inside_a_unit_can_fail_alone(bank: Database) -> None:
    """The transaction around it goes on."""
    async with atomic():
        with ends_with(ZeroDivisionError):
            async with bank.session() as session:
                session.add(Account(owner="dan"))
                await session.flush()
                _ = 1 / 0
        await run(bank, add(1, 1))
    assert (await owners(bank), await balance(bank, 1)) == (["ann", "bob"], 101)
