"""Classes with SQLAlchemy's own ``relationship()`` load and join like ours, without MissingGreenlet."""

from __future__ import annotations

import pickle

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from portico.db.relations import LoadOptions, load_relation, load_relations, no_lazy, resolve_path
from portico.db.session import Database, fetch
from portico.errors import NotLoadedError, UsageError


class Base(DeclarativeBase):
    pass


shelves_books = sa.Table(
    "shelves_books",
    Base.metadata,
    sa.Column("shelf_id", sa.Integer, sa.ForeignKey("shelves.id"), primary_key=True),
    sa.Column("book_id", sa.Integer, sa.ForeignKey("books.id"), primary_key=True),
)


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list[Book]] = relationship(secondary=shelves_books, back_populates="shelves")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(20))
    shelves: Mapped[list[Shelf]] = relationship(secondary=shelves_books, back_populates="books")
    pages: Mapped[set[Page]] = relationship(back_populates="book")
    first: Mapped[Page | None] = relationship(
        primaryjoin="and_(Page.book_id == Book.id, Page.number == 1)", viewonly=True, uselist=False
    )


class Page(Base):
    __tablename__ = "pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    book_id: Mapped[int] = mapped_column(sa.ForeignKey("books.id"))
    book: Mapped[Book] = relationship(back_populates="pages", lazy="selectin")


@pytest.fixture
async def library(db: Database) -> Database:
    """Two books on a shelf, three pages."""
    await db.create_tables(Base.metadata)
    async with db.session() as session:
        books = [Book(id=1, title="one"), Book(id=2, title="two")]
        pages = [Page(id=i, number=n, book_id=b) for i, n, b in ((1, 1, 1), (2, 2, 1), (3, 2, 2))]
        session.add_all([Shelf(id=1, books=books), *books])
        await session.flush()
        session.add_all(pages)
    return db


async def _books(db: Database) -> list[Book]:
    return await fetch(db, sa.select(Book).options(*no_lazy(Book)).order_by(Book.id))


async def test_touching_an_unloaded_relation_is_our_error(library: Database) -> None:
    """Also on what an eager relation brought along."""
    books = await _books(library)
    with pytest.raises(NotLoadedError, match=r"Book\.pages was not loaded"):
        _ = books[0].pages
    pages = await fetch(library, sa.select(Page).options(*no_lazy(Page)))
    with pytest.raises(NotLoadedError, match=r"Book\.shelves was not loaded"):
        _ = pages[0].book.shelves


async def test_relations_of_every_shape_are_loaded(library: Database) -> None:
    """Sets stay sets, and a hand-written join condition counts."""
    books = await _books(library)
    await load_relations(library, books, ["pages", "shelves.books", "first"])
    assert isinstance(books[0].pages, set)
    assert [sorted(page.id for page in book.pages) for book in books] == [[1, 2], [3]]
    assert [book.first and book.first.id for book in books] == [1, None]
    assert {book.title for book in books[0].shelves[0].books} == {"one", "two"}


async def test_a_limit_counts_for_each_parent(library: Database) -> None:
    """Plain relations take options too."""
    books = await _books(library)
    await load_relation(library, books, "pages", LoadOptions(order_by=(Page.id.desc(),), limit=1))
    assert [[page.id for page in book.pages] for book in books] == [[2], [3]]


async def test_names_lead_through_plain_relations(library: Database) -> None:
    """Paths by string join and quantify."""
    path, title = resolve_path(Page, ["book", "title"])
    assert path is not None
    found = await fetch(library, sa.select(Page).join(path.join_target).where(title == "two"))
    assert [page.id for page in found] == [3]
    many, number = resolve_path(Shelf, ["books", "pages", "number"])
    assert many is not None
    assert len(await fetch(library, sa.select(Shelf).where(many.exists(number == 2)))) == 1
    assert await fetch(library, sa.select(Shelf).where(many.exists(number == 3))) == []


async def test_closed_objects_can_be_pickled(library: Database) -> None:
    """The guard on each object is plain data."""
    book = pickle.loads(pickle.dumps((await _books(library))[0]))  # noqa: S301 -- our own bytes
    with pytest.raises(NotLoadedError):
        _ = book.pages


async def test_a_session_may_still_read_what_it_needs(library: Database) -> None:
    """SQLAlchemy's own cascades work on closed objects: deleting a book unlinks its shelves."""
    async with library.session() as session:
        book = (await session.scalars(sa.select(Book).options(*no_lazy(Book)).where(Book.id == 2))).one()
        await session.execute(sa.delete(Page).where(Page.book_id == 2))
        await session.delete(book)
    async with library.session() as session:
        assert (await session.scalar(sa.select(sa.func.count()).select_from(shelves_books))) == 1


def test_relation_errors_are_usage_errors() -> None:
    """The developer can act on it, at the call."""
    assert issubclass(NotLoadedError, UsageError)
