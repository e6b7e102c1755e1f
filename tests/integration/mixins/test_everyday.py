"""What `UtilsMixin` adds, on every database."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest

from portico.db.session import Database, atomic, isolated
from portico.errors import (
    ConflictError,
    DuplicateError,
    InvalidError,
    NotFoundError,
    PorticoError,
    UnknownNameError,
    UsageError,
    VersionConflictError,
)
from tests.integration.mixins.notes import Account, Base, Label, Line, Note, Truck


@pytest.fixture(autouse=True)
async def note(db: Database) -> Note:
    """One row."""
    await db.create_tables(Base.metadata)
    return await Note.create(slug="a", title="old")


async def test_an_upsert_says_truly_what_it_did(note: Note) -> None:
    """Made, or changed: callers act on it."""
    same, created = await Note.upsert({"slug": "a", "title": "new"}, on=["slug"])
    assert (same.id, same.title, created) == (note.id, "new", False)
    other, created = await Note.upsert({"slug": "b", "title": "new"}, on=["slug"])
    assert (other.title, created) == ("new", True)
    placed, created = await Note.upsert({"slug": "c", "shelf": "x", "place": 1}, on=["place", "shelf"])
    again, changed = await Note.upsert({"shelf": "x", "place": 1, "likes": 3}, on=["shelf", "place"])
    assert (placed.id, created, changed, again.slug, again.likes) == (again.id, True, False, "c", 3)


async def test_of_many_at_once_one_is_told_that_it_made_the_row() -> None:
    """A flag that is true for two, or for nobody, would send two welcome letters or none."""
    rows = await asyncio.gather(*(Note.upsert({"slug": "n", "likes": i}, on=["slug"]) for i in range(6)))
    assert sorted(created for _, created in rows) == [False] * 5 + [True]
    assert len({one.id for one, _ in rows}) == 1


async def test_an_upsert_matches_by_its_own_key_alone(note: Note) -> None:
    """MariaDB's own upsert would change the row that has any unique value in common."""
    await note.update(shelf="x", place=1)
    with pytest.raises(DuplicateError):
        await Note.upsert({"slug": "b", "shelf": "x", "place": 1, "title": "taken over"}, on=["slug"])
    assert (await Note.get(1)).title == "old"


@pytest.mark.parametrize("on", [["title"], ["slug", "title"], [], ["slog"]])
async def test_an_upsert_wants_a_unique_key(on: list[str]) -> None:
    """By any other columns there may be several rows."""
    with pytest.raises(UsageError, match="no unique key of Note"):
        await Note.upsert({"slug": "a", "title": "b"}, on=on)
    with pytest.raises(UsageError, match="needs slug"):
        await Note.upsert({"title": "b"}, on=["slug"])


async def test_many_are_upserted_in_their_order() -> None:
    """All of them or none."""
    rows: list[dict[str, object]] = [{"slug": "b", "likes": 1}, {"slug": "a", "title": "new"}, {"slug": "c"}]
    done = await Note.upsert_many(rows, on=["slug"])
    assert [(one.slug, created) for one, created in done] == [("b", True), ("a", False), ("c", True)]
    assert [one.title for one, _ in done] == ["", "new", ""]
    with pytest.raises(InvalidError):
        await Note.upsert_many([{"slug": "d"}, {"slug": "a", "likes": -5}], on=["slug"])
    assert await Note.count() == 3


async def test_many_upserts_of_the_same_rows_all_get_through() -> None:
    """Those who lose the race find the row on their next attempt."""
    rows = [{"slug": f"n{i}"} for i in range(5)]
    done = await asyncio.gather(*(Note.upsert_many(rows, on=["slug"]) for _ in range(4)))
    assert sum(created for each in done for _, created in each) == 5
    assert await Note.count() == 6


async def test_rows_come_in_the_order_of_their_keys(note: Note) -> None:
    """A key without a row leaves its place empty."""
    other = await Note.create(slug="b")
    found = await Note.get_many([other.id, 99, note.id, other.id])
    assert [one and one.slug for one in found] == ["b", None, "a", "b"]
    assert await Note.exists_many([99, note.id]) == [False, True]
    assert await Note.get_many([]) == []


async def test_a_counter_stays_in_its_limits(note: Note) -> None:
    """Those of the field and those of the call."""
    assert await note.increment("likes", 5) == 5
    assert await note.decrement("likes", 2, at_least=3) == 3
    with pytest.raises(ConflictError):
        await note.decrement("likes", at_least=3)
    with pytest.raises(ConflictError):
        await note.decrement("likes", 4)
    with pytest.raises(ConflictError):
        await note.increment("place")
    assert await note.increment("price", Decimal("0.25")) == Decimal("1.25")
    assert (note.likes, (await Note.get(1)).likes) == (3, 3)


async def test_an_amount_that_would_be_rounded_is_refused(note: Note) -> None:
    """A sum that is not what was asked for must not be stored."""
    for name, amount in (("price", Decimal("0.001")), ("likes", 1.5), ("likes", True), ("price", 0.5)):
        with pytest.raises(InvalidError):
            await note.increment(name, amount)
    with pytest.raises(UsageError):
        await note.increment("version")
    with pytest.raises(UnknownNameError):
        await note.increment("likse")


