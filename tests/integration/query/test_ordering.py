"""Order: the same on every database, with NULL as the smallest value, and never by chance."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.query import F, Query
from portico.db.session import Database
from portico.errors import UnknownNameError, UsageError
from tests.integration.query.conftest import store
from tests.integration.query.library import Author, Book, Copy, new

ORDERS: dict[str, tuple[list[Any], list[int]]] = {
    "NULL is smallest": (["pages"], [2, 5, 1, 4, 3]),
    "and last when descending": (["-pages"], [3, 4, 1, 5, 2]),
    "typed": ([Book.pages.desc()], [3, 4, 1, 5, 2]),
    "nulls last": ([Book.pages.asc().nulls_last()], [5, 1, 4, 3, 2]),
    "nulls first": ([Book.pages.desc().nulls_first()], [2, 3, 4, 1, 5]),
    "two keys": (["-pages", "-id"], [3, 4, 1, 5, 2]),
    "across a relation": (["author__name"], [5, 1, 2, 3, 4]),
    "across a relation, typed": ([Book.author.name.desc()], [4, 3, 2, 1, 5]),
    "across two relations": (["-author__press__town", "-title"], [2, 1, 5, 4, 3]),
    "a field of F": ([F("pages").desc()], [3, 4, 1, 5, 2]),
    "computed by F": ([(F("id") * -1).asc()], [5, 4, 3, 2, 1]),
    "computed": ([sa.func.length(Book.title).desc(), "-id"], [3, 2, 4, 5, 1]),
    "by truth": (["in_print"], [3, 2, 1, 4, 5]),
    "by a part": (["published__year", "-id"], [5, 4, 3, 2, 1]),
}


@pytest.mark.parametrize("how", ORDERS)
async def test_rows_come_in_the_order_asked_for(library: Database, how: str) -> None:
    """Forwards, and from the other end."""
    keys, expected = ORDERS[how]
    query = Query(Book).order_by(*keys)
    assert [book.id for book in await query] == expected
    assert await query.values_list("id", flat=True) == expected
    first, last = await query.first(), await query.last()
    assert (first and first.id, last and last.id) == (expected[0], expected[-1])


async def test_text_is_sorted_by_code_points(tables: Database) -> None:
    """As Python sorts it."""
    titles = ["b", "B", "é", "e", "Z", "ä", "", " ", "a", "1", "_", "😀", "日", "~"]
    await store(tables, *(new(Book, id=i, title=title) for i, title in enumerate(titles, start=1)))
    assert await Query(Book).order_by("title").values_list("title", flat=True) == sorted(titles)
    assert await Query(Book).order_by("-title").values_list("title", flat=True) == sorted(
        titles, reverse=True
    )


async def test_without_an_order_the_key_decides(library: Database) -> None:
    """Where a position means something."""
    assert (await Query(Book).first(), await Query(Book).last()) is not None
    first, last = await Query(Book).first(), await Query(Book).last()
    assert (first and first.id, last and last.id) == (1, 5)
    assert [book.id for book in await Query(Book)[1:3]] == [2, 3]
    assert await Query(Book).filter(id=99).first() is None
    assert await Query(Book).filter(id=99).last() is None


async def test_the_order_of_the_model_holds_until_another_is_given(library: Database) -> None:
    """`order_by()` without keys takes it away."""
    copies = Query(Copy).filter(book_id=1)
    assert [copy.number for copy in await copies] == [2, 1]
    assert [copy.number for copy in await copies.order_by("number")] == [1, 2]
    assert [copy.number for copy in await copies.order_by()[:2]] == [1, 2]
    first = await copies.first()
    assert first is not None
    assert first.number == 2


async def test_slices_are_cut_from_slices(library: Database) -> None:
    """As Python cuts lists."""
    query = Query(Book).order_by("id")
    assert [book.id for book in await query[1:4][1:]] == [3, 4]
    assert [book.id for book in await query[1:][:2]] == [2, 3]
    assert [book.id for book in await query[3:1]] == []
    assert [book.id for book in await query.limit(3).offset(1)] == [2, 3, 4]
    assert [book.id for book in await query.limit(3).limit(None)] == [1, 2, 3, 4, 5]
    last = await query[1:3].last()
    assert last is not None
    assert last.id == 3


@pytest.mark.parametrize("number", [-1, 2**63, "10", "1_000", 1.0, True])
def test_limits_are_whole_numbers_that_make_sense(number: Any) -> None:
    """Refused at the call, alike on every database."""
    for cut in (Query(Book).limit, Query(Book).offset):
        with pytest.raises(UsageError):
            cut(number)


def test_slices_that_mean_nothing_are_refused() -> None:
    """Steps, negative ends, single places, and narrowing afterwards."""
    query = Query(Book)
    for cut in (slice(0, 5, 2), slice(-1, None), slice(0, -1), slice("a", None)):
        with pytest.raises(UsageError):
            query[cut]
    with pytest.raises(UsageError, match="no elements"):
        query[0]  # type: ignore[index] # pyright: ignore[reportArgumentType] -- what is tried
    with pytest.raises(UsageError, match="after a slice"):
        query[:2].filter(id=1)
    with pytest.raises(UsageError, match="after a slice"):
        query[:2].order_by("id")


async def test_orders_that_cannot_be_are_refused(library: Database) -> None:
    """With the nearest name, or the reason."""
    with pytest.raises(UnknownNameError) as caught:
        Query(Book).order_by("-titel")
    assert caught.value.nearest == "title"
    with pytest.raises(UnknownNameError):
        Query(Book).order_by("author")
    with pytest.raises(UsageError, match="no order"):
        Query(Author).order_by("password")
    with pytest.raises(UsageError, match="may be many"):
        await Query(Book).order_by("genres__name")
    with pytest.raises(UsageError):
        Query(Book).order_by(3)
    with pytest.raises(UsageError, match="does not read Author"):
        Query(Book).order_by(Author.name)
