"""Criteria cost no lane: statements compiled once carry them, and ask for their values each time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from portico.db.query import F
from portico.db.session import Database, atomic
from portico.errors import NotFoundError
from portico.testing.statements import statements

from .library import SHELVES, Shelf, Volume, everything, filled, inside, kept


@pytest.fixture
async def library(url: str) -> AsyncIterator[Database]:
    """A database with compiled statements."""
    async with filled(url, name="library", compiled="private") as database:
        yield database


async def _titles() -> list[str]:
    return sorted([volume.title for volume in await Volume.all()])


async def test_the_same_statement_serves_everybody_with_their_own_values(library: Database) -> None:
    """One text, whose parameter is called at each run."""
    with inside("north"):
        assert await _titles() == ["Abroad", "Emma", "Ulysses"]
    async with statements(library) as seen:
        with inside("south"):
            assert await _titles() == ["Astray", "Emma"]
        with inside("north"):
            assert await _titles() == ["Abroad", "Emma", "Ulysses"]
    assert len(set(seen.sql)) == 1
    assert seen.round_trips == 2


async def test_what_is_lifted_has_statements_of_its_own(library: Database) -> None:
    """Neither mode is answered by what was compiled in the other."""
    with inside("north"):
        for _ in range(2):
            assert await Volume.all().count() == 3
            with everything():
                assert await Volume.all().count() == 6
            assert await Volume.filter(copies__gte=2).count() == 2


async def test_reads_by_key_find_no_hidden_row(library: Database) -> None:
    """One statement and no object."""
    async with statements(library) as seen:
        with inside("north"):
            assert (await Volume.get(2)).title == "Ulysses"
            for hidden in (3, 4):
                with pytest.raises(NotFoundError):
                    await Volume.get(hidden)
    assert seen.round_trips == 3


async def test_relations_are_loaded_within_the_criteria(library: Database) -> None:
    """Neither a volume of others on one's own shelf nor a shelf of others under one's own volume."""
    with inside("north"):
        async with statements(library) as seen:
            shelves = await Shelf.all().prefetch("volumes")
            volumes = await Volume.exclude(id=6).prefetch("shelf")
        abroad = await Volume.get(6)
        await abroad.load("shelf")
    found = {shelf.name: sorted(volume.title for volume in shelf.volumes) for shelf in shelves}
    assert found == {"low": ["Emma", "Ulysses"], "high": []}
    assert {volume.title: volume.shelf.name for volume in volumes} == {"Emma": "low", "Ulysses": "low"}
    assert vars(abroad)["shelf"] is None
    assert seen.round_trips == 4


async def test_a_hidden_row_is_not_written_and_costs_one_statement(library: Database) -> None:
    """Updates and deletes of one row have the criteria in their text."""
    with everything():
        foreign = await Volume.get(4)
    before = await kept(library)
    foreign.title = "Taken"
    with inside("north"):
        async with statements(library) as seen:
            with pytest.raises(NotFoundError):
                await foreign.save()
            with pytest.raises(NotFoundError):
                await foreign.delete()
        assert await Volume.filter(id=4).update(title="Taken") == 0
        assert await Volume.filter(title="Emma").update(copies=F("copies") + 1) == 1
        assert await Volume.filter(copies__gte=0).delete() == 3
    assert all(text.startswith(("UPDATE", "DELETE", "SELECT")) for text in seen.sql)
    left = await kept(library)
    assert left == {key: row for key, row in before.items() if key in {3, 4, 5}}


async def test_one_row_is_created_and_changed_by_one_statement_each(library: Database) -> None:
    """What a class without criteria costs."""
    values: dict[str, Any] = {"id": 9, "house": "north", "name": "new"}
    with inside("north"):
        await Shelf.all()
        async with statements(library) as seen:
            shelf = Shelf(**values)
            await shelf.save()
            shelf.name = "newer"
            await shelf.save()
            await shelf.delete()
    assert seen.round_trips == 3


async def test_many_at_once_never_see_what_others_may(library: Database) -> None:
    """Tasks of two houses on one lane at the same time."""

    async def visit(house: str, number: int) -> tuple[str, str | None]:
        with inside(house):
            found = await Volume.get_or_none(number)
            return house, None if found is None else found.house

    asked = [("north" if turn % 2 else "south", turn % 6 + 1) for turn in range(200)]
    seen = await asyncio.gather(*(visit(house, number) for house, number in asked))
    assert {found for house, found in seen if house == "north"} == {"north", None}
    assert {found for house, found in seen if house == "south"} == {"south", None}


async def test_a_unit_of_work_follows_the_mode_of_the_moment(library: Database) -> None:
    """The criteria are those of the running code, also within one transaction."""
    async with atomic():
        with inside("north"):
            assert await _titles() == ["Abroad", "Emma", "Ulysses"]
            with everything():
                assert await Volume.all().count() == 6
            assert await Volume.all().count() == 3
        with inside("south"):
            assert await _titles() == ["Astray", "Emma"]
    assert await kept(library, SHELVES)
