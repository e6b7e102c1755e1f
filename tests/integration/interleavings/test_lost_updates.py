"""Two who read a number, think, and write it: what each way of writing makes of every order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portico.db.dialects import capabilities_of
from portico.db.query import F
from portico.db.session import Database

from .models import Jar, Sheet, empty
from .stage import Scenario, Script, Steps, hold, overlapping

ALL = [order for order in overlapping(a=3, b=3) if order[0] == "a"]
"""Both sessions do the same, so the other half would be these again."""


async def _one_of_each() -> None:
    await empty(Jar, Sheet)
    await Jar.create(slug="x")
    await Sheet.create(slug="x")


async def _jar() -> int:
    return (await Jar.get(slug="x")).amount


async def _sheet() -> tuple[int, int]:
    sheet = await Sheet.get(slug="x")
    return sheet.amount, sheet.version


async def _saves() -> Steps:
    jar = await Jar.get(slug="x")
    yield jar.amount
    await jar.update(amount=jar.amount + 1)
    yield "written"


async def _saves_with_version() -> Steps:
    sheet = await Sheet.get(slug="x")
    yield sheet.amount
    await sheet.update(amount=sheet.amount + 1)
    yield "written"


async def _locks() -> Steps:
    jar = await Jar.get(slug="x")
    yield jar.amount
    await jar.lock()
    await jar.update(amount=jar.amount + 1)
    yield "written"


async def _adds() -> Steps:
    jar = await Jar.get(slug="x")
    yield jar.amount
    await jar.update(amount=F("amount") + 1)
    yield "written"


async def _increments() -> Steps:
    sheet = await Sheet.get(slug="x")
    yield sheet.amount
    yield await sheet.increment("amount")


def _twice(script: Script, *, isolation: str | None = None, retries: int = 0) -> Scenario:
    return Scenario(
        sessions={"a": script, "b": script},
        prepare=_one_of_each,
        look=_sheet if script in {_saves_with_version, _increments} else _jar,
        isolation=isolation,
        retries=retries,
    )


async def test_a_plain_save_loses_updates_where_there_are_two_writers(stage: Database) -> None:
    """So it is at READ COMMITTED, and everywhere where a number is read before the other one commits."""
    scenario = _twice(_saves)
    found = {order: (await scenario.play(stage, order)).rows for order in ALL}
    concurrent = capabilities_of(stage.engine).concurrent_writers
    for order, amount in found.items():
        assert amount == (1 if concurrent else 2), order


async def test_whoever_locks_before_reading_loses_nothing(stage: Database) -> None:
    """`lock` reads again: all orders end well, and no caller hears of it."""
    for outcome in await hold(stage, _twice(_locks), ALL):
        assert outcome.rows == 2, outcome


@pytest.mark.parametrize("script", [_adds, _increments])
async def test_what_is_added_where_it_stands_is_not_lost(stage: Database, script: Script) -> None:
    """An expression reads and writes in one step."""
    for outcome in await hold(stage, _twice(script), ALL):
        assert outcome.rows == ((2, 3) if script is _increments else 2), outcome


async def test_of_two_with_versions_one_is_refused(stage: Database) -> None:
    """Exactly in those orders in which a plain save loses an update; never both."""
    scenario = _twice(_saves_with_version)
    outcomes = await hold(stage, scenario, ALL, {"VersionConflictError"})
    refused = {outcome.order for outcome in outcomes if outcome.errors}
    concurrent = capabilities_of(stage.engine).concurrent_writers
    assert refused == (set(ALL) if concurrent else set())
    assert all(outcome.committed for outcome in outcomes)


async def test_with_retries_both_versions_are_written(stage: Database) -> None:
    """The loser reads anew and writes, whatever the order."""
    for outcome in await hold(stage, _twice(_saves_with_version, retries=3), ALL):
        assert outcome.rows == (2, 3), outcome


async def test_repeatable_read_refuses_what_would_be_lost(stage: Database) -> None:
    """Without versions, by the database; the error is one that is worth another try."""
    scenario = _twice(_saves, isolation="REPEATABLE READ")
    for outcome in await hold(stage, scenario, ALL, {"SerializationError", "DeadlockError"}):
        assert outcome.rows == len(outcome.committed), outcome
    for outcome in await hold(stage, replace(scenario, retries=3), ALL[::3]):
        assert outcome.rows == 2, outcome
