"""Every way to write rows tells the same: each row, with what it was and what it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.models import Written, pre_delete, pre_save, pre_update
from portico.db.query import F
from portico.db.session import Database, atomic
from portico.errors import ForbiddenError
from portico.testing.statements import statements
from tests.integration.signals.works import ALL, Diary, Note, Work, diary, house

__all__ = ["diary", "house"]


async def create() -> None:
    """One row."""
    await Work.create(title="new")


async def bulk_create() -> None:
    """Several."""
    await Work.bulk_create([Work(title="new"), Work(title="newer")])


async def bulk_create_blindly() -> None:
    """Several, of which nothing is wanted back."""
    await Work.bulk_create([{"title": "new"}, {"title": "newer"}], returning=False)


async def get_or_create() -> None:
    """One that is made, and one that is there."""
    await Work.get_or_create(title="new")
    await Work.get_or_create(title="Missa")


async def flush_new() -> None:
    """By a session of the user's own."""
    async with atomic() as unit:
        unit.session.add(Work(title="new"))


async def insert() -> None:
    """By a statement of the user's own."""
    async with atomic() as unit:
        await unit.execute(sa.insert(Work).values(title="new"))


async def save() -> None:
    """One row, by key."""
    work = await Work.get(title="Missa")
    work.year = 7
    await work.save()


async def update_or_create() -> None:
    """One that is there."""
    await Work.update_or_create(title="Missa", defaults={"year": 7})


async def bulk_update() -> None:
    """All rows, each with its own value."""
    works = await Work.order_by("id")
    for work in works:
        work.year = 7
    await Work.bulk_update(works, ["year"])


async def set_based_update() -> None:
    """All rows, by one statement."""
    await Work.filter(year__gt=0).update(year=7)


async def computed_update() -> None:
    """All rows, by what they hold."""
    await Work.filter(year__gt=0).update(year=F("year") + 1)


async def flush_changed() -> None:
    """By the session that has loaded it."""
    async with atomic():
        work = await Work.get(title="Missa")
        work.year = 7


async def update_statement() -> None:
    """By a statement of the user's own."""
    async with atomic() as unit:
        await unit.execute(sa.update(Work).where(Work.title == "Missa").values(year=7))


async def delete() -> None:
    """One row."""
    await (await Work.get(title="Missa")).delete()


async def bulk_delete() -> None:
    """By instance and by key."""
    one, other = await Work.order_by("id")
    await Work.bulk_delete([one, other.id])


async def set_based_delete() -> None:
    """All rows, by one statement."""
    await Work.filter(year__gt=0).delete()


async def flush_deleted() -> None:
    """By the session that has loaded it."""
    async with atomic() as unit:
        await unit.session.delete(await Work.get(title="Missa"))


Path = Callable[[], Awaitable[None]]
CREATES: dict[Path, int] = {
    create: 1,
    bulk_create: 2,
    bulk_create_blindly: 2,
    get_or_create: 1,
    flush_new: 1,
}
UPDATES: dict[Path, int] = {
    save: 1,
    update_or_create: 1,
    bulk_update: 2,
    set_based_update: 2,
    computed_update: 2,
    flush_changed: 1,
}
DELETES: dict[Path, int] = {delete: 1, bulk_delete: 2, set_based_delete: 2, flush_deleted: 1}
PATHS = [
    *((path, count, "create") for path, count in CREATES.items()),
    *((path, count, "update") for path, count in UPDATES.items()),
    *((path, count, "delete") for path, count in DELETES.items()),
]
BEFORE = {"create": [pre_save], "update": [pre_save, pre_update], "delete": [pre_delete]}
AFTER = {"create": ["post_save"], "update": ["post_update", "post_save"], "delete": ["post_delete"]}


def named(value: object) -> str:
    """How a path is called in the list of tests."""
    return getattr(value, "__name__", str(value))


async def stored() -> list[tuple[str, int]]:
    """What the table holds."""
    return [(work.title, work.year) for work in await Work.order_by("id")]


