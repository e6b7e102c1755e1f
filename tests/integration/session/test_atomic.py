from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa

from portico.db.session import Database, atomic, current_unit, isolated, on_commit, run
from portico.errors import DuplicateError, RequiredError, SessionClosedError, UsageError
from tests.integration.session.blocks import ends_with

from .ledger import Account, accounts, add, balance, bank, owners

__all__ = ["bank"]


async def test_a_unit_commits_at_its_end(bank: Database) -> None:
    """Both halves of a transfer, or none."""
    async with atomic():
        await run(bank, add(-10, 1))
        await run(bank, add(10, 2))
    assert (await balance(bank, 1), await balance(bank, 2)) == (90, 60)


async def test_a_unit_rolls_back_on_an_error(bank: Database) -> None:
    """The error passes through unchanged."""
    with ends_with(ZeroDivisionError):
        async with atomic():
            await run(bank, add(-10, 1))
            _ = 1 / 0
    assert await balance(bank, 1) == 100


async def test_many_rows_outside_of_a_unit_are_all_or_none(bank: Database) -> None:
    """Drivers send them one by one where they have no better way; half of them would be left."""
    rows = [{"owner": owner} for owner in ("cyd", "dan", "ann", "eve")]
    with pytest.raises(DuplicateError):
        await run(bank, sa.insert(accounts), rows)
    assert await owners(bank) == ["ann", "bob"]


async def test_an_inner_unit_is_a_savepoint(bank: Database) -> None:
    """What fails inside is undone; what was done around it stays."""
    async with atomic():
        await run(bank, add(1, 1))
        with ends_with(DuplicateError):
            async with atomic():
                await run(bank, add(1, 1))
                await run(bank, sa.insert(accounts).values(owner="ann"))
        await run(bank, add(1, 1))
    assert await balance(bank, 1) == 102


async def test_a_failed_unit_accepts_nothing_more(bank: Database) -> None:
    """PostgreSQL would refuse, the others would go on: here it is the same, and says what to do."""
    with ends_with(UsageError, match=r"DuplicateError.*atomic\(\)"):
        async with atomic():
            with pytest.raises(DuplicateError):
                await run(bank, sa.insert(accounts).values(owner="ann"))
            await run(bank, add(1, 1))
    assert await balance(bank, 1) == 100


async def test_a_failed_flush_says_the_same(bank: Database) -> None:
    """Never PendingRollbackError, never MissingGreenlet."""
    with ends_with(UsageError, match="failed at an earlier statement"):
        async with atomic() as unit:
            unit.session.add(Account(owner="ann"))
            with pytest.raises(DuplicateError):
                await unit.flush()
            await run(bank, add(1, 1))


async def test_a_failed_unit_does_not_end_as_if_it_had_saved(bank: Database) -> None:
    """Swallowing the error inside the block must not lose the rest silently."""
    with ends_with(UsageError, match="nothing of it can be saved"):
        async with atomic():
            await run(bank, add(1, 1))
            with pytest.raises(RequiredError):
                await run(bank, sa.insert(accounts).values(owner=None))
    assert await balance(bank, 1) == 100


async def test_a_flush_that_fails_in_a_savepoint_leaves_the_outer_unit_alive(bank: Database) -> None:
    """SQLAlchemy's own objects go the same way as statements."""
    async with atomic() as unit:
        unit.session.add(Account(owner="cyd"))
        with pytest.raises(DuplicateError):
            async with atomic() as inner:
                inner.session.add(Account(owner="ann"))
        unit.session.add(Account(owner="dan"))
    assert await owners(bank) == ["ann", "bob", "cyd", "dan"]


async def test_a_decorated_function_runs_in_a_unit_each_time(bank: Database) -> None:
    """The decorator makes a new unit for every call."""

    @atomic
    async def deposit(amount: int) -> bool:
        await run(bank, add(amount, 1))
        return current_unit(bank) is not None

    assert await deposit(1)
    assert await deposit(2)
    assert (await balance(bank, 1), current_unit(bank)) == (103, None)


async def test_a_durable_unit_refuses_to_be_inside(bank: Database) -> None:
    """Whoever asks for durability must not depend on somebody else's commit."""
    async with atomic(durable=True):
        with pytest.raises(UsageError, match="durable"):
            async with atomic(durable=True):
                pass


