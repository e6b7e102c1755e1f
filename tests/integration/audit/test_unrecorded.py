"""Writes that have no entry leave a line in the log, so that the trail is known to have a hole."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from portico.db.changes import unrecorded
from portico.db.scoping import acting
from portico.db.session import Database, atomic
from tests.integration.audit.models import Author, Book, Tag, entries

Way = Callable[[Database], Awaitable[object]]


@pytest.fixture(autouse=True)
async def rows(library: Database, caplog: pytest.LogCaptureFixture) -> None:
    """An author with a book and a tag."""
    await Author.create(id=1, name="Jane")
    await Tag.create(id=1, name="a")
    book = await Book.create(id=1, title="Emma", author_id=1)
    await book.tags.add(1)
    caplog.set_level(logging.WARNING, logger="portico.db.audit")


async def _made(_: Database) -> None:
    await Book.create(id=2, title="secret")


async def _saved(_: Database) -> None:
    await (await Book.get(1)).update(title="secret")


async def _in_bulk(_: Database) -> None:
    await Book.bulk_create([Book(id=number, title="secret") for number in range(2, 300)])


async def _set(_: Database) -> None:
    await Book.filter(id=1).update(title="secret")


async def _deleted(_: Database) -> None:
    await Book.filter(id=1).delete()


async def _linked(_: Database) -> None:
    await (await Book.get(1)).tags.clear()


async def _flushed(db: Database) -> None:
    async with db.session() as session:
        book = await session.get(Book, 1)
        assert book is not None
        book.title = "secret"


async def _own_connection(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(sa.update(Book.__table__).values(title="secret"))


async def _other_description(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(sa.delete(sa.table("audited_books")))


async def _text(db: Database) -> None:
    await db.execute_raw("UPDATE audited_books SET title = :title", {"title": "secret"})


async def _driver(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM audited_books")


async def _unit(_: Database) -> None:
    async with atomic():
        await _saved(_)
        await _set(_)


WAYS: list[Way] = [
    _made, _saved, _in_bulk, _set, _deleted, _linked, _flushed, _own_connection, _other_description, _text,
    _driver, _unit,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_an_unrecorded_write_is_logged_with_its_table_and_its_actor(
    library: Database, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    """Once, however many statements it is, and without values."""
    before = len(await entries(library))
    with acting("nurse-7"), unrecorded():
        await way(library)
    (line,) = caplog.messages
    assert "audited_books" in line
    assert "'nurse-7'" in line
    assert "secret" not in caplog.text
    assert len(await entries(library)) == before


async def test_rows_that_follow_are_named_as_well(
    library: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """They go by the database, and no statement names them."""
    with unrecorded():
        await Author.filter(id=1).delete()
    assert sorted(line.split()[2] for line in caplog.messages) == ["audited_authors", "audited_books"]


async def test_each_block_and_each_actor_has_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """Who looks for the hole wants to know when, and by whom."""
    for actor in ("ann", "bob"):
        with unrecorded():
            for _ in range(3):
                with acting(actor):
                    await Book.filter(id=1).update(pages=2)
                with acting("cid"):
                    await Book.filter(id=1).update(pages=3)
    assert [line.split()[6] for line in caplog.messages] == ["'ann'", "'cid'", "'bob'", "'cid'"]


async def test_what_is_read_or_recorded_is_not_logged(
    library: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A line is worth something only if there is a hole."""
    await _saved(library)
    with unrecorded():
        assert await Book.filter(title="secret").count() == 1
        await library.fetch_all("SELECT replace(title, 'a', 'b') AS x FROM audited_books")
    assert caplog.messages == []
