"""Set-based updates and deletes: the right rows, checked values, objects in hand that follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.query import F, Query
from portico.db.session import Database, atomic, current_unit
from portico.errors import InvalidError, NotLoadedError, PlanRefusedError, UnknownNameError, UsageError
from portico.testing.statements import statements
from tests.integration.query.conftest import store
from tests.integration.query.library import Author, Book, Copy, Genre, new


async def _pages() -> dict[int, int | None]:
    return {row[0]: row[1] for row in await Query(Book).values_list("id", "pages")}


async def test_an_update_is_one_statement_and_counts_its_rows(library: Database) -> None:
    """Values, fields and typed expressions may be set."""
    async with statements(library) as seen:
        assert await Query(Book).filter(pages=100).update(title="New", pages=F("pages") + 1) == 2
    assert len(set(seen.sql)) == 1
    assert await _pages() == {1: 101, 2: None, 3: 300, 4: 101, 5: 50}
    assert await Query(Book).filter(id=5).update(pages=Book.pages * 2) == 1
    assert await Query(Book).filter(id=99).update(pages=1) == 0
    assert (await Query(Book).get(5)).pages == 100
    assert await Query(Book).filter(title="New").count() == 2


async def test_rows_that_stay_the_same_count_too(library: Database) -> None:
    """Matched rows are counted, as everywhere else."""
    assert await Query(Book).filter(id=1).update(title="Ash") == 1


CHOSEN: dict[str, tuple[Callable[[Query[Book]], Query[Book]], set[int]]] = {
    "through a to-one relation": (lambda q: q.filter(author__name="Ann"), {1, 2}),
    "through a to-many relation": (lambda q: q.filter(genres__name="tale"), {1, 3}),
    "by what is not related": (lambda q: q.exclude(genres__name="tale"), {2, 4, 5}),
    "by order and limit": (lambda q: q.order_by("-id").limit(2), {4, 5}),
    "by a typed path": (lambda q: q.filter(Book.author.press.name == "Nord"), {1, 2}),
    "by a join": (lambda q: q.all().join(Book.genres), {1, 2, 3}),
    "by the same table": (lambda q: q.filter(author__books__title="Birch"), {1, 2}),
    "by a query": (lambda q: q.filter(id__in=Query(Book).order_by("id").limit(1)), {1}),
    "all of them": (lambda q: q.all(), {1, 2, 3, 4, 5}),
}


@pytest.mark.parametrize("how", CHOSEN)
async def test_rows_are_chosen_as_in_a_query(library: Database, how: str) -> None:
    """Updates and deletes reach what the query would list."""
    choose, expected = CHOSEN[how]
    assert await choose(Query(Book)).update(pages=7) == len(expected)
    assert {key for key, pages in (await _pages()).items() if pages == 7} == expected
    assert await choose(Query(Book)).delete() == len(expected)
    assert set(await _pages()) == {1, 2, 3, 4, 5} - expected


async def test_composite_keys_choose_rows_too(library: Database) -> None:
    """By relation, by key, by limit."""
    assert await Query(Copy).filter(book__author__name="Ann").update(shelf="Q") == 2
    assert await Query(Copy).filter(shelf="Q").order_by("number").limit(1).delete(returning=True)
    assert await Query(Copy).filter(book__author__name="Ann").update(shelf="R", returning=["number"]) == [
        {"number": 2}
    ]
    assert await Query(Copy).filter(book__title="Ash").delete() == 1


@pytest.mark.parametrize("verb", ["update", "delete"])
async def test_everything_must_be_meant(library: Database, verb: str) -> None:
    """A filter that fell away must not empty a table."""
    nothing: dict[str, Any] = {}
    for query in (
        Query(Book),
        Query(Book).filter(**nothing),
        Query(Book).exclude(),
        Query(Book).order_by("id"),
    ):
        with pytest.raises(UsageError, match="every Book"):
            await (query.update(pages=1) if verb == "update" else query.delete())
    assert await Query(Book).filter(pages=1).count() == 0
    assert await Query(Book).filter(id__in=[]).delete() == 0
    assert await Query(Book).all().delete() == 5


async def test_a_write_may_be_limited(library: Database) -> None:
    """More rows than expected change nothing at all."""
    with pytest.raises(PlanRefusedError, match="2 rows of Book"):
        await Query(Book).filter(pages=100).update(pages=1, at_most=1)
    with pytest.raises(PlanRefusedError):
        await Query(Book).all().delete(at_most=4, returning=["id"])
    assert await _pages() == {1: 100, 2: None, 3: 300, 4: 100, 5: 50}
    assert await Query(Book).filter(pages=100).update(pages=1, at_most=2) == 2


async def test_values_are_checked_as_in_create(library: Database) -> None:
    """Nothing is stored when one value is wrong."""
    ann = Query(Author).filter(id=1)
    with pytest.raises(InvalidError) as caught:
        await ann.update(name="x" * 101)
    assert list(caught.value.fields) == ["name"]
    for wrong in ("\0", "\ud800", None, 3):
        with pytest.raises(InvalidError):
            await ann.update(name=wrong)
    with pytest.raises(UnknownNameError) as unknown:
        await ann.update(nmae="x")
    assert unknown.value.nearest == "name"
    with pytest.raises(UsageError, match="nothing to set"):
        await ann.update()
    assert (await ann.one()).name == "Ann"


async def test_a_password_is_hashed_by_an_update_too(library: Database) -> None:
    """The plain text must not reach the table."""
    await Query(Author).filter(id=1).update(password="secret")
    (row,) = await library.fetch_all("SELECT password FROM authors WHERE id = 1")
    assert row["password"].startswith("$argon2id$")
    with pytest.raises(UnknownNameError, match="password"):
        Query(Author).filter(password="secret")


async def test_columns_that_move_by_themselves_move(library: Database) -> None:
    """`auto_now` holds for bulk updates."""
    before = (await Query(Copy).get((1, 1))).changed
    await Query(Copy).filter(book_id=1, number=1).update(shelf="Z")
    after = (await Query(Copy).get((1, 1))).changed
    assert after > before
    assert after - before < dt.timedelta(minutes=1)


async def test_relations_are_set_by_object_and_read_by_path(library: Database) -> None:
    """A to-one relation sets its key; a path is read for each row."""
    bob = await Query(Author).get(2)
    await Query(Book).filter(id=1).update(author=bob)
    await Query(Book).filter(id=2).update(author=None)
    assert await Query(Book).filter(id__in=[1, 2]).order_by("id").values_list("author_id", flat=True) == [
        2,
        None,
    ]
    await Query(Book).filter(id__in=[1, 2]).update(subtitle=F("author__press__name"), title=F("title"))
    assert await Query(Book).filter(id__in=[1, 2]).order_by("id").values_list("subtitle", flat=True) == [
        "Süd",
        None,
    ]
    with pytest.raises(UsageError, match="may be many"):
        await Query(Book).filter(id=1).update(title=F("genres__name"))
    with pytest.raises(UsageError, match="not held by Book"):
        await Query(Book).filter(id=1).update(copies=[])


async def test_changed_rows_can_be_given_back(library: Database) -> None:
    """As objects, dictionaries or typed rows, on databases without RETURNING too."""
    query = Query(Book).filter(pages=100)
    assert sorted(book.title for book in await query.update(returning=True, title="A")) == ["A", "A"]
    rows = await query.update(returning=["id", "title"], title="B")
    assert sorted(row["id"] for row in rows) == [1, 4]
    assert sorted(await query.update(returning=[Book.id, Book.title], title="C")) == [(1, "C"), (4, "C")]
    named = await query.update(returning=["author__name"], title="D")
    assert sorted(row["author__name"] for row in named) == ["Ann", "Cy"]
    assert await Query(Book).filter(id=99).update(returning=True, title="E") == []


async def test_deleted_rows_can_be_given_back(library: Database) -> None:
    """They are what they were."""
    (book,) = await Query(Book).filter(id=5).delete(returning=True)
    assert (book.id, book.title) == (5, "Elm")
    assert await Query(Book).filter(id=4).delete(returning=["title", "author__name"]) == [
        {"title": "Date", "author__name": "Cy"}
    ]
    assert await Query(Genre).filter(name="fable").delete(returning=[Genre.id]) == [(3,)]
    assert await Query(Book).count() == 3
    with pytest.raises(UsageError, match="returning"):
        await Query(Book).filter(id=1).delete(returning="id")


async def test_objects_in_hand_follow_an_update(library: Database) -> None:
    """Inside a unit they show what the database now holds; a relation of another key is let go."""
    async with atomic():
        book = await Query(Book).prefetch("author").get(1)
        other = await Query(Book).get(2)
        async with statements(library) as seen:
            await Query(Book).filter(id=1).update(pages=F("pages") + 5, author_id=2)
        assert len(set(seen.sql)) == 2
        assert (book.pages, book.author_id, other.pages) == (105, 2, None)
        with pytest.raises(NotLoadedError):
            _ = book.author
    assert book.pages == 105


async def test_objects_in_hand_are_let_go_when_deleted(library: Database) -> None:
    """They are no longer rows; those that stay are."""
    async with atomic():
        gone, there = await Query(Book).get(4), await Query(Book).get(5)
        await Query(Book).filter(author__name="Cy").delete()
        unit = current_unit(library)
        assert unit is not None
        assert gone not in unit.session
        assert there in unit.session
        assert sa.inspect(gone).transient


async def _fail_after_update() -> None:
    async with atomic():
        await Query(Book).filter(id=1).update(pages=1)
        assert (await Query(Book).get(1)).pages == 1
        raise ZeroDivisionError


async def test_a_rollback_restores_objects_in_hand(library: Database) -> None:
    """Memory and table agree again."""
    async with atomic():
        book = await Query(Book).get(1)
        with pytest.raises(ZeroDivisionError):
            await _fail_after_update()
        assert book.pages == 100
    assert (await Query(Book).get(1)).pages == 100


async def test_outside_of_a_unit_objects_stay_as_they_were(library: Database) -> None:
    """Nobody holds them."""
    book = await Query(Book).get(1)
    async with statements(library) as seen:
        await Query(Book).filter(id=1).update(pages=1)
    assert len(set(seen.sql)) == 1
    assert book.pages == 100


async def test_many_rows_are_given_back_in_parts(library: Database) -> None:
    """More keys than one statement takes."""
    await store(library, *(new(Genre, id=i, name=f"g{i}") for i in range(100, 1300)))
    rows = (
        await Query(Genre).filter(id__gte=100).update(returning=["id", "parent__name"], note="n", parent_id=1)
    )
    assert len(rows) == 1200
    assert {row["parent__name"] for row in rows} == {"tale"}
