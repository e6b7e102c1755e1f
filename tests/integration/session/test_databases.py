from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from portico.db.session import Database, atomic, current_database, register_metadata, run
from portico.errors import ConfigurationError, DuplicateNameError, ForeignKeyError, UsageError
from tests.integration.session.blocks import ends_with

metadata = sa.MetaData()
notes = sa.Table("notes", metadata, sa.Column("id", sa.Integer, primary_key=True))
others = sa.Table("others", metadata, sa.Column("id", sa.Integer, primary_key=True))


@pytest.fixture
async def archive() -> AsyncIterator[Database]:
    """A second database."""
    async with Database("sqlite://", name="archive") as database:
        yield database


async def test_the_first_database_is_the_default() -> None:
    """Later ones are named after themselves, unless they say otherwise."""
    async with Database("sqlite:///a.db") as first, Database("sqlite:///b.db") as second:
        assert (first.name, second.name) == ("default", "b.db")
        assert current_database() is first
        assert current_database("b.db") is second
    with pytest.raises(ConfigurationError, match="no database yet"):
        current_database()


async def test_a_name_is_taken_once(archive: Database) -> None:
    """And free again when its database is closed."""
    with pytest.raises(DuplicateNameError, match="archive"):
        Database("sqlite://", name="archive")
    await archive.close()
    async with Database("sqlite://", name="archive"):
        pass


async def test_an_unknown_name_gives_the_nearest(archive: Database) -> None:
    """A typing error is found at once."""
    with pytest.raises(ConfigurationError, match="Did you mean 'archive'"):
        current_database("archiv")


async def test_use_and_units_choose_the_database(db: Database, archive: Database) -> None:
    """The innermost word counts."""
    assert current_database() is db
    with archive.use():
        assert current_database() is archive
        async with atomic(db):
            assert current_database() is db
        async with atomic("archive"):
            assert current_database() is archive
    assert current_database() is db


async def test_units_of_two_databases_do_not_mix(db: Database, archive: Database) -> None:
    """One commits, the other rolls back."""
    for database in (db, archive):
        await database.create_tables(metadata)
    async with atomic(db):
        await run(db, sa.insert(notes).values(id=1))
        with ends_with(ZeroDivisionError):
            async with atomic(archive):
                await run(archive, sa.insert(notes).values(id=1))
                _ = 1 / 0
    counts = [await database.fetch_one("SELECT count(*) AS n FROM notes") for database in (db, archive)]
    assert counts == [{"n": 1}, {"n": 0}]


async def test_tables_are_made_and_dropped(archive: Database) -> None:
    """Some, those of a metadata, or all that are registered."""

    async def names() -> list[str]:
        rows = await archive.fetch_all(
            "SELECT name FROM sqlite_master WHERE name IN ('notes', 'others') ORDER BY name"
        )
        return [row["name"] for row in rows]

    await archive.create_tables(notes)
    assert await names() == ["notes"]
    await archive.create_tables([notes, others])
    await archive.drop_tables(metadata)
    assert await names() == []
    register_metadata(metadata)
    await archive.create_tables()
    assert await names() == ["notes", "others"]
    with pytest.raises(ConfigurationError, match="no model"):
        await archive.create_tables("notes")


async def test_references_in_a_circle_are_made_on_every_database(db: Database, archive: Database) -> None:
    """The first may add them by ALTER, the second is SQLite and cannot."""
    metadata = sa.MetaData()
    for name, other in (("hens", "eggs"), ("eggs", "hens")):
        key = sa.ForeignKey(f"{other}.id", name=f"fk_{name}")
        of = sa.Column("of", sa.Integer, key)
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), of)
    for database in (db, archive):
        await database.create_tables(metadata)
        with pytest.raises(ForeignKeyError):
            await run(database, sa.insert(metadata.tables["hens"]).values(id=1, of=9))
        with pytest.raises(ForeignKeyError):
            await run(database, sa.insert(metadata.tables["eggs"]).values(id=1, of=9))


async def test_a_database_opened_read_only_cannot_write(url: str, db: Database) -> None:
    """For serving what belongs to somebody else."""
    await db.create_tables(metadata)
    async with Database(url, name="looked-at", read_only=True) as database:
        assert (await run(database, sa.select(notes))).all() == []
        for _ in range(2):
            with pytest.raises(UsageError, match="read-only"):
                await run(database, sa.insert(notes).values(id=1))
            with pytest.raises(UsageError, match="read-only"):
                async with atomic(database):
                    await run(database, sa.insert(notes).values(id=1))


async def test_the_password_is_never_shown() -> None:
    """Not by repr, which ends up in logs."""
    async with Database("postgresql://ann:canary@localhost/blog", name="secret") as database:
        assert "canary" not in repr(database) + str(database) + repr(database.engines) + repr(database.engine)
        assert repr(database) == "<Database 'secret' postgresql+asyncpg://ann:***@localhost/blog>"
