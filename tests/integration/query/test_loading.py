"""Relations loaded with a query: one statement each, chosen, sorted, cut per parent."""

from __future__ import annotations

import pytest

from portico.db.query import Prefetch, Query
from portico.db.session import Database
from portico.errors import NotLoadedError, UnknownNameError, UsageError
from portico.testing.statements import statements
from tests.integration.query.library import Author, Book, Copy, Genre


async def test_each_relation_costs_one_statement(library: Database) -> None:
    """However many books there are."""
    async with statements(library) as seen:
        books = await Query(Book).prefetch("author", "genres").order_by("id")
    assert len(seen) == 3
    assert [book.author.name if book.author else None for book in books] == ["Ann", "Ann", "Bob", "Cy", None]
    assert [[genre.name for genre in book.genres] for book in books][:2] == [["tale", "verse"], ["verse"]]


async def test_what_was_not_asked_for_is_not_there(library: Database) -> None:
    """And says how to ask."""
    book = await Query(Book).get(1)
    with pytest.raises(NotLoadedError):
        _ = book.author


@pytest.mark.parametrize("name", ["author.press", "author__press"])
async def test_relations_of_relations(library: Database, name: str) -> None:
    """Both spellings; each step is one statement."""
    async with statements(library) as seen:
        book = await Query(Book).prefetch(name).get(1)
    assert len(seen) == 3
    assert book.author is not None
    assert book.author.press is not None
    assert book.author.press.name == "Nord"


async def test_typed_relations_name_themselves(library: Database) -> None:
    """The path is the name."""
    book = await Query(Book).prefetch(Book.author, Book.author.press).get(1)
    assert book.author is not None
    assert book.author.press is not None


async def test_a_choice_of_the_related_rows(library: Database) -> None:
    """Filtered across a relation, sorted, with relations of its own."""
    query = Query(Book).filter(genres__isnull=False).order_by("-title").prefetch("copies").only("title")
    ann = await Query(Author).prefetch(Prefetch("books", query=query)).get(1)
    assert [book.title for book in ann.books] == ["Birch", "Ash"]
    assert [copy.number for copy in ann.books[1].copies] == [2, 1]
    bob = await Query(Author).prefetch(Prefetch("books", query=Query(Book).filter(author__press=1))).get(2)
    assert list(bob.books) == []


async def test_a_limit_counts_per_parent(library: Database) -> None:
    """The newest of each, not the newest of all; a limit in the query means the same."""
    newest = Query(Book).order_by("-id")
    for prefetch in (Prefetch("books", query=newest, limit=1), Prefetch("books", query=newest.limit(1))):
        authors = await Query(Author).prefetch(prefetch).order_by("id")
        assert [[book.id for book in author.books] for author in authors] == [[2], [3], [4]]
    some = await Query(Author).prefetch(Prefetch("books", limit=1)).get(1)
    assert len(some.books) == 1


async def test_the_order_of_the_model_holds_for_loaded_rows(library: Database) -> None:
    """`Meta.ordering` is honoured by queries and prefetches that say nothing else."""
    assert [copy.number for copy in await Query(Copy).filter(book_id=1)] == [2, 1]
    book = await Query(Book).prefetch(Prefetch("copies", query=Query(Copy))).get(1)
    assert [copy.number for copy in book.copies] == [2, 1]


async def test_prefetches_that_cannot_be(library: Database) -> None:
    """Unknown names, other models and offsets are refused where they are written."""
    with pytest.raises(UnknownNameError) as caught:
        Query(Book).prefetch("autor")
    assert caught.value.nearest == "author"
    with pytest.raises(UsageError, match="loads Author"):
        Query(Book).prefetch(Prefetch("author", query=Query(Genre)))
    with pytest.raises(UsageError, match="offset"):
        Query(Author).prefetch(Prefetch("books", query=Query(Book).offset(1)))
    with pytest.raises(UsageError):
        Query(Author).prefetch(3)
