"""One row, some rows, all rows: by key, by position, as objects, dictionaries, tuples, or a stream."""

from __future__ import annotations

from weakref import WeakSet

import pytest

from portico.db.query import F, Query
from portico.db.session import Database, atomic
from portico.errors import InvalidError, MultipleFoundError, NotFoundError, NotLoadedError, UsageError
from portico.testing.statements import statements
from tests.integration.query.conftest import store
from tests.integration.query.library import METADATA, Author, Book, Copy, new


async def test_get_finds_by_key_and_by_values(library: Database) -> None:
    """One statement, for single and composite keys alike."""
    async with statements(library) as seen:
        assert (await Query(Book).get(1)).title == "Ash"
    assert len(seen) == 1
    assert (await Query(Copy).get((1, 2))).shelf is None
    assert (await Query(Book).get(title="Elm")).id == 5
    assert (await Query(Book).get(None, Book.author.name == "Bob")).id == 3
    assert (await Query(Book).filter(pages=300).get()).id == 3
    assert await Query(Book).get_or_none(99) is None


async def test_a_missing_row_names_its_key_and_no_secrets(library: Database) -> None:
    """Numbers are shown; text might be anything."""
    with pytest.raises(NotFoundError, match="Copy with book_id=9, number=9 was not found"):
        await Query(Copy).get((9, 9))
    with pytest.raises(NotFoundError) as caught:
        await Query(Book).get(title="hunter2")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(NotFoundError):
        await Query(Book).filter(id=99).one()


async def test_several_rows_where_one_is_meant(library: Database) -> None:
    """The first of many is not the one."""
    with pytest.raises(MultipleFoundError):
        await Query(Book).get(pages=100)
    with pytest.raises(MultipleFoundError):
        await Query(Book).filter(pages=100).one_or_none()
    assert await Query(Book).filter(id=99).one_or_none() is None


@pytest.mark.parametrize("key", ["x", (1, 2), 2**63, "1\0", None.__class__])
async def test_keys_of_the_wrong_shape_are_refused(library: Database, key: object) -> None:
    """Before any database sees them, so alike on all of them."""
    with pytest.raises(InvalidError) as caught:
        await Query(Book).get(key)
    assert list(caught.value.fields) == ["id"]


async def test_a_key_too_large_for_the_column_is_not_found(library: Database) -> None:
    """It fits the wire, and no row has it."""
    assert await Query(Book).get_or_none(2**40) is None
    assert await Query(Book).filter(id__in=[1, 2**40]).count() == 1
    assert await Query(Book).filter(pages__lt=2**40).count() == 4


async def test_in_bulk_gives_objects_by_key(library: Database) -> None:
    """Keys without a row are left out; doubles are asked once; composite keys are tuples."""
    found = await Query(Book).in_bulk([3, 1, 99, 1])
    assert {key: book.title for key, book in found.items()} == {1: "Ash", 3: "Cedar"}
    copies = await Query(Copy).in_bulk([(1, 1), (3, 1), (8, 8)])
    assert set(copies) == {(1, 1), (3, 1)}
    assert await Query(Book).in_bulk([]) == {}


async def test_in_bulk_asks_in_parts(library: Database) -> None:
    """No database takes any number of parameters."""
    async with statements(library) as seen:
        assert len(await Query(Book).in_bulk(range(1, 1201))) == 5
    assert len(set(seen.sql)) <= 2


async def test_values_are_dictionaries_rows_or_tuples(library: Database) -> None:
    """Names give dictionaries, columns give rows, `values_list` tuples, `flat` the bare values."""
    ash = Query(Book).filter(id=1)
    assert await ash.values("id", "author__name") == [{"id": 1, "author__name": "Ann"}]
    (row,) = await ash.values(Book.id, Book.author.name)
    assert (row.id, row[1], row.author__name) == (1, "Ann", "Ann")
    assert await ash.values_list("id", Book.title) == [(1, "Ash")]
    assert await ash.values_list("title", flat=True) == ["Ash"]
    assert await ash.values_list(F("pages") * 2, flat=True) == [200]
    assert await ash.scalar(Book.title) == "Ash"
    assert await ash.values("title").scalar() == "Ash"
    assert await Query(Book).filter(id=99).scalar("title") is None


