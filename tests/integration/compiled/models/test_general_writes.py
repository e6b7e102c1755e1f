"""Where one compiled statement cannot write an object, or an object has to be asked, nothing differs.

Code of the application that looks at objects sees the same; units of work write what happens in them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, PasswordField, StringField
from portico.db.models import DjangoModel
from portico.db.query import F
from portico.db.session import Database, atomic, run
from portico.errors import DuplicateError, NotFoundError
from tests.integration.compiled.models.writes import METADATA, Book, Label, Shelf, Vote

OTHERS = sa.MetaData()
seen: list[Any] = []


class Base(DjangoModel):
    """Models of these tests."""

    class Meta:
        abstract = True
        metadata = OTHERS


class Built(Base):
    """A constructor of its own."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)

    def __init__(self, name: str) -> None:
        seen.append(name)
        super().__init__(name=name.upper())


class Checked(Base):
    """A validator of SQLAlchemy's."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)

    @orm.validates("name")
    def _check(self, _key: str, name: str) -> str:
        seen.append(name)
        return name.upper()


class Set(Base):
    """A model that does something when an attribute is set."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "name":
            seen.append(value)
            value = value.upper()
        super().__setattr__(name, value)


class Loaded(Base):
    """A model that somebody will listen to."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)


class Secretive(Base):
    """A model with a password."""

    id: Mapped[int] = IntegerField(primary_key=True)
    word: Mapped[str] = PasswordField()


class Animal(Base):
    """The class at the top of several tables."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    kind: Mapped[str] = StringField(max_length=20, default="animal")

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    """One with a table of its own."""

    id: Mapped[int] = ForeignKeyField(Animal, primary_key=True)
    bark: Mapped[str] = StringField(max_length=20, default="wow")

    class Meta(Base.Meta):
        abstract = False
        table = "dogs"

    __mapper_args__ = {"polymorphic_identity": "dog"}


class Cat(Animal):
    """One in the table of animals."""

    __mapper_args__ = {"polymorphic_identity": "cat"}


@pytest.fixture
async def heard(db: Database) -> AsyncIterator[list[str]]:
    """The compiled statements that are sent."""
    for one in (METADATA, OTHERS):
        await db.create_tables(one)
    seen.clear()
    found: list[str] = []
    db.engines.hearers.append(found.append)
    yield found
    db.engines.hearers.clear()


@pytest.mark.parametrize("model", [Built, Checked, Set])
async def test_code_that_looks_at_objects_sees_them(heard: list[str], model: Any) -> None:
    """The row is written by a compiled statement all the same."""
    made = await model.create(name="ann")
    assert (made.name, seen, len(heard)) == ("ANN", ["ann"], 1)
    assert (await model.get(made.id)).name == "ANN"


@pytest.mark.parametrize("target", [Loaded, Loaded.name])
async def test_whoever_begins_to_listen_is_heard_from_then_on(heard: list[str], target: Any) -> None:
    """After objects were made without anybody."""
    name = "init" if target is Loaded else "set"

    def listen(*given: Any) -> None:
        seen.append(given)

    await Loaded.create(name="before")
    event.listen(target, name, listen)
    try:
        await Loaded.create(name="after")
    finally:
        event.remove(target, name, listen)
    assert len(seen) == 1
    assert len(heard) == 2


async def test_passwords_are_hashed(heard: list[str]) -> None:
    """Before they are sent, and before the object says that it has one."""
    made = await Secretive.create(word="correct horse")
    assert made.word.startswith("$argon2")
    first = made.word
    await made.update(word="battery staple")
    assert (await Secretive.get(made.id)).word == made.word != first


async def test_rows_of_several_classes_or_tables_are_written_as_ever(heard: list[str]) -> None:
    """By a session, or by a statement that names the class."""
    dog, cat = await Dog.create(name="rex"), await Cat.create(name="tom")
    await dog.update(bark="wuff")
    await cat.update(name="tim")
    assert [(one.name, type(one)) for one in await Animal.order_by("id")] == [("rex", Dog), ("tim", Cat)]
    await dog.delete()
    await cat.delete()
    assert await Animal.count() == 0
    assert not [text for text in heard if not text.startswith("SELECT")]


