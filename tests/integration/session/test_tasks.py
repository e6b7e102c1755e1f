from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request, Response

from portico.db.session import Database, Unit, atomic, current_unit, isolated, run
from portico.errors import CrossTaskError
from tests.integration.session.blocks import ends_with

from .ledger import Account, add, balance, bank

__all__ = ["bank"]


async def deposit(database: Database, amount: int = 1) -> None:
    await run(database, add(amount, 1))


async def test_gather_inside_a_unit_raises_and_names_the_remedies(bank: Database) -> None:
    """Two tasks in one transaction would mix their statements; every other context-variable ORM lets them."""
    with pytest.raises(CrossTaskError, match=r"one after the other.*isolated\(\).*asyncio\.timeout\(\)"):
        async with atomic():
            await asyncio.gather(deposit(bank), deposit(bank))
    assert await balance(bank, 1) == 100


async def test_a_task_group_inside_a_unit_raises(bank: Database) -> None:
    """The group reports it as it reports every error."""
    with pytest.raises(ExceptionGroup) as caught:
        async with atomic(), asyncio.TaskGroup() as group:
            group.create_task(deposit(bank))
    assert caught.group_contains(CrossTaskError)


async def test_a_session_handed_to_several_tasks_raises(bank: Database) -> None:
    """A plain AsyncSession would let them, and mix up their results."""
    async with bank.session() as session:
        outcomes = await asyncio.gather(*(session.get(Account, 1) for _ in range(20)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {CrossTaskError}


async def test_a_background_task_cannot_use_the_unit(bank: Database) -> None:
    """It inherits the context variable, and is refused."""
    async with atomic():
        task = asyncio.create_task(deposit(bank))
        await asyncio.sleep(0.01)
        assert isinstance(task.exception(), CrossTaskError)


async def test_a_background_task_may_work_for_itself(bank: Database) -> None:
    """With isolated() it is outside of the unit."""

    async def apart() -> int:
        with isolated():
            return await balance(bank, 2)

    async with atomic():
        assert sum(await asyncio.gather(apart(), apart())) == 100


async def test_a_task_that_outlives_the_unit_is_outside_of_it(bank: Database) -> None:
    """The unit is over; what comes later commits by itself."""
    over = asyncio.Event()

    async def later() -> None:
        await over.wait()
        await deposit(bank)

    async with atomic():
        task = asyncio.create_task(later())
        await asyncio.sleep(0)
    over.set()
    await task
    assert await balance(bank, 1) == 101


async def _shielded(work: Awaitable[None]) -> None:
    await asyncio.shield(work)


async def _in_a_task(work: Awaitable[None]) -> None:
    await asyncio.ensure_future(work)


async def _timed(work: Awaitable[None]) -> None:
    await asyncio.wait_for(work, 5)


async def _nested(work: Awaitable[None]) -> None:
    await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(work)), 5)


@pytest.mark.parametrize("how", [_shielded, _in_a_task, _timed, _nested])
async def test_a_task_that_the_owner_only_waits_for_may_use_the_unit(
    bank: Database, how: Callable[[Awaitable[None]], Awaitable[None]]
) -> None:
    """wait_for (on 3.11) and shield run a call in another task, though strictly in sequence."""
    with ends_with(ZeroDivisionError):
        async with atomic():
            await how(deposit(bank))
            assert await balance(bank, 1) == 101
            _ = 1 / 0
    assert await balance(bank, 1) == 100


async def test_an_endpoint_may_use_the_unit_of_its_middleware(bank: Database) -> None:
    """Starlette runs the endpoint in another task while the middleware waits for it; also two deep."""
    app = FastAPI()

    @app.middleware("http")
    async def plain(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        return await call_next(request)

    @app.middleware("http")
    async def in_a_unit(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        async with atomic(bank):
            return await call_next(request)

    @app.post("/deposit")
    async def endpoint() -> bool:
        await deposit(bank)
        return current_unit(bank) is not None

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.post("/deposit")).json() is True
    assert await balance(bank, 1) == 101


@pytest_asyncio.fixture
async def unit_of_a_fixture(bank: Database) -> AsyncIterator[Unit]:
    async with atomic() as unit:
        yield unit


async def test_a_test_may_use_the_unit_of_its_fixture(bank: Database, unit_of_a_fixture: Unit) -> None:
    """pytest-asyncio runs fixture and test in two tasks, one after the other."""
    await deposit(bank)
    assert current_unit(bank) is unit_of_a_fixture


async def test_a_shared_unit_serves_every_task(bank: Database) -> None:
    """The allowance for tests: the test says that its tasks take turns."""
    async with atomic() as unit:
        unit.share()
        await asyncio.gather(deposit(bank), deposit(bank))
        assert await balance(bank, 1) == 102