async def test_values_without_names_leave_secrets_out(library: Database) -> None:
    """What is written to logs must have been asked for."""
    (row,) = await Query(Author).filter(id=1).values()
    assert set(row) == {"id", "name", "press_id"}
    assert "password" in (await Query(Author).filter(id=1).values("password"))[0]


async def test_distinct_rows(library: Database) -> None:
    """Doubles vanish, also from the count; an order that is not shown is refused alike everywhere."""
    pages = Query(Book).filter(pages__isnull=False).values_list("pages", flat=True).distinct()
    assert await pages.order_by("-pages") == [300, 100, 50]
    assert await pages.count() == 3
    assert await pages.first() == 50
    with pytest.raises(UsageError, match="cannot be sorted by title"):
        await pages.order_by("title")


async def test_rows_are_narrowed_like_queries(library: Database) -> None:
    """What `values` gives can be filtered, sorted, cut and counted."""
    titles = Query(Book).values_list(Book.title, flat=True).filter(pages__gte=100).order_by("-title")
    assert await titles[:2] == ["Date", "Cedar"]
    assert await titles.last() == "Ash"
    assert await titles.count() == 3
    assert [title async for title in titles] == ["Date", "Cedar", "Ash"]


async def test_only_loads_what_is_named_and_the_key(library: Database) -> None:
    """A column that was left out says so, instead of reading as None."""
    book = await Query(Book).only("title").get(1)
    assert (book.id, book.title) == (1, "Ash")
    with pytest.raises(NotLoadedError) as caught:
        _ = book.pages
    assert caught.value.attribute == "pages"
    copies = await Query(Copy).only(Copy.shelf).order_by("book_id")
    assert (copies[0].book_id, copies[0].number) == (1, 1)


async def test_streams_hold_a_chunk_at_a_time(library: Database) -> None:
    """Every row once, in order, with its relations loaded chunk by chunk."""
    await store(library, *(new(Author, id=i, name=f"n{i}") for i in range(10, 1300)))
    alive: WeakSet[Author] = WeakSet()
    seen: list[int] = []
    async for author in Query(Author).order_by("id"):
        alive.add(author)
        seen.append(author.id)
        assert len(alive) <= 1000
    assert seen == [1, 2, 3, *range(10, 1300)]
    async for book in Query(Book).filter(id=1).prefetch("author"):
        assert book.author is not None
        assert book.author.name == "Ann"


async def test_leaving_a_stream_early_is_fine(library: Database) -> None:
    """The connection comes back."""
    for _ in range(12):
        rows = Query(Book).order_by("id").__aiter__()
        assert (await anext(rows)).id == 1
        await rows.aclose()  # type: ignore[attr-defined] # the iterator is a generator
    assert await Query(Book).count() == 5


async def test_queries_are_kept_and_used_again(library: Database) -> None:
    """No verb changes the query that it is called on."""
    query = Query(Book).filter(pages=100)
    narrower = query.filter(title="Ash").order_by("-id").limit(1)
    assert (await query.count(), await narrower.count()) == (2, 1)
    assert await query.count() == 2


async def test_inside_a_unit_the_same_row_is_the_same_object(library: Database) -> None:
    """Queries and units share one identity map."""
    async with atomic():
        first = await Query(Book).get(1)
        assert (await Query(Book).filter(title="Ash").one()) is first


async def test_rows_can_be_locked(library: Database) -> None:
    """In SQLite the whole file is locked anyway."""
    async with atomic():
        assert (await Query(Book).filter(author__name="Ann").order_by("id").lock())[0].id == 1
        assert (await Query(Book).lock(read=True).get(1)).id == 1


async def test_explain_tells_the_plan(library: Database) -> None:
    """In the words of the database."""
    plan = await Query(Book).filter(author__name="Ann").explain()
    assert "book" in plan.lower()
    assert await Query(Book).values("id").explain()


async def test_another_database_can_be_asked(library: Database, tmp_path: object) -> None:
    """`using` names it or gives it."""
    async with Database(f"sqlite+aiosqlite:///{tmp_path}/other.db", name="other") as other:
        await other.create_tables(METADATA)
        await store(other, new(Book, id=7, title="Elsewhere"))
        assert [book.id for book in await Query(Book).using(other)] == [7]
        assert [book.id for book in await Query(Book).using("other")] == [7]
        assert await Query(Book, other).count() == 1
    assert await Query(Book).count() == 5