async def test_what_sql_computes_is_computed(heard: list[str]) -> None:
    """An expression is sent by SQLAlchemy, and its value read back."""
    book = await Book.create(title="a", number=sa.literal(1) + 1)
    await book.update(number=F("number") * 5)
    assert book.number == 10
    assert heard == []


async def test_a_unit_of_work_writes_what_happens_in_it(heard: list[str]) -> None:
    """And takes it back; nothing goes past it."""
    with pytest.raises(ZeroDivisionError):
        async with atomic():
            book = await Book.create(title="a")
            await book.update(number=4)
            await (await Shelf.create(name="s")).delete()
            raise ZeroDivisionError
    assert (await Book.count(), heard[:-1]) == (0, [])


async def test_listeners_of_sessions_and_engines_keep_statements_off_the_lane(
    db: Database, heard: list[str]
) -> None:
    """They may change what is sent."""

    def listen(*given: Any) -> None:
        seen.append(given[2])

    engine = db.engines.autocommit.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        book = await Book.create(title="a")
        await book.update(number=4)
        await book.delete()
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    assert [text.split()[0] for text in seen] == ["INSERT", "UPDATE", "DELETE"]
    assert heard == []


async def test_an_object_of_a_session_of_ones_own_is_written_as_ever(db: Database, heard: list[str]) -> None:
    """The session must not write the same change once more."""
    await Book.create(title="a", id=1)
    heard.clear()
    async with AsyncSession(db.engine) as session:
        book = await session.get_one(Book, 1)
        book.number = 4
        await session.rollback()
        book = await session.get_one(Book, 1)
        await session.commit()
        await session.refresh(book)
        await session.commit()
        session.sync_session.expire_on_commit = False
        book.number = 5
        await book.save()
        assert book not in session.dirty or not session.is_modified(book)
    assert not [text for text in heard if text.startswith("UPDATE")]
    assert (await Book.get(1)).number == 5


async def test_an_object_lives_on_after_a_compiled_write(db: Database) -> None:
    """In units of work: saved, related, deleted, and created anew."""
    await db.create_tables(METADATA)
    book, shelf = await Book.create(title="a"), await Shelf.create(name="s")
    label = await Label.create(text="l")
    await book.update(number=4)
    async with atomic() as unit:
        unit.session.add(book)
        assert book not in unit.session.dirty
        book.shelf = shelf
        book.number = 5
        await book.save()
        await book.labels.add(label)
    again = await Book.filter(id=book.id).prefetch("shelf", "labels").get()
    assert (again.number, again.shelf.name, [one.text for one in again.labels]) == (5, "s", ["l"])
    async with atomic():
        await again.delete()
    await again.save()
    assert await Book.count() == 1


async def test_a_refused_write_leaves_the_object_as_it_was(heard: list[str]) -> None:
    """Its change still waits; the default of a class is asked for once."""
    first, second = await Book.create(title="a"), await Book.create(title="b")
    second.title = "a"
    with pytest.raises(DuplicateError) as refused:
        await second.save()
    assert refused.value.fields == ("title",)
    assert sa.inspect(second).committed_state == {"title": "b"}
    second.title = "c"
    await second.save()
    await first.delete()
    with pytest.raises(NotFoundError):
        await Book.filter(id=second.id).delete()
        await second.update(number=9)
    assert (second.number, sa.inspect(second).committed_state) == (9, {"number": 3})


async def test_a_row_that_is_nothing_but_given_values_needs_nothing_back(
    db: Database, heard: list[str]
) -> None:
    """Not even from databases that give nothing."""
    vote = await Vote.create(person=1, subject="a")
    await vote.update(subject="b")
    await vote.delete()
    assert [text.split()[0] for text in heard] == ["INSERT", "UPDATE", "DELETE"]
    assert (await run(db, sa.select(sa.func.count()).select_from(Vote.__table__))).scalar_one() == 0