@pytest.mark.parametrize(("path", "count", "kind"), PATHS, ids=named)
async def test_each_row_is_told_at_each_moment(
    house: Database, diary: Diary, path: Path, count: int, kind: str
) -> None:
    """A path that passes by a hook is a hole."""
    with diary.listening():
        await path()
    told = [signal.name for signal in BEFORE[kind]] + AFTER[kind]
    assert {name: diary.names.count(name) for name in ALL if name in diary.names} == dict.fromkeys(
        told, count
    )
    assert all(event.kind == kind for _, event in diary.events)
    assert len({event.change.key for event in diary.of(told[-1])}) == count


@pytest.mark.parametrize(("path", "count", "kind"), PATHS, ids=named)
async def test_what_was_written_is_told(
    house: Database, diary: Diary, path: Path, count: int, kind: str
) -> None:
    """Told without anybody who looks before: rows need not be loaded for that."""
    before = {title for title, _ in await stored()}
    with ALL[AFTER[kind][-1]].connected(lambda event: diary.events.append((kind, event)), of=Work):
        await path()
    events: list[Written[Work]] = diary.of(kind)
    assert len(events) == count
    if kind == "update":
        assert all(event.changed == {"year"} for event in events)
    titles = {event.instance.title for event in events}
    assert titles == ({title for title, _ in await stored()} ^ before if kind != "update" else titles)
    if kind != "delete":
        assert {(event.instance.title, event.instance.year) for event in events} <= {*await stored()}


@pytest.mark.parametrize(("path", "count", "kind"), PATHS, ids=named)
async def test_a_refusal_undoes_all_of_it(house: Database, path: Path, count: int, kind: str) -> None:
    """That of the last row undoes the first."""
    before, seen = await stored(), list[Any]()

    def refuse_the_last(event: object) -> None:
        seen.append(event)
        if len(seen) == count:
            raise ForbiddenError("no")

    with BEFORE[kind][0].connected(refuse_the_last, of=Work), pytest.raises(ForbiddenError):
        await path()
    assert await stored() == before


@pytest.mark.parametrize(("path", "kind"), [(p, k) for p, _, k in PATHS if k != "delete"], ids=named)
async def test_what_a_receiver_assigns_is_written_by_every_path(
    house: Database, path: Path, kind: str
) -> None:
    """Not only by those that write one object."""

    def prefix(event: Any) -> None:
        if not event.instance.title.startswith("told "):
            event.instance.title = f"told {event.instance.title}"

    before = {title for title, _ in await stored()}
    with pre_save.connected(prefix, of=Work):
        await path()
    written = {title for title, year in await stored() if title not in before or year == 7}
    assert written
    assert all(title.startswith("told ") for title in written)


async def test_a_statement_of_ones_own_is_told_of_afterwards(house: Database, diary: Diary) -> None:
    """Nobody can change values in somebody's statement, but what it did is known."""
    with diary.listening():
        await insert()
        await update_statement()
    assert [name for name in diary.names if name.startswith("post")] == [
        "post_save",
        "post_update",
        "post_save",
    ]


async def test_what_the_database_deletes_is_told_of_afterwards(house: Database, diary: Diary) -> None:
    """Rows that go with another."""
    work = await Work.get(title="Missa")
    await Note.create(text="late", work_id=work.id)
    with diary.listening(of=Note):
        await work.delete()
    assert diary.names == ["post_delete"]
    assert diary.events[0][1].instance.text == "late"


async def test_a_row_that_was_not_in_hand_is_an_object_of_its_own(house: Database, diary: Diary) -> None:
    """It can be used as any other, also to write again."""

    async def again(event: Written[Work]) -> None:
        if event.instance.year == 7:
            await event.instance.update(year=8)

    with ALL["post_update"].connected(again, of=Work):
        await Work.filter(title="Missa").update(year=7)
    assert ("Missa", 8) in await stored()


async def test_a_class_that_nobody_hears_of_costs_nothing(house: Database, diary: Diary) -> None:
    """Receivers of another class, or of before, leave its writes single statements."""
    with diary.listening():
        await create()
    with diary.listening(of=Note):
        async with statements(house) as seen:
            await Work.create(title="single")
    assert (len(seen), seen.round_trips) == (1, 1)
    assert "single" not in {getattr(event.instance, "title", None) for _, event in diary.events}