async def test_a_counter_of_a_row_that_is_gone_says_so(note: Note) -> None:
    """And of one that was never there."""
    await Note.filter(id=1).delete()
    with pytest.raises(NotFoundError):
        await note.increment("likes")
    with pytest.raises(UsageError):
        await Note(slug="b").increment("likes")


async def test_a_counter_does_not_make_a_stale_object_current(note: Note) -> None:
    """It lacks what others wrote, and its save would undo that."""
    await Note.filter(id=1).update(title="theirs")
    await note.increment("likes")
    note.title = "mine"
    with pytest.raises(VersionConflictError):
        await note.save()


async def test_a_value_that_was_assigned_to_itself_is_not_kept(note: Note) -> None:
    """It is no change, so the object says afterwards what the database says."""
    note.likes = note.likes
    assert await note.increment("likes") == 1
    assert note.likes == 1


async def test_the_sum_is_that_of_the_database(note: Note) -> None:
    """What was assigned and not saved stays so, and is no part of it."""
    note.likes = 50
    assert await note.increment("likes") == 1
    assert note.likes == 50
    await note.save()
    assert (await Note.get(note.id)).likes == 50


async def test_a_change_under_a_condition_happens_or_not(note: Note) -> None:
    """The condition is asked of the row in the database."""
    await Note.filter(id=1).update(likes=2)
    assert not await note.update_if(Note.likes == 0, title="new")
    assert await note.update_if(Note.likes == 2, title="new", done=True)
    assert (note.title, note.done, (await Note.get(1)).title) == ("new", True, "new")


async def test_a_row_of_several_tables_counts_too() -> None:
    """There it is locked, changed and written."""
    truck = await Truck.create(cargo=1)
    assert await truck.increment("cargo", 2) == 3
    assert await truck.update_if(Truck.wheels == 4, wheels=6)
    stored = await Truck.get(truck.id)
    assert (stored.cargo, stored.wheels, stored.version, truck.version) == (3, 6, 3, 3)


@pytest.mark.requires("row_locks")
async def test_a_lock_holds_the_row(note: Note) -> None:
    """Whoever comes meanwhile is told at once, or passes by."""
    await Note.filter(id=1).update(title="new")
    async with atomic():
        assert await note.lock()
        assert note.title == "new"
        with isolated():
            mine = await Note.get(1)
            async with atomic():
                assert not await mine.lock(skip_locked=True)
            with pytest.raises(PorticoError):
                async with atomic():
                    await mine.lock(nowait=True)


async def test_a_lock_wants_a_unit_and_a_clean_object(note: Note) -> None:
    """Outside it would last for nothing; changes would be lost by reading again."""
    with pytest.raises(UsageError, match="unit of work"):
        await note.lock()
    note.title = "mine"
    with pytest.raises(UsageError, match="not saved"):
        async with atomic():
            await note.lock()


async def test_a_copy_has_its_own_key_and_unique_values(note: Note) -> None:
    """Everything else is as in the original."""
    await note.update(title="new")
    copy = await note.clone(slug="b")
    assert (copy.id != note.id, copy.slug, copy.title, copy.version) == (True, "b", "new", 1)
    assert copy.created_at > note.created_at
    with pytest.raises(UsageError, match="slug of Note is unique"):
        await note.clone()
    with pytest.raises(UsageError, match="password"):
        await (await Account.create(name="ann", password="long enough")).clone()


async def test_relations_are_copied_or_linked_as_asked(note: Note) -> None:
    """Rows that belong to one are copied, links go to the same rows."""
    await Line.create(text="one", note_id=note.id)
    label = await Label.create(name="red")
    await note.labels.add(label)
    copy = await note.clone(slug="b", relations=["lines", "labels"])
    stored = await Note.prefetch("lines", "labels").get(copy.id)
    assert [line.text for line in stored.lines] == ["one"]
    assert [one.id for one in stored.labels] == [label.id]
    assert await Line.count() == 2
    plain = await note.clone(slug="c")
    assert not await Line.filter(note_id=plain.id).exists()


async def test_a_copy_is_made_whole_or_not_at_all(note: Note) -> None:
    """A wrong relation is found before anything is written."""
    with pytest.raises(UnknownNameError):
        await note.clone(slug="b", relations=["linse"])
    assert await Note.count() == 1


async def test_what_was_changed_is_known(note: Note) -> None:
    """Before it is saved."""
    assert note.changed_fields() == ()
    note.title, note.likes = "new", 0
    assert note.changed_fields() == ("title",)
    stored = await Note.get(1)
    assert note.diff(stored) == {"title": ("new", "old")}
    with pytest.raises(UsageError):
        note.diff(Line(text="x"))  # type: ignore[arg-type]  # the mistake at hand


async def test_an_object_is_shown_without_secrets(note: Note) -> None:
    """As a dictionary and as JSON, with relations that are loaded."""
    account = await Account.create(name="ann", password="long enough", token="t")
    assert account.to_dict() == {"id": account.id, "name": "ann"}
    await Line.create(text="one", note_id=note.id)
    note = await Note.prefetch("lines").get(1)
    shown = note.to_dict(include=["slug", "lines"], relations=["lines"])
    assert [line["text"] for line in shown["lines"]] == ["one"]
    assert set(shown) == {"slug", "lines"}
    assert json.loads(note.to_json(exclude=["extra"]))["price"] in {"1.00", 1.0}
    with pytest.raises(UnknownNameError):
        note.to_dict(exclude=["titel"])
