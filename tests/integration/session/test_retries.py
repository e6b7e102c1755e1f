from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from portico.db.session import Database, atomic, run
from portico.errors import (
    DeadlockError,
    DuplicateError,
    OutcomeUnknownError,
    RetryableError,
    SerializationError,
    TimedOutError,
    UsageError,
)
from tests.integration.session.blocks import ends_with

from .ledger import accounts, add, balance, bank

__all__ = ["bank"]
Form = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


async def _decorated(work: Callable[[], Awaitable[None]]) -> None:
    @atomic(retries=3)
    async def run_it() -> None:
        await work()

    await run_it()


async def _called(work: Callable[[], Awaitable[None]]) -> None:
    await atomic.run(work, retries=3)


async def _looped(work: Callable[[], Awaitable[None]]) -> None:
    async for unit in atomic.attempts(4):
        async with unit:
            await work()


FORMS = pytest.mark.parametrize("form", [_decorated, _called, _looped])


@FORMS
async def test_a_unit_runs_again_after_a_serialization_failure(bank: Database, form: Form) -> None:
    """Each attempt is a unit of its own: what the failed ones did is gone."""
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        await run(bank, add(1, 1))
        if len(tries) < 3:
            raise SerializationError("again")

    await form(work)
    assert (len(tries), await balance(bank, 1)) == (3, 101)


@FORMS
async def test_the_last_failure_is_raised(bank: Database, form: Form) -> None:
    """After three more attempts the caller hears of it."""
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        raise DeadlockError("again")

    with pytest.raises(DeadlockError):
        await form(work)
    assert len(tries) == 4


@FORMS
@pytest.mark.parametrize("error", [OutcomeUnknownError("?"), DuplicateError("taken"), TimedOutError("slow")])
async def test_other_failures_are_never_repeated(bank: Database, form: Form, error: Exception) -> None:
    """An unknown outcome may have happened; a conflict will happen again."""
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        raise error

    with pytest.raises(type(error)):
        await form(work)
    assert len(tries) == 1


async def test_an_inner_unit_leaves_the_retry_to_the_outermost(bank: Database) -> None:
    """Retries do not multiply, and a savepoint cannot undo what the failure took with it."""
    tries: list[str] = []

    @atomic(retries=2)
    async def inner() -> None:
        tries.append("inner")
        raise SerializationError("again")

    @atomic(retries=2)
    async def outer() -> None:
        tries.append("outer")
        await inner()

    with pytest.raises(SerializationError):
        await outer()
    assert tries == ["outer", "inner"] * 3


async def test_a_with_block_cannot_be_retried(bank: Database) -> None:
    """Its body runs once; the error names the forms that can."""
    with pytest.raises(UsageError, match=r"atomic\.attempts"):
        async with atomic(retries=3):
            pass
    with pytest.raises(UsageError, match="async function"):
        atomic(retries=3)(lambda: None)  # type: ignore[arg-type, return-value]  # the mistake under test


async def test_two_who_deadlock_both_succeed(bank: Database) -> None:
    """In opposite order on two rows; the database picks a loser and the retry lets it win."""

    @atomic(retries=5)
    async def transfer(first: int, second: int) -> None:
        await run(bank, add(1, first))
        await asyncio.sleep(0.02)
        await run(bank, add(1, second))

    await asyncio.gather(*(transfer(1, 2) if n % 2 else transfer(2, 1) for n in range(6)))
    assert (await balance(bank, 1), await balance(bank, 2)) == (106, 56)


async def test_a_lost_update_is_refused_at_repeatable_read(bank: Database) -> None:
    """Read, wait, write: with retries nothing is lost, on each database."""

    @atomic(isolation="REPEATABLE READ", retries=20)
    async def deposit() -> None:
        now = await balance(bank, 1)
        await asyncio.sleep(0.005)
        await run(bank, sa.update(accounts).where(accounts.c.id == 1).values(balance=now + 1))

    await asyncio.gather(*(deposit() for _ in range(8)))
    assert await balance(bank, 1) == 108


async def test_a_deadlock_in_a_savepoint_fails_the_whole_unit(bank: Database) -> None:
    """MariaDB has rolled back everything by then; so nothing may go on anywhere."""
    with ends_with(UsageError, match="DeadlockError"):
        async with atomic():
            with ends_with(RetryableError):
                async with atomic() as inner:
                    await run(bank, add(1, 1))
                    inner.fail(OSError("gone"), DeadlockError("given way"))
                    raise DeadlockError("given way")
            await run(bank, add(1, 1))
    assert await balance(bank, 1) == 100


async def test_units_that_run_again_take_turns(bank: Database) -> None:
    """Among those who lost nobody loses again to the others, so that all get through."""
    running: list[int] = []
    together: list[int] = []

    async def one() -> None:
        tries: list[int] = []

        async def work() -> None:
            tries.append(1)
            if len(tries) == 1:
                raise SerializationError("again")
            running.append(1)
            await asyncio.sleep(0.01)
            together.append(len(running))
            running.pop()

        await atomic.run(work, retries=1)

    await asyncio.gather(*(one() for _ in range(6)))
    assert together == [1] * 6


async def test_nobody_waits_long_for_a_turn(bank: Database) -> None:
    """Whoever has it may wait for what another one does on its own turn."""
    done, order = asyncio.Event(), list[str]()

    @atomic(retries=1)
    async def work(name: str) -> None:
        if name not in order:
            order.append(name)
            raise SerializationError("again")
        if order.count("again") == 0:
            order.append("again")
            await done.wait()
        done.set()

    async with asyncio.timeout(20):
        await asyncio.gather(work("a"), work("b"))
    assert sorted(order) == ["a", "again", "b"]
