from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.session import Database, atomic, fetch, run


class Base(DeclarativeBase):
    metadata = sa.MetaData()


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(50))


COUNT = sa.select(sa.func.count()).select_from(Note)


@pytest.fixture
async def replicated(tmp_path: Path) -> AsyncIterator[Database]:
    """A primary with one note and a replica, a file of its own, with two."""
    for name, number in (("primary", 1), ("replica", 2)):
        async with Database(f"sqlite:///{tmp_path}/{name}.db", name=name) as database:
            await database.create_tables(Base)
            await run(database, sa.insert(Note), [{"text": name}] * number)
    # The writes above went to other databases, but to this context all the same.
    replica = f"sqlite:///{tmp_path}/replica.db"
    async with Database(
        f"sqlite:///{tmp_path}/primary.db", name="db", replicas=[replica], sticky=0.0
    ) as database:
        yield database


async def seen(database: Database) -> int:
    """How many notes a read finds."""
    return int((await run(database, COUNT)).scalar_one())


async def test_reads_outside_of_units_go_to_a_replica(replicated: Database) -> None:
    """Rows and objects alike."""
    assert await seen(replicated) == 2
    assert len(await fetch(replicated, sa.select(Note))) == 2


async def test_units_and_locks_and_raw_sql_go_to_the_primary(replicated: Database) -> None:
    """They may write, or are about to."""
    async with atomic(replicated):
        assert await seen(replicated) == 1
    assert len(await fetch(replicated, sa.select(Note).with_for_update())) == 1
    assert await replicated.fetch_one("SELECT count(*) AS n FROM notes") == {"n": 1}


async def test_who_has_written_reads_from_the_primary_for_a_while(
    tmp_path: Path, replicated: Database
) -> None:
    """A replica may not have the row yet; others are not affected."""
    replica = f"sqlite:///{tmp_path}/replica.db"
    async with Database(replicated.url, name="sticky", replicas=[replica], sticky=60) as database:
        assert await seen(database) == 2
        await run(database, sa.insert(Note).values(text="new"))
        assert await seen(database) == 2
        assert (await fetch(database, sa.select(Note).order_by(Note.id.desc()).limit(1)))[0].text == "new"
        other = asyncio.get_running_loop().create_task(seen(database), context=Context())
        assert await other == 2


async def test_a_replica_that_is_gone_is_replaced_by_the_primary(
    tmp_path: Path, replicated: Database
) -> None:
    """Reading goes on; the log says why."""
    gone = "sqlite:////no/such/folder/replica.db"
    async with Database(replicated.url, name="lonely", replicas=[gone], sticky=0.0) as database:
        assert await seen(database) == 1
