"""A compiled write of an object is one statement, which happens once or not at all."""

from __future__ import annotations

import asyncio
import random
from contextvars import Context

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField, StringField
from portico.db.models import Model
from portico.db.session import Database, atomic, run
from portico.errors import ConflictError, CrossTaskError, DuplicateError, OutcomeUnknownError
from portico.testing.statements import statements
from tests.fixtures.servers import run_on
from tests.integration.compiled.models.writes import METADATA, Account, Book, Room, Shelf

MADE = sa.MetaData()
asked: list[int] = []


def ask() -> int:
    """A default that can be counted."""
    asked.append(1)
    return len(asked)


class Counted(Model):
    """A model that asks for a default."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20, unique=True)
    number: Mapped[int] = IntegerField(default=ask)

    class Meta:
        metadata = MADE


async def test_a_write_is_one_round_trip(db: Database) -> None:
    """Also with a version: the number that it moves to is known, so that nothing is asked for after it."""
    await db.create_tables(METADATA)
    costs: list[int] = []
    book = Shelf(name="s")
    room, account = Room(db), Account(name="a")
    for step in (
        book.save,
        lambda: book.update(name="t"),
        book.save,
        book.delete,
        lambda: Shelf.create(name="u"),
        lambda: room.insert(account),
        lambda: room.update(account, name="b"),
    ):
        async with statements(db) as seen:
            await step()
        costs.append(seen.round_trips)
    assert costs == [1, 1, 0, 1, 1, 1, 1]


async def test_a_refused_create_asks_for_defaults_once(db: Database) -> None:
    """And is sent twice: the second one words the refusal."""
    await db.create_tables(MADE)
    await Counted.create(name="a")
    asked.clear()
    async with statements(db) as seen:
        with pytest.raises(DuplicateError):
            await Counted.create(name="a")
    assert asked == [1]
    assert len([text for text in seen.sql if text.startswith("INSERT")]) == 2


async def test_parallel_creates_are_as_many_rows(db: Database) -> None:
    """Each object has the key of its own row."""
    await db.create_tables(METADATA)
    made = await asyncio.gather(*(Book.create(title=f"t{number}") for number in range(40)))
    assert len({one.id for one in made}) == 40
    stored = {one.id: one.title for one in await Book.all()}
    assert stored == {one.id: one.title for one in made}


async def test_cancelled_writes_are_there_once_or_not_at_all(db: Database) -> None:
    """What was acknowledged is there, and no connection is lost."""
    await db.create_tables(METADATA)
    chance, acknowledged = random.Random(5), set[str]()

    async def one(number: int) -> None:
        try:
            async with asyncio.timeout(chance.uniform(0, 0.01)):
                book = await Book.create(title=f"t{number}")
                acknowledged.add(book.title)
                await book.update(number=4)
        except TimeoutError:
            pass

    for start in range(0, 200, 10):
        await asyncio.gather(*(one(number) for number in range(start, start + 10)))
    await asyncio.sleep(0.2)
    titles = [book.title for book in await Book.all()]
    assert len(titles) == len(set(titles))
    assert acknowledged <= set(titles)
    await asyncio.gather(*(Book.create(title=f"last{number}") for number in range(20)))


async def test_another_tasks_unit_is_refused_before_anything_is_written(db: Database) -> None:
    """As by any other call."""
    await db.create_tables(METADATA)
    async with statements(db) as seen, atomic():

        async def write() -> None:
            await Shelf.create(name="s")

        task = asyncio.create_task(write())
        done, _ = await asyncio.wait([task, asyncio.create_task(asyncio.sleep(0))])
        assert task in done
        with pytest.raises(CrossTaskError):
            task.result()
    assert not [text for text in seen.sql if "INSERT" in text]


async def test_a_write_without_an_answer_is_said_to_be_unknown_and_not_repeated(
    db: Database, url: str
) -> None:
    """The connection ends while the statement waits for a lock that somebody else holds."""
    if db.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL says which connection waits")
    await db.create_tables(METADATA)
    async with statements(db) as seen, atomic():
        await Shelf.create(name="s")
        with db.use():
            waiting = asyncio.create_task(_create_elsewhere(db), context=Context())
        for _ in range(100):
            if await asyncio.to_thread(
                run_on,
                url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()",
            ):
                break
        with pytest.raises(OutcomeUnknownError):
            await waiting
    assert len([text for text in seen.sql if "INSERT" in text]) == 2
    assert await Shelf.count() == 1


async def _create_elsewhere(db: Database) -> None:
    with db.use():
        await Shelf.create(name="s")


async def test_what_is_assigned_while_a_save_is_under_way_is_saved_by_the_next_one(url: str) -> None:
    """It was not written, so it is a change."""
    for mode in ("private", "off"):
        async with Database(url, name=mode, compiled=mode) as database:
            await database.drop_tables(METADATA)
            await database.create_tables(METADATA)
            with database.use():
                book = await Book.create(title="a")
                for new in (False, True):
                    book = Book(title="new") if new else book
                    book.title = f"b {new}"
                    saving = asyncio.create_task(book.save())
                    while not saving.done():
                        book.title = f"c {new}"
                        await asyncio.sleep(0)
                    await saving
                    await book.save()
                    assert (await Book.get(book.id)).title == book.title


async def test_a_row_that_a_trigger_discards_is_sent_once_and_said_to_be_gone(url: str) -> None:
    """Old ways of partitioning do that."""
    if not url.startswith("sqlite"):
        pytest.skip("the trigger is written for SQLite")
    for mode in ("private", "off"):
        async with Database(url, name=mode, compiled=mode) as database:
            await database.drop_tables(MADE)
            await database.create_tables(MADE)
            await database.execute_raw("DROP TABLE IF EXISTS moved")
            await database.execute_raw("CREATE TABLE moved (name TEXT)")
            await database.execute_raw(
                "CREATE TRIGGER away BEFORE INSERT ON counteds BEGIN"
                " INSERT INTO moved VALUES (NEW.name); SELECT RAISE(IGNORE); END"
            )
            with database.use():
                with pytest.raises(ConflictError, match="kept no row"):
                    await Counted.create(name="a")
                with pytest.raises(ConflictError, match="kept no row"):
                    await Counted(name="b").save()
                assert (await run(database, sa.text("SELECT count(*) FROM moved"))).scalar_one() == 2
