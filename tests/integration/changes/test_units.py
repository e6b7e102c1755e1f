"""Changes live and die with the unit of work that recorded them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.changes import RowChange, unwatch, watch
from portico.db.scoping import acting, tenant_context
from portico.db.session import Database, atomic, rehearse, run
from portico.errors import DuplicateError, SerializationError, UsageError

from .orchard import Diary, Farm, Label, Stone, Tree, diary, orchard

__all__ = ["diary", "orchard"]


async def test_a_savepoint_takes_back_what_it_recorded(diary: Diary) -> None:
    """What was recorded around it stays, in order."""
    async with atomic():
        await Farm.create(name="a")
        with pytest.raises(ZeroDivisionError):
            async with atomic():
                await Farm.create(name="b")
                _ = 1 / 0
        async with atomic():
            await Farm.create(name="c")
        await Farm.create(name="d")
    assert [change.after["name"] for change in diary.committed] == ["a", "c", "d"]
    assert diary.before == diary.committed
    assert diary.calls == 1


async def test_a_unit_that_rolls_back_tells_nobody(diary: Diary) -> None:
    """Neither before a commit nor after it."""
    with pytest.raises(ZeroDivisionError):
        async with atomic():
            await Farm.create(name="a")
            _ = 1 / 0
    assert (len(diary.told), diary.before, diary.committed) == (1, [], [])


async def test_a_session_tells_at_each_of_its_commits(orchard: Database, diary: Diary) -> None:
    """What it rolls back in between is forgotten."""
    async with orchard.session() as session:
        session.add(Label(text="a"))
        await session.commit()
        assert [change.after["text"] for change in diary.committed] == ["a"]
        session.add(Label(text="b"))
        await session.flush()
        await session.rollback()
        session.add(Label(text="c"))
    assert [change.after["text"] for change in diary.committed] == ["a", "c"]


async def test_a_savepoint_of_a_session_takes_back_what_it_recorded(orchard: Database, diary: Diary) -> None:
    """Also one that SQLAlchemy made without us."""
    async with orchard.session() as session:
        session.add(Label(text="a"))
        await session.flush()
        mark = await session.begin_nested()
        session.add(Label(text="b"))
        await session.flush()
        await mark.rollback()
        async with session.begin_nested():
            session.add(Label(text="c"))
    assert [change.after["text"] for change in diary.committed] == ["a", "c"]


async def test_a_joined_session_belongs_to_the_unit_around(orchard: Database, diary: Diary) -> None:
    """Its own commits are savepoints."""
    async with atomic():
        await Label.create(text="a")
        async with orchard.session() as session:
            session.add(Label(text="b"))
            await session.commit()
            session.add(Label(text="c"))
            await session.rollback()
        assert diary.committed == []
    assert [change.after["text"] for change in diary.committed] == ["a", "b"]


async def test_a_unit_that_runs_again_is_told_once(diary: Diary) -> None:
    """What the attempt before has recorded went with it."""
    attempts = 0

    @atomic(retries=2)
    async def work() -> None:
        nonlocal attempts
        attempts += 1
        await Label.create(text=f"attempt {attempts}")
        if attempts == 1:
            raise SerializationError("again")

    await work()
    assert [change.after["text"] for change in diary.committed] == ["attempt 2"]


async def test_two_units_at_once_are_told_apart(diary: Diary) -> None:
    """Each commit tells its own changes."""

    async def work(name: str) -> None:
        async with atomic():
            await Label.create(text=name)
            await asyncio.sleep(0)
            await Label.create(text=name)

    await asyncio.gather(work("a"), work("b"))
    assert [change.after["text"] for change in diary.committed] in (list("aabb"), list("bbaa"))


async def test_a_cancelled_unit_tells_nobody(diary: Diary) -> None:
    """It rolls back."""
    reached = asyncio.Event()

    async def work() -> None:
        async with atomic():
            await Label.create(text="a")
            reached.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert diary.committed == []


async def test_a_commit_that_fails_tells_nobody_afterwards(orchard: Database, diary: Diary) -> None:
    """A constraint may be looked at only then."""
    if orchard.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL has unique constraints that wait")
    await orchard.execute_raw(
        "ALTER TABLE labels ADD CONSTRAINT late UNIQUE (text) DEFERRABLE INITIALLY DEFERRED"
    )
    with pytest.raises(DuplicateError):
        async with atomic():
            await Label.create(text="old")
    assert (len(diary.before), diary.committed) == (1, [])


async def test_a_statement_that_fails_records_nothing(orchard: Database, diary: Diary) -> None:
    """Nor do those before it, of a unit that cannot go on."""
    with pytest.raises(DuplicateError):
        await Farm.create(name="hill")
    with pytest.raises(DuplicateError):
        await Farm.bulk_create([Farm(name="x"), Farm(name="hill")])
    assert diary.told == []


async def test_rehearsing_asks_who_may_refuse(orchard: Database, diary: Diary) -> None:
    """Nothing is committed."""

    async def work() -> None:
        await Farm.create(name="x")

    await rehearse(work, database=orchard)
    assert (len(diary.before), diary.committed) == (1, [])


async def test_changes_say_who_acts(diary: Diary) -> None:
    """Actor, request and tenant of the code that wrote."""
    with acting(7, request_id="r1"), tenant_context("acme"):
        await Label.create(text="a")
    (change,) = diary.committed
    assert (change.actor, change.request_id, change.tenant) == (7, "r1", "acme")


async def test_changes_know_the_object_that_was_written(diary: Diary) -> None:
    """Not after a statement about many rows."""
    tree = await Tree.create(kind="fir", farm_id=1)
    await Tree.filter(id=tree.id).update(height=3)
    assert [change.instance for change in diary.committed] == [tree, None]


async def test_watchers_may_come_and_go(orchard: Database) -> None:
    """Also after a class has been written on the shorter way."""
    await Label.create(text="a")
    diary = Diary(Label)
    watch(diary)
    await Label.create(text="b")
    unwatch(diary)
    await Label.create(text="c")
    assert [change.after["text"] for change in diary.committed] == ["b"]


class Clerk(Diary):
    """Writes a label for each new farm when its unit commits."""

    async def before_commit(self, unit: Any, changes: Sequence[RowChange]) -> None:
        await super().before_commit(unit, changes)
        for change in changes:
            if change.model is Farm:
                await Label.create(text=f"for {change.after['name']}")


async def test_what_is_written_before_the_commit_is_committed_with_it(orchard: Database) -> None:
    """Watched rows are told of in another round."""
    clerk = Clerk()
    watch(clerk)
    await Farm.create(name="moor")
    unwatch(clerk)
    assert clerk.seen() == [("create", "Farm", (3,)), ("create", "Label", (4,))]
    assert clerk.calls == 2
    assert await Label.filter(text="for moor").count() == 1


class Restless(Diary):
    """Writes what it watches."""

    async def before_commit(self, unit: Any, changes: Sequence[RowChange]) -> None:
        del unit, changes
        await Label.create(text="again")


async def test_a_watcher_that_never_rests_is_stopped(orchard: Database) -> None:
    """With its unit."""
    restless = Restless()
    watch(restless)
    with pytest.raises(UsageError, match="again and again"):
        await Farm.create(name="moor")
    unwatch(restless)
    assert not await Farm.filter(name="moor").exists()


class Refusing(Diary):
    """Refuses at a moment."""

    def __init__(self, moment: str) -> None:
        super().__init__()
        self.moment = moment

    async def after_write(self, unit: Any, changes: Sequence[RowChange]) -> None:
        del unit, changes
        if self.moment == "after_write":
            raise PermissionError("no")

    async def before_commit(self, unit: Any, changes: Sequence[RowChange]) -> None:
        del unit, changes
        if self.moment == "before_commit":
            raise PermissionError("no")


@pytest.mark.parametrize("moment", ["after_write", "before_commit"])
async def test_watchers_may_refuse_in_the_transaction(orchard: Database, moment: str) -> None:
    """A single write and a unit; what was written is undone."""
    refusing = Refusing(moment)
    watch(refusing)
    with pytest.raises(PermissionError):
        await Farm.create(name="moor")
    with pytest.raises(PermissionError):
        async with atomic():
            await Farm.filter(id=1).update(size=9)
    with pytest.raises(PermissionError):
        async with orchard.session() as session:
            session.add(Farm(name="moor"))
            await session.commit()
    unwatch(refusing)
    assert [(farm.name, farm.size) for farm in await Farm.all().order_by("id")] == [("hill", 1), ("dale", 1)]
    assert refusing.committed == []


async def test_a_refusal_that_is_caught_still_undoes_its_unit(orchard: Database) -> None:
    """Like a statement that the database refused."""
    refusing = Refusing("after_write")
    watch(refusing)
    with pytest.raises(UsageError, match="no"):
        async with atomic():
            with pytest.raises(PermissionError):
                await Farm.create(name="moor")
    unwatch(refusing)
    assert not await Farm.filter(name="moor").exists()


class Failing(Diary):
    """Raises after the commit."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def after_commit(self, changes: Sequence[RowChange]) -> None:
        super().after_commit(changes)
        raise self.error


class OddError(BaseException):
    """No `Exception`."""


@pytest.mark.parametrize("error", [ValueError("x"), OddError("x"), asyncio.CancelledError()])
async def test_nobody_fails_a_write_after_its_commit(
    orchard: Database, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged with the name of the watcher, and the others are told."""
    failing, diary = Failing(error), Diary()
    watch(failing)
    watch(diary)
    await Farm.create(name="moor")
    unwatch(failing)
    unwatch(diary)
    assert len(failing.committed) == len(diary.committed) == 1
    assert "Failing failed after a commit" in caplog.text


async def test_a_class_that_nobody_watches_is_not_recorded(orchard: Database, diary: Diary) -> None:
    """Nor looked at by anybody."""
    stone = await Stone.create()
    stone.weight = 3
    await stone.save()
    await run(orchard, sa.update(Stone).values(weight=1))
    await stone.delete()
    assert diary.told == []
