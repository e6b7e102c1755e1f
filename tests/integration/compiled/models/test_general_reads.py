"""What is not read by compiled statements, each for a reason, and the same all the same."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    composite,
    deferred,
    mapped_column,
    reconstructor,
    relationship,
)

from portico.db.compiled import made_otherwise
from portico.db.query import Query
from portico.db.session import atomic, run
from portico.errors import NotLoadedError
from tests.integration.differential import world
from tests.integration.differential.world import Article, Writer

from .reads import Doors, both, held_by


class Plain(DeclarativeBase):
    """Classes of SQLAlchemy itself."""


class Sheet(Plain):
    """An ordinary one."""

    __tablename__ = "sheets"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(50))
    kind: Mapped[str] = mapped_column(sa.String(20))
    notes: Mapped[Any] = mapped_column(sa.JSON)


def rows_of(cls: Any) -> Any:
    """The table of a class."""
    return cls.__table__


TABLE: Any = rows_of(Sheet)


class Named(Plain):
    """With an expression beside its columns."""

    __table__ = TABLE
    __mapper_args__ = {"include_properties": ["id", "title"]}
    loud = column_property(TABLE.c.title + "!")


class Pair:
    """Two columns as one value."""

    def __init__(self, title: str, kind: str) -> None:
        self.both = title, kind

    def __composite_values__(self) -> tuple[str, str]:
        """The columns."""
        return self.both

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pair) and other.both == self.both

    __hash__ = None  # type: ignore[assignment]  # equal ones may change


class Composed(Plain):
    """With a value of two columns."""

    __table__ = TABLE
    pair = composite(Pair, TABLE.c.title, TABLE.c.kind)


class Rebuilt(Plain):
    """With a method that is called when a row becomes an object."""

    __table__ = TABLE

    @reconstructor
    def rebuild(self) -> None:
        """Note it."""
        self.rebuilt = True


class Changing(Plain):
    """With a column that notices changes in its value."""

    __table__ = sa.Table(
        "sheets_changing",
        Plain.metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("notes", MutableDict.as_mutable(sa.JSON())),
    )


class Kind(Plain):
    """The class of some rows, and of others below."""

    __tablename__ = "kinds"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "kind"}


class Special(Kind):
    """The class of the others."""

    __mapper_args__ = {"polymorphic_identity": "special"}


class Owner(Plain):
    """With a relation that SQLAlchemy loads along."""

    __tablename__ = "owners"
    id: Mapped[int] = mapped_column(primary_key=True)
    things: Mapped[list[Thing]] = relationship(lazy="selectin")


class Thing(Plain):
    """What an owner has."""

    __tablename__ = "things"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("owners.id"))


class Strange(Plain):
    """With attributes that are not what they are."""

    __table__ = TABLE

    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__(name)


REASONS: list[tuple[type[Any], str]] = [
    (Named, "columns that are expressions"),
    (Composed, "load"),
    (Rebuilt, "a listener for load"),
    (Changing, "a listener for load"),
    (Kind, "rows of several classes"),
    (Special, "rows of several classes"),
    (Owner, "relations that SQLAlchemy loads along"),
    (Strange, "__getattribute__"),
]


@pytest.fixture
async def plain(url: str) -> AsyncGenerator[Doors]:
    """Both doors to the classes of this module, with rows."""
    async with both(url, Plain.metadata) as opened:
        sheets = [
            {"id": number, "title": f"t{number}", "kind": "k", "notes": {"a": number}} for number in (1, 2)
        ]
        await run(opened.database, sa.insert(TABLE), sheets)
        await run(opened.database, sa.insert(rows_of(Changing)), [{"id": 1, "notes": {"a": 1}}])
        await run(opened.database, sa.insert(rows_of(Kind)), [{"kind": "kind"}, {"kind": "special"}])
        await run(opened.database, sa.insert(rows_of(Owner)), [{"id": 1}, {"id": 2}])
        await run(opened.database, sa.insert(rows_of(Thing)), [{"owner_id": 1}, {"owner_id": 1}])
        yield opened


@pytest.fixture
async def library(url: str) -> AsyncGenerator[Doors]:
    """Both doors to writers, articles, comments and labels."""
    async with both(url, world.METADATA) as opened:
        for name, several in world.made_rows(random.Random(7)).items():
            await run(opened.database, sa.insert(world.METADATA.tables[name]), several)
        yield opened


@pytest.mark.parametrize(("cls", "reason"), REASONS)
async def test_a_class_that_does_more_than_hold_its_row_is_read_by_a_session(
    plain: Doors, cls: type[Any], reason: str
) -> None:
    """It says why, and what it does on the way is done."""
    because = made_otherwise(cls)
    assert because is not None
    assert reason in because
    found, other = await plain.general_same(lambda: _described(Query(cls).order_by("id")))
    assert found
    assert found == other
    await plain.general_same(lambda: _described(Query(cls).filter(id=1)))


@pytest.mark.parametrize("cls", [cls for cls, _ in REASONS])
async def test_its_columns_and_their_number_are_the_same_all_the_same(plain: Doors, cls: type[Any]) -> None:
    """They are no objects; of one of several classes in a table only its own rows are counted."""
    found, _ = await plain.same(lambda: Query(cls).order_by("id").values("id"))
    number, _ = await plain.same(lambda: Query(cls).count())
    assert number == len(found)
    await plain.same(lambda: Query(cls).filter(id=2).exists())


async def _described(query: Any) -> list[Any]:
    return [
        (type(one).__name__, sorted((name, str(held)[:12]) for name, held in held_by(one).items()))
        for one in await query
    ]


async def test_an_ordinary_class_of_sqlalchemy_is_compiled(plain: Doors) -> None:
    """No base of ours is needed."""
    assert made_otherwise(Sheet) is None
    found, _ = await plain.compiled_same(lambda: _described(Query(Sheet).order_by("id")))
    assert len(found) == 2


@contextmanager
def listening(target: Any, name: str, hear: Callable[..., None]) -> Generator[None]:
    """Listen while the block runs."""
    event.listen(target, name, hear)
    try:
        yield
    finally:
        event.remove(target, name, hear)


async def test_whoever_begins_to_listen_for_objects_hears_of_them(plain: Doors) -> None:
    """Also after the first were read without a session."""
    heard: list[int] = []

    def hear(sheet: Any, _: object) -> None:
        heard.append(sheet.id)

    with plain.database.use():
        await Query(Sheet).get(1)
        with listening(Sheet, "load", hear):
            await Query(Sheet).get(2)
            await Query(Sheet).order_by("id")
        await Query(Sheet).get(2)
    assert heard == [2, 1, 2]
    assert len(plain.compiled) == 2


@pytest.mark.parametrize("name", ["loaded_as_persistent", "persistent_to_detached"])
async def test_whoever_listens_to_sessions_hears_of_objects(plain: Doors, name: str) -> None:
    """For as long as there is somebody."""
    heard: list[Any] = []

    def hear(_: object, sheet: Any) -> None:
        heard.append(sheet.id)

    with plain.database.use():
        with listening(Session, name, hear):
            await Query(Sheet).order_by("id")
        await Query(Sheet).order_by("id")
    assert heard == [1, 2]
    assert len(plain.compiled) == 1


async def test_a_class_that_is_mapped_further_is_read_as_it_is_now(url: str) -> None:
    """A column that comes later is there from then on."""

    class Growing(DeclarativeBase):
        """A base of its own."""

    class Tree(Growing):
        """It gets a column."""

        __tablename__ = "trees"
        id: Mapped[int] = mapped_column(primary_key=True)

    Tree.height = deferred(mapped_column(sa.Integer))
    async with both(url, Growing.metadata) as doors:
        await run(doors.database, sa.insert(rows_of(Tree)).values(id=1, height=3))
        await doors.compiled_same(lambda: _described(Query(Tree)))
        Tree.tall = column_property(rows_of(Tree).c.height > 2)
        with doors.database.use():
            (tree,) = await Query(Tree)
        assert "tall" in vars(tree)


async def test_deferred_columns_are_closed(url: str) -> None:
    """They are not read by surprise."""

    class Thick(DeclarativeBase):
        """A base of its own."""

    class Book(Thick):
        """With a column that is left out."""

        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str] = mapped_column(sa.String(50), deferred=True)

    async with both(url, Thick.metadata) as doors:
        await run(doors.database, sa.insert(rows_of(Book)).values(id=1, text="long"))
        for database in (doors.database, doors.general):
            with database.use():
                for book in (await Query(Book).get(1), await Query(Book).filter(id=1).one()):
                    with pytest.raises(NotLoadedError, match="text"):
                        book.text  # noqa: B018 -- reading it is the test
                    state = sa.inspect(book)
                    assert state.unloaded == {*state.callables} == {"text"}
                    assert not state.expired_attributes
    assert len(doors.compiled) == 2


async def test_a_key_that_is_there_twice_gives_one_object(url: str) -> None:
    """A session would make one object of both rows; so there is one."""

    class Views(DeclarativeBase):
        """A base of its own."""

    class Line(Views):
        """A table of which the class says more than the database knows."""

        __table__ = sa.Table(
            "lines", Views.metadata, sa.Column("number", sa.Integer), sa.Column("t", sa.Integer)
        )
        __mapper_args__ = {"primary_key": [__table__.c.number]}

    async with both(url, Views.metadata) as doors:
        rows = [{"number": 1, "t": 1}, {"number": 1, "t": 2}, {"number": 2, "t": 3}]
        await run(doors.database, sa.insert(rows_of(Line)), rows)
        found, _ = await doors.same(lambda: _described(Query(Line).filter(t__lte=3).order_by("t")))
        assert len(found) == 2


GENERAL: list[Callable[[], Any]] = [
    lambda: Article.only("title").order_by("id"),
    lambda: Article.order_by("id").seek((3,)),
    lambda: Article.order_by("id").seek((9,), backwards=True).limit(3),
    lambda: Article.filter().join("author").order_by("id"),
    lambda: Article.filter(id__in=list(range(100))).order_by("id"),
    lambda: Article.filter(Article.author.name == "a").order_by(Article.author.name),
    lambda: Article.order_by((Article.likes + 1).desc(), "id"),
    lambda: Article.filter(likes=1).limit(3).count(),
    lambda: Article.filter(likes=1).limit(3).exists(),
    lambda: Article.filter(likes=1).values_list("id", "id"),
    lambda: _one_by_one(Article.order_by("id").limit(3)),
]


@pytest.mark.parametrize("number", range(len(GENERAL)))
async def test_what_is_asked_seldom_goes_the_general_way(library: Doors, number: int) -> None:
    """With the same answers as ever."""
    await library.general_same(lambda: _awaited(GENERAL[number]))
    assert library.compiled == []


async def _awaited(ask: Callable[[], Any]) -> Any:
    return await ask()


async def _one_by_one(query: Any) -> list[Any]:
    return [one.id async for one in query]


async def test_a_row_that_is_locked_needs_a_unit(library: Doors) -> None:
    """Which is the general path."""
    with library.database.use():
        async with atomic():
            assert (await Writer.filter().lock().get(1)).id == 1
    assert library.compiled == []


async def test_what_the_database_refuses_is_said_in_the_words_of_the_general_path(library: Doors) -> None:
    """The statement is sent again, which changes nothing."""
    await run(library.general, sa.text("ALTER TABLE labels RENAME TO words"))
    one, _ = await library.same(lambda: _failing(world.Label.get(1)))
    assert "Error" in one


async def _failing(found: Any) -> str:
    try:
        await found
    except Exception as error:
        return type(error).__name__
    return "nothing"
