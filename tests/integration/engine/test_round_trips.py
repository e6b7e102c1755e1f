from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.session import Database, atomic, fetch, run

from .wire import Wire, wiretap


class Base(DeclarativeBase):
    metadata = sa.MetaData()


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(50))


notes = Base.metadata.tables["notes"]


@pytest.fixture
async def tapped(url: str, db: Database) -> AsyncIterator[tuple[Database, Wire]]:
    """A database behind the wiretap that has done everything once."""
    if db.dialect_name == "sqlite":
        pytest.skip("SQLite has no wire")
    await db.create_tables(Base.metadata)
    async with wiretap(url) as wire, Database(wire.url, name="tapped") as database:
        for _ in range(2):  # connections are open and statements prepared
            await run(database, sa.insert(notes).values(text="a"))
            await fetch(database, sa.select(Note).where(Note.id == 1))
            await run(database, sa.update(notes).values(text="b"))
        wire.sent.clear()
        yield database, wire


async def test_a_read_outside_of_a_unit_is_one_round_trip(tapped: tuple[Database, Wire]) -> None:
    """No BEGIN, no ROLLBACK, no ping: the statement and nothing else."""
    database, wire = tapped
    assert len(await fetch(database, sa.select(Note).where(Note.id == 1))) == 1
    assert wire.round_trips == 1, wire.sent


async def test_a_write_outside_of_a_unit_is_one_round_trip(tapped: tuple[Database, Wire]) -> None:
    """The database commits a single statement by itself."""
    database, wire = tapped
    await run(database, sa.insert(notes).values(text="a"))
    assert wire.round_trips == 1, wire.sent
    await run(database, sa.update(notes).values(text="b"))
    assert wire.round_trips == 2, wire.sent


async def test_a_unit_adds_its_begin_and_commit_and_no_more(tapped: tuple[Database, Wire]) -> None:
    """MariaDB begins by itself with the first statement."""
    database, wire = tapped
    for _ in range(2):
        wire.sent.clear()
        async with atomic(database):
            await run(database, sa.update(notes).values(text="c"))
    begin = 1 if database.dialect_name == "postgresql" else 0
    assert wire.round_trips == begin + 2, wire.sent


async def test_an_empty_unit_sends_nothing(tapped: tuple[Database, Wire]) -> None:
    """A unit takes a connection with its first statement."""
    database, wire = tapped
    async with atomic(database):
        pass
    assert wire.sent == []


async def test_what_is_written_outside_of_a_unit_is_there_for_others(db: Database) -> None:
    """An AUTOCOMMIT connection that our BEGIN listener did not skip would lose the row silently."""
    await db.create_tables(Base.metadata)
    await run(db, sa.insert(notes).values(text="kept"))
    async with Database(db.url, name="second") as other:
        assert [note.text for note in await fetch(other, sa.select(Note))] == ["kept"]
    async with atomic(db):
        await run(db, sa.insert(notes).values(text="too"))
    await run(db, sa.insert(notes).values(text="three"))
    async with Database(db.url, name="second") as other:
        assert len(await fetch(other, sa.select(Note))) == 3
