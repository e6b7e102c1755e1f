"""Through every registered door: nothing of another tenant, nothing that is deleted, nothing for nobody."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final

import pytest

from portico._kernel.doors import Door, doors
from portico.db.scoping import tenant_context, unscoped
from portico.errors import NoTenantError, UsageError

from .drivers import MIXINS, MODELS, QUERIES, RELATIONS, REST, SESSIONS, Ask, Drive
from .told import Outcome, outcome
from .world import CANARY, GHOST, OURS, THEIRS, Target, World, absent, deleted, foreign

DRIVERS: Final[dict[str, Drive]] = {**MODELS, **QUERIES, **RELATIONS, **MIXINS, **SESSIONS, **REST}
REFUSALS: Final = ("names the table", "recorded", "keeps its deleted rows")
"""What is refused whoever asks: SQL as text, and statements that nobody could record or mark."""
OF_NOBODY: Final = {"Trail.__await__[0]": "entries about rows that belong to no tenant"}
GIVEN_KEYS: Final = {"Database.session[2]"}
"""A key that is given is refused as taken: docs/how-to/tenants.md, what another tenant can still find out."""
TELLING: Final = {
    "Model.first", "Model.get", "Query.__aiter__", "Query.__await__", "Query.filter", "Query.prefetch",
    "Query.values", "Rows.__await__", "grouped", "Related.__await__", "Related.all", "load_relation",
    "run", "fetch", "stream", "Database.session", "Database.engine", "UtilsMixin.sample", "Trail.__await__",
}  # fmt: skip
"""Doors of each room that give texts of rows."""
Texts = pytest.mark.filterwarnings("ignore:DELETE statement on table:sqlalchemy.exc.SAWarning")


FORESEEING: Final = {"Query.foreseen", "foresee", "foresee_statement"}


def _doors(world: World) -> list[Door]:
    """The doors that tenants use, as far as this database and classes of this kind have them."""
    found = [door for door in doors() if "tenant" not in door.passes]
    if not world.db.capabilities.foresees:
        found = [door for door in found if door.name not in FORESEEING]
    return found if world.kind.rich else [door for door in found if "deleted" not in door.passes]


async def _asks(world: World, door: Door, *targets: Target) -> AsyncIterator[tuple[int, Sequence[Ask]]]:
    """The ways to use a door, each about several targets, with goods of ours that are whole."""
    drives = [DRIVERS[door.name](world, target) for target in targets]
    for number, asks in enumerate(zip(*drives, strict=True)):
        yield number, asks


async def _opened(world: World, door: Door, ask: Ask, logs: pytest.LogCaptureFixture) -> tuple[Outcome, str]:
    """What comes out of a door, and what is logged meanwhile."""
    if door.writes:
        await world.make_whole()
    logs.clear()
    with tenant_context(OURS):
        found = await outcome(ask)
    return found, logs.text


def test_every_door_has_a_driver() -> None:
    """A new door is shut by default: it fails here until somebody has thought of it."""
    assert sorted(door.name for door in doors()) == sorted(DRIVERS)


@Texts
async def test_nothing_of_another_tenant_comes_out(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """No byte in what is given, raised, answered or logged, no change, no other answer than for nothing."""
    theirs, before, faults = await foreign(world), await world.rows(THEIRS), list[str]()
    nothing = await absent(world)
    for door in _doors(world):
        async for number, (about_theirs, about_nothing) in _asks(world, door, theirs, nothing):
            theirs.asked = theirs.in_hand = False
            found, logged = await _opened(world, door, about_theirs, caplog)
            where = f"{door.name}[{number}]"
            compared = theirs.asked and not theirs.in_hand and where not in GIVEN_KEYS
            other = (await _opened(world, door, about_nothing, caplog))[0] if compared else found
            if CANARY in found.text or CANARY in logged:
                faults.append(f"{where} tells: {_around(found.text + logged, CANARY)}")
            if found.class_of_answer != other.class_of_answer:
                faults.append(f"{where} differs: {found.said[:300]} | {other.said[:300]}")
            if door.writes and (after := await world.rows(THEIRS)) != before:
                faults.append(f"{where} writes")
                before = after
    assert not faults, "\n".join(faults)
    assert await world.rows(THEIRS) == before


async def test_nothing_is_there_for_nobody(world: World) -> None:
    """Without a tenant every door is shut, and never opens to all rows."""
    theirs, faults = await foreign(world), list[str]()
    before = [await world.rows(tenant) for tenant in (OURS, THEIRS)]
    for door in _doors(world):
        async for number, (ask,) in _asks(world, door, theirs):
            found = await outcome(ask)
            if not _is_shut(found) and f"{door.name}[{number}]" not in OF_NOBODY:
                faults.append(f"{door.name}[{number}]: {found.said[:200]}")
    assert not faults, "\n".join(faults)
    assert [await world.rows(tenant) for tenant in (OURS, THEIRS)] == before


async def test_the_suite_would_notice(world: World) -> None:
    """With the wall between tenants lifted, their words come out of the very same doors."""
    if world.kind.name != "plain rows":
        pytest.skip("one kind will do")
    theirs, silent = await foreign(world), set[str]()
    for door in _doors(world):
        if door.name in TELLING:
            heard = ""
            async for _, (ask,) in _asks(world, door, theirs):
                with unscoped():
                    heard += (await outcome(ask)).text
            silent |= set() if CANARY in heard else {door.name}
    assert silent == set()


@Texts
async def test_what_is_deleted_stays_out_of_sight(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Deleted rows come out of the doors that are made for them, and are changed by no others."""
    if world.kind.name != "rich rows":
        pytest.skip("other classes delete for good, and it is the same behind other walls")
    gone, faults = await deleted(world), list[str]()
    before = await _ghosts(world)
    for door in _doors(world):
        async for number, (ask,) in _asks(world, door, gone):
            if "deleted" in door.passes:
                continue
            found, logged = await _opened(world, door, ask, caplog)
            if GHOST in found.text or GHOST in logged:
                faults.append(f"{door.name}[{number}] tells: {_around(found.text + logged, GHOST)}")
            if door.writes and (after := await _ghosts(world)) != before:
                before = after
                faults.append(f"{door.name}[{number}] writes")
    assert not faults, "\n".join(faults)


async def test_doors_for_all_tenants_work_for_who_runs_the_application(world: World) -> None:
    """They are made to pass the wall, so that it is enough that they do what they say."""
    if not world.kind.rich:
        pytest.skip("these classes have no trail")
    theirs = await foreign(world)
    for door in doors():
        if "tenant" not in door.passes or (door.name.startswith("TenantSchemas") and not world.kind.schemas):
            continue
        async for _, (ask,) in _asks(world, door, theirs):
            with unscoped() if "Schemas" not in door.name else contextlib.nullcontext():
                found = await outcome(ask)
            assert found.error is None, (door.name, found.text)


def _is_shut(found: Outcome) -> bool:
    if isinstance(found.error, UsageError):
        return isinstance(found.error, NoTenantError) or any(one in found.said for one in REFUSALS)
    return found.status in {403, 422}


async def _ghosts(world: World) -> str:
    return "\n".join(line for line in (await world.rows(OURS)).splitlines() if GHOST in line)


def _around(text: str, word: str) -> str:
    at = text.index(word)
    return text[max(at - 300, 0) : at + 100]