async def test_the_outermost_unit_chooses_the_isolation(bank: Database) -> None:
    """A savepoint cannot have a level of its own."""
    async with atomic(isolation="serializable"):
        async with atomic(isolation="serializable"):
            await run(bank, add(1, 1))
        with pytest.raises(UsageError, match="outermost"):
            async with atomic(isolation="repeatable read"):
                pass
    with pytest.raises(UsageError, match="no isolation level"):
        atomic(isolation="chaos")


async def test_the_isolation_level_reaches_the_database_and_is_given_back(bank: Database) -> None:
    """The next user of the connection finds the ordinary level."""
    asked = {"postgresql": "SHOW transaction_isolation", "mysql": "SELECT @@tx_isolation"}.get(
        bank.dialect_name
    )
    if asked is None:
        pytest.skip("SQLite is always serializable")
    async with atomic(isolation="REPEATABLE READ"):
        assert (
            str((await run(bank, sa.text(asked))).scalar_one()).replace("-", " ").upper() == "REPEATABLE READ"
        )
    async with atomic():
        assert (
            str((await run(bank, sa.text(asked))).scalar_one()).replace("-", " ").upper() == "READ COMMITTED"
        )


async def test_a_read_only_unit_cannot_write(bank: Database) -> None:
    """The database itself refuses, and the connection can write again afterwards."""
    with ends_with(UsageError, match="read-only"):
        async with atomic(read_only=True):
            assert await balance(bank, 1) == 100
            await run(bank, add(1, 1))
    async with atomic():
        await run(bank, add(1, 1))
        with pytest.raises(UsageError, match="only reads"):
            async with atomic(read_only=True):
                pass
    await run(bank, add(1, 1))
    assert await balance(bank, 1) == 102


async def test_a_unit_that_has_ended_says_so(bank: Database) -> None:
    """A reference that outlives the block is a mistake worth naming."""
    async with atomic() as unit:
        pass
    with pytest.raises(SessionClosedError):
        _ = unit.session


async def test_isolated_work_stands_for_itself(bank: Database) -> None:
    """What must last although the unit rolls back, as a log of attempts."""
    if bank.dialect_name == "sqlite":
        pytest.skip("SQLite has one writer")
    with ends_with(ZeroDivisionError):
        async with atomic():
            await run(bank, add(1, 2))
            with isolated():
                assert current_unit(bank) is None
                await run(bank, add(5, 1))
            _ = 1 / 0
    assert (await balance(bank, 1), await balance(bank, 2)) == (105, 50)


async def test_callbacks_run_after_the_outermost_commit(bank: Database) -> None:
    """They see what was committed, and no unit any more."""
    seen: list[object] = []
    async with atomic():
        async with atomic():
            on_commit(lambda: seen.append(current_unit(bank)))
        await run(bank, add(1, 1))
        assert seen == []
    assert seen == [None]


async def test_callbacks_of_a_savepoint_that_rolled_back_vanish(bank: Database) -> None:
    """Nobody is told of what did not happen."""
    seen: list[str] = []
    async with atomic():
        with ends_with(ZeroDivisionError):
            async with atomic():
                on_commit(lambda: seen.append("inner"))
                _ = 1 / 0
        on_commit(lambda: seen.append("outer"))
    assert seen == ["outer"]


async def test_callbacks_of_a_unit_that_rolled_back_vanish(bank: Database) -> None:
    """Also those of savepoints that had succeeded."""
    seen: list[str] = []
    with ends_with(ZeroDivisionError):
        async with atomic():
            async with atomic():
                on_commit(lambda: seen.append("inner"))
            _ = 1 / 0
    assert seen == []


async def test_a_callback_that_raises_undoes_nothing(
    bank: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The commit stands, the others are called, the caller sees success and the log has the error."""
    seen: list[str] = []

    async def later() -> None:
        seen.append("async")

    with caplog.at_level(logging.ERROR, "portico.db"):
        async with atomic():
            await run(bank, add(1, 1))
            on_commit(lambda: 1 / 0)
            on_commit(later)
    assert (seen, await balance(bank, 1)) == (["async"], 101)
    assert "commit stands" in caplog.text


async def test_a_callback_outside_of_a_unit_runs_at_once(bank: Database) -> None:
    """An async one is started; whoever wants may await it."""
    seen: list[str] = []

    async def later() -> None:
        seen.append("async")

    on_commit(lambda: seen.append("sync"))
    assert seen == ["sync"]
    await on_commit(later)
    assert seen == ["sync", "async"]
