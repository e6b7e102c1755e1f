"""Which rows a receiver hears of: of one class, of what inherits from it, of all."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.models import Writing, post_save, pre_delete
from portico.db.query import Query
from portico.db.session import Database, atomic
from portico.errors import ForbiddenError
from tests.integration.signals.works import Base, Diary, Note, Opera, Song, Work, diary, house

__all__ = ["diary", "house"]


class PlainBase(DeclarativeBase):
    """Classes that are mapped by SQLAlchemy alone."""


class Plain(PlainBase):
    """One that has a method of this name for reasons of its own."""

    __tablename__ = "plain"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20))

    def pre_save(self) -> None:
        """Nobody of ours calls it."""
        raise AssertionError("not ours")


@pytest.mark.parametrize(
    ("of", "heard"), [(Opera, ["Aida"]), (Work, ["Ode", "Aida"]), (Base, ["Ode", "Aida", "n"]), (None, None)]
)
async def test_a_receiver_hears_of_a_class_and_what_inherits_from_it(
    house: Database, of: type[Any] | None, heard: list[str] | None
) -> None:
    """An abstract base stands for all models below it, no class for all models."""
    seen: list[str] = []

    def hear(event: Any) -> None:
        seen.append(getattr(event.instance, "title", "n"))

    with post_save.connected(hear, of=of):
        work = await Work.create(title="Ode")
        await Opera.create(title="Aida", acts=4)
        await Note.create(text="n", work_id=work.id)
    assert seen == (heard or ["Ode", "Aida", "n"])


async def test_a_row_of_a_subclass_is_told_as_what_it_is(house: Database, diary: Diary) -> None:
    """Whoever writes it through its base."""
    await Opera.create(title="Aida", acts=4)
    with diary.listening(of=Opera):
        await Work.filter(year__gte=0).update(year=3)
    assert [type(event.instance) for event in diary.of("post_update")] == [Opera]


async def test_a_statement_about_a_base_asks_those_of_a_subclass(house: Database) -> None:
    """The rows that are of it, and no others."""

    def refuse(event: Writing[Opera]) -> None:
        raise ForbiddenError(f"{event.instance.title} stays")

    await Opera.create(title="Aida", acts=4)
    with pre_delete.connected(refuse, of=Opera):
        await Work.filter(title="Missa").delete()
        with pytest.raises(ForbiddenError, match="Aida stays"):
            await Work.filter(year__gte=0).delete()
    assert sorted(work.title for work in await Work.all()) == ["Aida", "Fidelio"]


async def test_a_receiver_that_is_gone_hears_nothing(house: Database, diary: Diary) -> None:
    """Connecting and disconnecting are noticed at the next write."""
    heard: list[Any] = []
    post_save.connect(heard.append, of=Work)
    try:
        await Work.create(title="heard")
    finally:
        assert post_save.disconnect(heard.append)
    await Work.create(title="not heard")
    assert [event.instance.title for event in heard] == ["heard"]


async def test_receivers_may_come_inside_of_a_unit(house: Database) -> None:
    """From the next write on."""
    heard: list[Any] = []
    async with atomic():
        await Work.create(title="before")
        with post_save.connected(heard.append, of=Work):
            await Work.create(title="after")
    assert [event.instance.title for event in heard] == ["after"]


async def test_any_mapped_class_can_be_heard_of(house: Database) -> None:
    """Signals know classes of SQLAlchemy as well; hooks by name are for models."""
    heard: list[Any] = []
    await house.create_tables(PlainBase.metadata)
    with post_save.connected(heard.append, of=Plain):
        async with atomic() as unit:
            unit.session.add(Plain(id=1, name="ann"))
        await Query(Plain, house).filter(name="ann").update(name="bea")
    assert [(event.created, event.instance.name) for event in heard] == [(True, "ann"), (False, "bea")] or [
        event.created for event in heard
    ] == [True, False]


async def test_a_receiver_sees_the_row_and_what_it_writes_is_one_with_it(house: Database) -> None:
    """In the same transaction: the row is there for it, and both vanish together."""
    seen: list[bool] = []

    async def look(event: Any) -> None:
        seen.append(await Song.filter(id=event.instance.id).exists())

    with post_save.connected(look, of=Song), pytest.raises(ZeroDivisionError):
        async with atomic():
            await Song.create(title="Lied")
            _ = 1 / 0
    assert seen == [True]
    assert await Work.count() == 2
