"""A session of the application's own says of stale objects what every other way of writing says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from portico import Portico
from portico.db.session import Database, atomic
from portico.errors import UsageError, VersionConflictError
from tests.integration.mixins.notes import Base, Note

Way = Callable[[AsyncSession, Note], Awaitable[Any]]
WORDS = "Somebody else has changed this Note in between"


@pytest.fixture(autouse=True)
async def stale(db: Database) -> Note:
    """An object whose row has been written since by somebody else."""
    await db.create_tables(Base.metadata)
    one = await Note.create(slug="a", title="old")
    await Note.filter(id=1).update(title="theirs")
    return one


async def _flushed(session: AsyncSession, stale: Note) -> None:
    session.add(stale)
    stale.title = "mine"
    await session.flush()


async def _flushed_by_a_query(session: AsyncSession, stale: Note) -> None:
    session.add(stale)
    stale.title = "mine"
    await session.scalars(sa.select(Note))


async def _committed(session: AsyncSession, stale: Note) -> None:
    session.add(stale)
    stale.title = "mine"
    await session.commit()


async def _deleted(session: AsyncSession, stale: Note) -> None:
    await session.delete(stale)
    await session.flush()


async def _merged(session: AsyncSession, stale: Note) -> None:
    await session.merge(stale)


async def _merged_and_flushed(session: AsyncSession, stale: Note) -> None:
    merged = await session.merge(stale, load=False)
    merged.title = "mine"
    await session.flush()


async def _merged_with_others(session: AsyncSession, stale: Note) -> None:
    await session.merge_all([Note(slug="b", title="new"), stale])


async def _updated_by_key(session: AsyncSession, stale: Note) -> None:
    await session.execute(sa.update(Note), [{"id": stale.id, "title": "mine", "version": stale.version}])


async def _locked(session: AsyncSession, stale: Note) -> None:
    session.add(stale)
    await session.get(Note, 1, with_for_update=True)


WAYS: list[Way] = [
    _flushed,
    _flushed_by_a_query,
    _committed,
    _deleted,
    _merged,
    _merged_and_flushed,
    _merged_with_others,
    _updated_by_key,
    _locked,
]


@pytest.mark.parametrize("way", WAYS)
async def test_a_stale_object_is_a_version_conflict_where_it_comes_out(
    db: Database, stale: Note, way: Way
) -> None:
    """Whoever catches it inside of the session must not need SQLAlchemy's name for it."""
    async with db.session() as session:
        with pytest.raises(VersionConflictError, match=WORDS):
            await way(session, stale)
        await session.rollback()
    after = await Note.get(1)
    assert (after.title, after.version) == ("theirs", 2)


@pytest.mark.parametrize("way", WAYS)
async def test_a_stale_object_ends_its_session_with_a_version_conflict(
    db: Database, stale: Note, way: Way
) -> None:
    """The same for those who catch it around the session."""
    with pytest.raises(VersionConflictError, match=WORDS):
        async with db.session() as session:
            await way(session, stale)
    assert (await Note.get(1)).title == "theirs"


async def test_a_conflict_that_is_caught_leaves_a_failed_session(db: Database, stale: Note) -> None:
    """Nothing of it can be saved, and it says why."""
    with pytest.raises(UsageError):
        async with db.session() as session:
            with pytest.raises(VersionConflictError):
                await _flushed(session, stale)
    assert (await Note.get(1)).title == "theirs"


async def test_a_conflict_at_the_end_of_a_unit_fails_it_by_its_name(stale: Note) -> None:
    """What is asked of the unit afterwards is answered with what had happened."""
    with pytest.raises(VersionConflictError, match=WORDS):
        async with atomic() as unit:
            unit.session.add(stale)
            stale.title = "mine"
            with pytest.raises(VersionConflictError, match=WORDS):
                await unit.flush()
            with pytest.raises(UsageError, match="VersionConflictError: Somebody else"):
                await unit.execute(sa.select(Note))
            raise unit.failure or AssertionError


@pytest.fixture
async def client(db: Database, stale: Note) -> AsyncIterator[httpx.AsyncClient]:
    """An application whose own route writes the stale object."""
    app, api = FastAPI(), Portico(db)

    @app.post("/{way}")
    async def write(way: int) -> None:
        async with db.session() as session:
            await WAYS[way](session, stale)

    api.mount(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("way", range(len(WAYS)))
async def test_a_route_of_ones_own_answers_409(client: httpx.AsyncClient, way: int) -> None:
    """A conflict is the caller's to resolve, and no failure of the server."""
    answer = await client.post(f"/{way}")
    assert (answer.status_code, answer.json()["code"]) == (409, "version-conflict")
