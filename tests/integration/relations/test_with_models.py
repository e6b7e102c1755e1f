"""Relations as models use them: created with links, saved, rolled back, asked further."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, Ref
from portico.db.session import Database, atomic
from portico.errors import InvalidError, NotLoadedError, UnknownNameError, UsageError
from portico.testing.statements import statements

METADATA = sa.MetaData()


class Base(Model):
    class Meta:
        abstract = True
        metadata = METADATA


class Author(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    books: Many["Book"] = OneToMany(back_populates="author", order_by="-title")


class Book(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=20)
    author_id: Mapped[int] = ForeignKeyField(Author, on_delete="cascade")
    author: Ref[Author] = ManyToOne(back_populates="books")
    genres: Many["Genre"] = ManyToMany(through="BookGenre", back_populates="books")


class Genre(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    books: Many[Book] = ManyToMany(through="BookGenre", back_populates="genres")


class BookGenre(Base):
    book_id: Mapped[int] = ForeignKeyField(Book, on_delete="cascade", primary_key=True)
    genre_id: Mapped[int] = ForeignKeyField(Genre, on_delete="cascade", primary_key=True)
    weight: Mapped[int] = IntegerField(default=1, max_value=9)


@pytest.fixture
async def author(db: Database) -> Author:
    """An author, and two genres."""
    await db.create_tables(METADATA)
    await Genre.create(name="epic")
    await Genre.create(name="ode")
    return await Author.create(name="ann")


async def _genres(book: Book) -> list[str]:
    return sorted(genre.name for genre in await (await Book.get(book.id)).genres)


async def test_a_row_is_created_with_its_links(author: Author) -> None:
    """Author and genres are given as objects; the links are written with the row."""
    book = await Book.create(title="x", author=author, genres=await Genre.all())
    assert (book.author_id, book.author) == (author.id, author)
    assert await _genres(book) == ["epic", "ode"]
    assert list(author.books) == [book]


async def test_nothing_is_written_when_a_link_is_not_saved(author: Author) -> None:
    """The error comes before the row."""
    with pytest.raises(UsageError, match=r"Book\.genres holds a Genre that is not in the database yet"):
        await Book.create(title="x", author=author, genres=[Genre(name="new")])
    with pytest.raises(UsageError, match=r"await author\.save"):
        await Book.create(title="x", author=Author(name="new"))
    assert await Book.count() == 0


async def test_appended_links_are_saved(author: Author) -> None:
    """Outside of a unit by save(), inside one by the unit."""
    epic, ode = await Genre.all().order_by("name")
    book = await Book.create(title="x", author=author)
    book.genres.append(epic)
    await book.save()
    assert await _genres(book) == ["epic"]
    async with atomic():
        again = await Book.get(book.id)
        await again.load("genres")
        again.genres.append(await Genre.get(ode.id))
        await again.save()
    assert await _genres(book) == ["epic", "ode"]


async def test_a_new_row_that_was_rolled_back_is_saved_again_with_its_links(author: Author) -> None:
    """The object is new again, and so are its links."""
    genres = await Genre.all()
    made: list[Book] = []

    async def write_and_fail() -> None:
        async with atomic():
            made.append(await Book.create(title="x", author=author, genres=genres))
            raise LookupError

    with pytest.raises(LookupError):
        await write_and_fail()
    assert await Book.count() == 0
    await made[0].save()
    assert await _genres(made[0]) == ["epic", "ode"]


async def test_a_collection_is_asked_further(author: Author) -> None:
    """filter(), order_by() and all() are queries over the targets."""
    for title in ("x", "y", "z"):
        await author.books.create(title=title)
    assert [book.title for book in await author.books.filter(title__in=["x", "z"]).order_by("title")] == [
        "x",
        "z",
    ]
    assert await author.books.exclude(title="x").count() == 2
    assert [book.title for book in await author.books.order_by("title")] == ["x", "y", "z"]
    book = await author.books.create(title="w")
    await book.genres.add(await Genre.get(name="ode"))
    assert [genre.name for genre in await book.genres.all()] == ["ode"]


async def test_create_through_a_relation_checks_like_create(author: Author) -> None:
    """Wrong names and values are refused, and nothing is written."""
    with pytest.raises(UnknownNameError, match="Did you mean 'title'"):
        await author.books.create(titel="x")
    with pytest.raises(InvalidError) as caught:
        await author.books.create(title="x" * 21)
    assert "title" in caught.value.fields
    assert await Book.count() == 0


async def test_columns_of_the_junction_are_checked_and_have_defaults(author: Author) -> None:
    """through= takes fields of the junction model."""
    book = await Book.create(title="x", author=author)
    epic, ode = await Genre.all().order_by("name")
    await book.genres.add(epic)
    await book.genres.add(ode.id, through={"weight": 5})
    assert sorted(await BookGenre.all().values_list("weight", flat=True)) == [1, 5]
    with pytest.raises(InvalidError):
        await book.genres.add(epic, through={"weight": 10})
    with pytest.raises(UnknownNameError, match="Did you mean 'weight'"):
        await book.genres.add(epic, through={"wieght": 1})
    with pytest.raises(InvalidError):
        await book.genres.add("one")


async def test_posts_with_authors_and_genres_are_three_statements(db: Database, author: Author) -> None:
    """However many there are."""
    for title in "abcdefghij":
        await Book.create(title=title, author=author, genres=await Genre.all())
    async with statements(db) as seen:
        books = await Book.all().prefetch("author", "genres")
    assert len(seen) == 3
    assert {book.author.name for book in books} == {"ann"}
    assert all(len(book.genres) == 2 for book in books)


async def test_load_is_one_statement_for_all_siblings(db: Database, author: Author) -> None:
    """Django's peers, awaited."""
    for title in "abc":
        await Book.create(title=title, author=author)
    books = await Book.all()
    with pytest.raises(NotLoadedError, match=r'await obj\.load\("author"\)'):
        _ = books[0].author
    async with statements(db) as seen:
        for book in books:
            await book.load("author")
    assert len(seen) == 1
    assert books[0].author is books[2].author
