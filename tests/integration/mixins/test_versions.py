"""The version moves on every path that writes, and whoever holds another one is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from portico.db.session import Database, atomic, current_database, current_unit, isolated
from portico.errors import NotFoundError, UsageError, VersionConflictError
from portico.testing.statements import statements
from tests.integration.mixins.notes import Base, Note

Path = Callable[[Database], Awaitable[object]]


@pytest.fixture(autouse=True)
async def note(db: Database) -> Note:
    """One row, at version 1."""
    await db.create_tables(Base.metadata)
    return await Note.create(slug="a", title="old")


async def _saved(_: Database) -> None:
    one = await Note.get(1)
    one.title = "new"
    await one.save()


async def _updated(_: Database) -> None:
    await (await Note.get(1)).update(title="new")


async def _in_unit(_: Database) -> None:
    async with atomic():
        await (await Note.get(1)).update(title="new")


async def _flushed(_: Database) -> None:
    async with atomic():
        (await Note.get(1)).title = "new"


async def _set_based(_: Database) -> None:
    await Note.filter(slug="a").update(title="new")


async def _returning(_: Database) -> None:
    await Note.filter(slug="a").update(returning=True, title="new")


async def _in_bulk(_: Database) -> None:
    one = await Note.get(1)
    one.title = "new"
    await Note.bulk_update([one], ["title"])


async def _upserted(_: Database) -> None:
    await Note.upsert({"slug": "a", "title": "new"}, on=["slug"])


async def _upserted_with_others(_: Database) -> None:
    await Note.upsert_many([{"slug": "a", "title": "new"}, {"slug": "b"}], on=["slug"])


async def _or_created(_: Database) -> None:
    await Note.update_or_create(slug="a", defaults={"title": "new"})


async def _incremented(_: Database) -> None:
    await (await Note.get(1)).increment("likes")


async def _conditionally(_: Database) -> None:
    assert await (await Note.get(1)).update_if(Note.likes == 0, title="new")


async def _own_orm_statement(db: Database) -> None:
    async with db.session() as session:
        await session.execute(sa.update(Note).where(Note.id == 1).values(title="new"))


async def _own_core_statement(db: Database) -> None:
    async with db.session() as session:
        await session.execute(sa.update(Note.__table__).values(title="new"))


async def _own_statement_with_parameters(db: Database) -> None:
    async with db.session() as session:
        table = Note.__table__
        statement = sa.update(table).where(table.c.id == sa.bindparam("key"))
        await session.execute(statement, [{"key": 1, "title": "new"}])


async def _own_flush(db: Database) -> None:
    async with db.session() as session:
        one = await session.get(Note, 1)
        assert one is not None
        one.title = "new"


async def _own_upsert(db: Database) -> None:
    kind = {"postgresql": postgresql, "sqlite": sqlite}.get(db.dialect_name, mysql)
    made = kind.insert(Note).values(slug="a", title="new")
    if isinstance(made, mysql.Insert):
        made = made.on_duplicate_key_update(title=made.inserted.title, version=made.inserted.version)
    else:
        put = {"title": made.excluded.title, "version": made.excluded.version}
        made = made.on_conflict_do_update(index_elements=["slug"], set_=put)
    async with db.session() as session:
        await session.execute(made)


PATHS: list[Path] = [
    _saved,
    _updated,
    _in_unit,
    _flushed,
    _set_based,
    _returning,
    _in_bulk,
    _upserted,
    _upserted_with_others,
    _or_created,
    _incremented,
    _conditionally,
    _own_orm_statement,
    _own_core_statement,
    _own_statement_with_parameters,
    _own_flush,
    _own_upsert,
]


@pytest.mark.parametrize("path", PATHS)
async def test_every_path_moves_the_version_by_one(db: Database, path: Path) -> None:
    """A path that left it alone would let a stale save through."""
    await path(db)
    assert (await Note.get(1)).version == 2


@pytest.mark.parametrize("path", PATHS)
async def test_a_save_from_before_is_refused_and_changes_nothing(
    db: Database, note: Note, path: Path
) -> None:
    """What somebody else wrote in between is never overwritten unseen."""
    await path(db)
    before = await Note.get(1)
    note.done = True
    with pytest.raises(VersionConflictError, match="Somebody else has changed this Note"):
        await note.save()
    after = await Note.get(1)
    assert (after.done, after.version) == (before.done, before.version)
    assert note.done


async def test_the_object_follows_its_own_writes(note: Note) -> None:
    """Whoever writes twice is not their own rival."""
    await note.update(title="new")
    await note.update(title="newer")
    await note.increment("likes")
    await note.update(title="newest")
    assert (note.version, (await Note.get(1)).version) == (5, 5)


async def test_a_save_of_a_versioned_row_is_one_statement(db: Database, note: Note) -> None:
    """A version must not push a write off the compiled path, nor be read back."""
    async with statements(db) as seen:
        await note.update(title="new")
        await Note.filter(id=1).update(title="newer")
    assert len(seen) == 2
    assert seen.round_trips == 2


async def test_a_stale_delete_is_refused(note: Note) -> None:
    """What is deleted is what was seen."""
    await Note.filter(id=1).update(title="new")
    with pytest.raises(VersionConflictError):
        await note.delete()
    with pytest.raises(VersionConflictError):
        await Note.bulk_delete([note])
    assert await Note.count() == 1
    assert await Note.bulk_delete([1]) == 1


async def test_a_row_that_is_gone_is_told_apart(note: Note) -> None:
    """Reading again helps against one of them only."""
    await Note.filter(id=1).delete()
    note.title = "new"
    with pytest.raises(NotFoundError):
        await note.save()
    with pytest.raises(NotFoundError):
        await note.delete()
    assert await Note.bulk_delete([note]) == 0


async def test_one_stale_row_refuses_a_whole_bulk_update(note: Note) -> None:
    """All of them or none, also where the others were written already."""
    others = await Note.bulk_create([Note(slug=f"n{i}") for i in range(3)])
    await Note.filter(id=1).update(title="new")
    for one in (note, *others):
        one.title = "bulk"
    with pytest.raises(VersionConflictError):
        await Note.bulk_update([*others, note], ["title"])
    assert not await Note.filter(title="bulk").exists()
    assert [one.version for one in (note, *others)] == [1, 1, 1, 1]
    assert await Note.bulk_update(others, ["title"]) == 3
    assert [one.version for one in await Note.filter(title="bulk")] == [2, 2, 2]


async def test_a_version_that_was_said_is_the_one_that_was_seen(note: Note) -> None:
    """A form that carries the version back is refused when the row has moved since, and is not retried."""
    await note.update(title="new", version=1)
    assert note.version == 2
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        await (await Note.get(1)).update(title="newer", version=1)

    with pytest.raises(VersionConflictError):
        await atomic.run(work, retries=3)
    assert tries == 1


async def test_a_said_version_counts_in_a_flush_too(db: Database) -> None:
    """The session would write it as the new one."""
    with pytest.raises(VersionConflictError):
        async with db.session() as session:
            one = await session.get(Note, 1)
            assert one is not None
            one.title, one.version = "new", 7
    assert (await Note.get(1)).version == 1


async def test_nobody_sets_the_version_of_many_rows() -> None:
    """It would put rows back to numbers that somebody has seen already."""
    with pytest.raises(UsageError, match="moves by itself"):
        await Note.filter(id=1).update(version=1)
    assert await Note.filter(id=1, version=1).update(title="new") == 1
    assert await Note.filter(id=1, version=1).update(title="newer") == 0


async def test_a_stale_object_stays_stale_in_its_unit(db: Database) -> None:
    """A set-based write of its own unit must not make what somebody else wrote look seen."""
    if db.dialect_name == "sqlite":
        pytest.skip("writers queue")
    with pytest.raises(VersionConflictError):
        async with atomic(isolation="read committed"):
            one = await Note.get(1)
            with isolated():
                await Note.filter(id=1).update(title="theirs")
            await Note.filter(id=1).update(likes=5)
            one.title = "mine"
            await one.save()
    assert (await Note.get(1)).title == "theirs"


async def test_a_set_based_write_of_other_rows_makes_no_object_current(db: Database) -> None:
    """What a second session wrote is one version ahead, as what the unit itself had written would be."""
    async with atomic():
        one = await Note.get(1)
        async with db.session() as session:
            await session.execute(sa.update(Note).where(Note.id == 1).values(title="theirs"))
        await Note.filter(slug="nobody").update(likes=5)
        assert one.version == 1
        with pytest.raises(VersionConflictError):
            async with atomic():
                await one.update(title="mine")


async def test_a_save_does_not_make_the_other_object_of_the_row_current(db: Database) -> None:
    """A unit that holds a stale object of the row tells it what was written, and no version."""
    outer = await Note.get(1)
    async with atomic():
        held = await Note.get(1)
        async with db.session() as session:
            await session.execute(sa.update(Note).where(Note.id == 1).values(title="theirs"))
        await outer.refresh()
        await outer.update(likes=5)
        assert (held.likes, held.version) == (5, 1)
        with pytest.raises(VersionConflictError):
            async with atomic():
                await held.update(title="mine")


async def test_an_update_of_a_session_moves_the_version_of_its_objects() -> None:
    """SQLAlchemy would expire what only the SQL compiler sets, and nothing would guard the next save."""
    async with atomic() as unit:
        one = await Note.get(1)
        await unit.session.execute(sa.update(Note).where(Note.id == 1).values(title="new"))
        assert (one.title, one.version) == ("new", 2)
        await one.update(likes=1)
    assert (await Note.get(1)).version == 3


async def test_what_was_read_in_a_unit_goes_back_with_it(note: Note) -> None:
    """An object that was refreshed there would be ahead of its row until somebody else gets that far."""
    with pytest.raises(LookupError):
        async with atomic():
            await Note.filter(id=1).update(title="undone")
            await note.refresh()
            raise LookupError
    assert (note.title, note.version) == ("old", 1)
    await Note.filter(id=1).update(title="theirs")
    with pytest.raises(VersionConflictError):
        await note.update(likes=1)


async def test_a_lost_unit_is_undone_in_memory(note: Note) -> None:
    """The version goes back with the values, so that the object can be saved again."""
    with pytest.raises(RuntimeError):
        async with atomic():
            await note.update(title="new")
            assert note.version == 2
            raise RuntimeError
    assert note.version == 1
    await note.update(title="newer")
    assert (await Note.get(1)).version == 2


async def test_a_retried_unit_gets_through(note: Note) -> None:
    """It reads anew and writes then."""
    objects = [note]

    @atomic(retries=2)
    async def work() -> None:
        one = objects.pop() if objects else await Note.get(1)
        await one.update(title=one.title + "!")

    await Note.filter(id=1).update(title="new")
    await work()
    assert (await Note.get(1)).title == "new!"


async def test_a_unit_of_a_loop_gets_through(note: Note) -> None:
    """The same where the block stays in its place."""
    objects = [note]
    await Note.filter(id=1).update(title="new")
    async for unit in atomic.attempts(2):
        async with unit:
            one = objects.pop() if objects else await Note.get(1)
            await one.update(title=one.title + "!")
    assert (await Note.get(1)).title == "new!"


async def test_a_flush_at_the_end_of_a_unit_is_retried(note: Note) -> None:
    """The conflict shows only when the unit commits."""
    objects = [note]

    async def work() -> None:
        one = objects.pop() if objects else await Note.get(1)
        unit = current_unit(current_database())
        assert unit is not None
        unit.session.add(one)
        one.title += "!"

    await Note.filter(id=1).update(title="new")
    await atomic.run(work, retries=1)
    assert (await Note.get(1)).title == "new!"


async def test_a_refused_flush_does_not_make_an_object_current(db: Database) -> None:
    """SQLAlchemy has given it the next version by then, with which a second attempt would overwrite."""
    stale = await Note.get(1)
    await Note.filter(id=1).update(title="theirs")
    with pytest.raises(VersionConflictError):
        async with db.session() as session:
            session.add(stale)
            stale.title = "mine"
    stale.title = "mine"
    assert stale.version == 1
    with pytest.raises(VersionConflictError):
        await stale.save()
