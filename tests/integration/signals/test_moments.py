"""When hooks and receivers run, what they are told, and what they can do."""

from __future__ import annotations

from typing import Any

import pytest

from portico.db.models import Writing, Written, post_save, pre_save
from portico.db.session import Database, atomic
from portico.errors import ForbiddenError, InvalidError
from tests.integration.signals.works import ALL, CREATED, DELETED, UPDATED, Diary, Song, Work, diary, house

__all__ = ["diary", "house"]


async def test_a_life_in_signals(house: Database, diary: Diary) -> None:
    """Each moment once, in the order that is written down."""
    with diary.listening():
        work = await Work.create(title="Eroica")
        await work.update(year=1803)
        await work.delete()
    assert diary.names == [*CREATED, *UPDATED, *DELETED]
    assert all(event.instance is work for _, event in diary.events)


async def test_what_a_new_row_tells(house: Database, diary: Diary) -> None:
    """Before it there is no key; after it there are key and defaults."""
    with diary.listening():
        work = await Work.create(title="Eroica")
    before, after = diary.of("pre_save")[0], diary.of("post_save")[0]
    assert (before.created, after.created, after.kind) == (True, True, "create")
    assert "title" in before.changed
    assert after.change.key == (work.id,)
    assert after.change.after["year"] == 0
    assert after.before == {}


async def test_what_an_update_tells(house: Database, diary: Diary) -> None:
    """The values before are those of the row, and only what differs counts as changed."""
    work = await Work.get(title="Missa")
    seen: list[Any] = []
    with (
        pre_save.connected(lambda event: seen.append((event.changed, dict(event.before)))),
        diary.listening(),
    ):
        await work.update(title="Missa", year=1824)
    assert seen == [({"year"}, {"year": 1823})]
    (after,) = diary.of("post_update")
    assert (after.created, after.changed) == (False, {"year"})
    assert (after.before["year"], after.change.after["year"]) == (1823, 1824)


async def test_saving_without_a_change_tells_nothing_after(house: Database, diary: Diary) -> None:
    """There was no statement, so nothing was written."""
    work = await Work.get(title="Missa")
    with diary.listening():
        await work.save()
    assert not {"post_save", "post_update"} & set(diary.names)


async def test_what_a_receiver_assigns_is_written(house: Database) -> None:
    """Also where the caller changed another column, or none that is left."""

    def date(event: Writing[Work]) -> None:
        event.instance.year = 1

    with pre_save.connected(date, of=Work):
        await Work.create(title="Eroica")
        await (await Work.get(title="Missa")).update(title="Missa solemnis")
    assert await Work.filter(year=1).count() == 2
    assert await Work.filter(title="Missa solemnis", year=1).exists()


async def test_what_a_receiver_assigns_is_checked(house: Database) -> None:
    """A receiver is no way round validation."""

    def overlong(event: Writing[Work]) -> None:
        event.instance.title = "x" * 100

    with pre_save.connected(overlong, of=Work), pytest.raises(InvalidError):
        await Work.create(title="Eroica")
    assert await Work.count() == 2


async def _write(name: str) -> None:
    work = await Work.get(title="Missa")
    if name.endswith("delete"):
        await work.delete()
    elif name.endswith("update"):
        await work.update(year=7)
    else:
        await Work.create(title="Eroica")


@pytest.mark.parametrize("error", [ForbiddenError("no"), ValueError("no"), SystemExit(3)], ids=repr)
@pytest.mark.parametrize("name", ALL)
async def test_a_veto_undoes_the_write(house: Database, name: str, error: BaseException) -> None:
    """At each moment, with what receivers before have written; the error reaches the writer as it is."""

    async def note(event: Any) -> None:
        if event.instance.year != -1:
            await Work.create(title="written by a receiver", year=-1)

    def refuse(event: Any) -> None:
        if event.instance.year != -1:
            raise error

    before = [(work.title, work.year) for work in await Work.order_by("id")]
    signal, raised = ALL[name], pytest.raises(type(error), match=str(error))
    with signal.connected(note, of=Work), signal.connected(refuse, of=Work), raised:
        await _write(name)
    assert [(work.title, work.year) for work in await Work.order_by("id")] == before


async def test_a_veto_in_a_unit_fails_the_unit(house: Database) -> None:
    """What came before it in the unit is undone with it, even where the error is caught inside."""

    def refuse(_event: object) -> None:
        raise ForbiddenError("no")

    async def work() -> None:
        async with atomic():
            await Work.create(title="before")
            with post_save.connected(refuse, of=Work), pytest.raises(ForbiddenError):
                await Work.create(title="refused")

    with pytest.raises(Exception, match="failed"):
        await work()
    assert await Work.count() == 2


async def test_a_veto_in_a_savepoint_leaves_the_rest(house: Database) -> None:
    """That is what a savepoint is for."""

    def refuse(event: Written[Work]) -> None:
        if event.instance.title == "refused":
            raise ForbiddenError("no")

    with post_save.connected(refuse, of=Work):
        async with atomic():
            await Work.create(title="stays")
            with pytest.raises(ForbiddenError):
                async with atomic():
                    await Work.create(title="refused")
    assert await Work.filter(title__in=["stays", "refused"]).count() == 1


async def test_the_hooks_of_a_model(house: Database) -> None:
    """Plain and async, with and without the event; they come before receivers."""
    order: list[str] = []
    with pre_save.connected(lambda event: order.append(event.instance.slug), of=Song):
        song = await Song.create(title="Anthem")
        await song.update(title="Hymn")
    assert order == ["anthem", "hymn"]
    assert song.slug == "hymn"
    assert (await Song.get(song.id)).slug == "hymn"
    assert Song.told == [
        "pre_save",
        "post_save True",
        "pre_save",
        "pre_update ['slug', 'title']",
        "post_save False",
    ]
    assert await Work.filter(title__startswith="Hymn").exists()


async def test_a_hook_refuses(house: Database) -> None:
    """By an error of its own choice."""
    song = await Song.create(title="Anthem")
    with pytest.raises(ForbiddenError, match="anthem stays"):
        await song.delete()
    with pytest.raises(ForbiddenError, match="anthem stays"):
        await Song.filter(title="Anthem").delete()
    assert await Song.count() == 1
