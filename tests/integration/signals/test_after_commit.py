"""After the commit: told only of what stands, and nothing that a receiver does reaches the writer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from portico.db.models import Written, post_delete, post_save, post_update
from portico.db.scoping import acting, current_actor
from portico.db.session import Database, atomic, current_unit, isolated
from portico.signals import counts, drain
from tests.integration.signals.works import Diary, Work, diary, house

__all__ = ["diary", "house"]


@pytest.fixture(autouse=True)
async def _all_has_ended() -> AsyncIterator[None]:
    """Receivers of this test do not run in the next."""
    yield
    await drain(10)


def later(diary: Diary) -> Any:
    """Hear of works after the commit."""

    async def hear(event: Written[Work]) -> None:
        diary.events.append((event.kind, event))

    return post_save.connected(hear, of=Work, after_commit=True)


def titles(diary: Diary) -> list[str]:
    """The rows that were heard of."""
    return [event.instance.title for _, event in diary.events]


async def test_it_is_told_after_the_outermost_commit(house: Database, diary: Diary) -> None:
    """And not before, however long the unit lasts."""
    with later(diary):
        async with atomic():
            async with atomic():
                await Work.create(title="Eroica")
            await drain(10)
            assert diary.events == []
        await drain(10)
    assert titles(diary) == ["Eroica"]


async def test_a_write_on_its_own_is_told_too(house: Database, diary: Diary) -> None:
    """It is a transaction of its own."""
    with later(diary):
        await Work.create(title="Eroica")
        await Work.bulk_create([Work(title="a"), Work(title="b")])
        await drain(10)
    assert sorted(titles(diary)) == ["Eroica", "a", "b"]


async def test_a_commit_of_ones_own_session_is_told(house: Database, diary: Diary) -> None:
    """Each commit by itself, and not what was rolled back in between."""
    with later(diary):
        async with house.session() as session:
            session.add(Work(title="first"))
            await session.commit()
            await drain(10)
            assert titles(diary) == ["first"]
            session.add(Work(title="undone"))
            await session.flush()
            await session.rollback()
            session.add(Work(title="second"))
        await drain(10)
    assert titles(diary) == ["first", "second"]


async def test_nothing_is_told_of_what_was_rolled_back(house: Database, diary: Diary) -> None:
    """Not the unit, not a savepoint in one that stands, not a write that the database refused."""
    with later(diary):
        with pytest.raises(ZeroDivisionError):
            async with atomic():
                await Work.create(title="undone")
                _ = 1 / 0
        async with atomic():
            await Work.create(title="stands")
            with pytest.raises(ZeroDivisionError):
                async with atomic():
                    await Work.create(title="undone, too")
                    _ = 1 / 0
        with pytest.raises(Exception, match="title"):
            await Work.create(title="Missa")
        await drain(10)
    assert titles(diary) == ["stands"]


async def test_each_write_is_told_with_the_row_as_it_left_it(house: Database, diary: Diary) -> None:
    """A copy: neither the writer nor another receiver can change what is told."""
    with later(diary):
        async with atomic():
            work = await Work.create(title="first")
            await work.update(title="second")
            work.title = "third"
            await work.save()
        work.title = "not saved"
        await drain(10)
    assert titles(diary) == ["first", "second", "third"]
    assert not any(event.instance is work for _, event in diary.events)


async def test_a_deleted_row_is_told_with_what_it_was(house: Database) -> None:
    """Its values are all that is left of it."""
    heard: list[str] = []

    async def hear(event: Written[Work]) -> None:
        heard.append(event.instance.title)

    with post_delete.connected(hear, of=Work, after_commit=True):
        await Work.filter(title="Missa").delete()
        await drain(10)
    assert heard == ["Missa"]


async def _raises() -> None:
    raise RuntimeError("receiver")


async def _exits() -> None:
    raise SystemExit(3)


async def _interrupts() -> None:
    raise KeyboardInterrupt


async def _cancels() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.Event().wait()


@pytest.mark.parametrize("doing", [_raises, _exits, _interrupts, _cancels])
async def test_no_failure_reaches_the_writer(house: Database, diary: Diary, doing: Any) -> None:
    """The commit stands, the next receiver hears, and the failure is counted."""
    failed = counts().failed

    async def fail(_event: object) -> None:
        await doing()

    with post_save.connected(fail, of=Work, after_commit=True), later(diary):
        async with atomic():
            await Work.create(title="Eroica")
        await drain(10)
    assert titles(diary) == ["Eroica"]
    assert await Work.filter(title="Eroica").exists()
    assert counts().failed == failed + 1


async def test_no_slowness_reaches_the_writer(house: Database) -> None:
    """A receiver that waits, and one that blocks, are still at it when more writes are done."""
    gate, blocked = asyncio.Event(), threading.Event()

    async def wait(_event: object) -> None:
        await gate.wait()

    def block(_event: object) -> None:
        blocked.wait(30)

    with (
        post_save.connected(wait, of=Work, after_commit=True),
        post_save.connected(block, of=Work, after_commit=True),
    ):
        for number in range(3):
            await Work.create(title=f"title {number}")
    assert await Work.count() == 5
    assert counts().running >= 2
    gate.set()
    blocked.set()


async def test_it_runs_outside_of_every_unit(house: Database) -> None:
    """Even where the writer is inside of another one; its tenant and actor are kept."""
    seen: list[Any] = []

    async def look(event: Written[Work]) -> None:
        unit = current_unit(house)
        seen.append((unit, current_actor(), (await Work.get(event.instance.id)).title))

    with post_save.connected(look, of=Work, after_commit=True), acting("ann"):
        await Work.create(title="Eroica")
        await drain(10)
    assert seen == [(None, "ann", "Eroica")]


@pytest.mark.requires("row_locks")
async def test_it_runs_outside_of_a_unit_around(house: Database) -> None:
    """What is committed on its own inside of a unit is told while that unit is open."""
    seen: list[Any] = []

    async def look(event: Written[Work]) -> None:
        seen.append((current_unit(house), await Work.filter(title=event.instance.title).exists()))

    with post_save.connected(look, of=Work, after_commit=True):
        async with atomic():
            with isolated():
                await Work.create(title="Eroica")
            await drain(10)
            assert seen == [(None, True)]


async def test_a_receiver_may_write(house: Database, diary: Diary) -> None:
    """And is told of that in turn; the writer waits for none of it."""

    async def count_up(event: Written[Work]) -> None:
        if event.instance.year < 3:
            await event.instance.update(year=event.instance.year + 1)

    with post_save.connected(count_up, of=Work, after_commit=True), later(diary):
        await Work.create(title="Eroica")
        await drain(10)
    assert (await Work.get(title="Eroica")).year == 3
    assert [event.instance.year for _, event in diary.events] == [0, 1, 2, 3]


async def test_events_of_a_row_come_in_the_order_of_the_commits(house: Database) -> None:
    """A slow first one is not overtaken."""
    heard: list[int] = []

    async def hear(event: Written[Work]) -> None:
        for _ in range(10 - event.instance.year):
            await asyncio.sleep(0)
        heard.append(event.instance.year)

    work = await Work.get(title="Missa")
    with post_update.connected(hear, of=Work, after_commit=True):
        for year in range(5):
            await work.update(year=year)
        await drain(10)
    assert heard == [0, 1, 2, 3, 4]
