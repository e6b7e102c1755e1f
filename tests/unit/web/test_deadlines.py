"""A time limit cancels what takes longer, once, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from portico.errors import TimedOutError
from portico.web.deadlines import within


async def slow() -> None:
    """Longer than any test waits."""
    await asyncio.sleep(30)


async def test_what_is_quick_is_left_alone() -> None:
    """Also long after it has ended."""
    with within(0.02):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_is_slow_is_cancelled() -> None:
    """The error says after how long; the task can go on."""
    with pytest.raises(TimedOutError, match=r"within 0\.02 seconds"), within(0.02):
        await slow()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_each_has_its_own_end() -> None:
    """Blocks of one length that began at different times end at different times, in any order of leaving."""
    loop = asyncio.get_running_loop()

    async def one(wait: float, work: float) -> float:
        await asyncio.sleep(wait)
        began = loop.time()
        try:
            with within(0.1):
                await asyncio.sleep(work)
        except TimedOutError:
            return loop.time() - began
        return 0.0

    ended = await asyncio.gather(one(0, 30), one(0.03, 0.01), one(0.06, 30), one(0.2, 30))
    assert ended[1] == 0.0
    assert all(0.09 < ended[place] < 0.5 for place in (0, 2, 3))


async def test_a_cancellation_from_outside_stays_one() -> None:
    """Whoever cancels a request does not read that it was slow."""

    async def limited() -> None:
        with within(5):
            await slow()

    task = asyncio.create_task(limited())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_from_outside_wins_over_the_end() -> None:
    """Both at once: the task stays cancelled."""

    async def limited() -> None:
        with within(0.02):
            try:
                await slow()
            finally:
                task.cancel()

    task = asyncio.create_task(limited())
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_another_error_is_not_hidden() -> None:
    """What fails while it is being cancelled says why."""
    with pytest.raises(ZeroDivisionError), within(0.02):
        try:
            await slow()
        finally:
            raise ZeroDivisionError
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


def test_every_loop_has_its_own() -> None:
    """Loops come and go in tests."""

    async def limited() -> None:
        with pytest.raises(TimedOutError), within(0.01):
            await slow()

    for _ in range(3):
        asyncio.run(limited())


def test_a_block_outside_of_tasks_is_refused() -> None:
    """There would be nothing to cancel."""
    loop = asyncio.new_event_loop()
    seen: list[type[BaseException]] = []

    def call() -> None:
        try:
            within(1)
        except RuntimeError as error:
            seen.append(type(error))
        loop.stop()

    loop.call_soon(call)
    loop.run_forever()
    loop.close()
    assert seen == [RuntimeError]
