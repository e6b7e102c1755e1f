"""What databases refuse because two units were at it at once: deadlocks, and what is not serializable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import pytest

from portico.db.query import F
from portico.db.session import Database, atomic, on_commit
from portico.errors import RetryableError

from .models import Jar, empty
from .stage import Scenario, Steps, hold, overlapping

Form: TypeAlias = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]
UNITS = 40
CROSSED = "abababab"


async def _decorated(work: Callable[[], Awaitable[None]]) -> None:
    @atomic(retries=20)
    async def run_it() -> None:
        await work()

    await run_it()


async def _called(work: Callable[[], Awaitable[None]]) -> None:
    await atomic.run(work, retries=20)


async def _looped(work: Callable[[], Awaitable[None]]) -> None:
    async for unit in atomic.attempts(21):
        async with unit:
            await work()


async def _two_jars() -> None:
    await empty(Jar)
    await Jar.bulk_create([Jar(slug="x", amount=1), Jar(slug="y", amount=1)])


async def _amounts() -> tuple[int, ...]:
    return tuple(await Jar.all().order_by("slug").values_list("amount", flat=True))


async def _add(slug: str) -> None:
    await Jar.filter(slug=slug).update(amount=F("amount") + 1)


async def _forth() -> Steps:
    await _add("x")
    yield "x"
    await _add("y")
    yield "y"


async def _back() -> Steps:
    await _add("y")
    yield "y"
    await _add("x")
    yield "x"


async def _takes_from_x() -> Steps:
    if sum(await _amounts()) == 2:
        yield "enough"
        await Jar.filter(slug="x").update(amount=0)
    yield "done"


async def _takes_from_y() -> Steps:
    if sum(await _amounts()) == 2:
        yield "enough"
        await Jar.filter(slug="y").update(amount=0)
    yield "done"


@pytest.fixture
async def quick(stage: Database, url: str) -> AsyncIterator[Database]:
    """PostgreSQL looks for a deadlock when somebody has waited for a second; here it does so at once."""
    if stage.dialect_name != "postgresql":
        yield stage
        return
    name = stage.engine.url.database
    await stage.execute_raw(f"ALTER DATABASE {name} SET deadlock_timeout = 10")
    async with Database(url, name="quick") as database:
        with database.use():
            yield database
    await stage.execute_raw(f"ALTER DATABASE {name} RESET deadlock_timeout")


CROSSING = Scenario(sessions={"a": _forth, "b": _back}, prepare=_two_jars, look=_amounts)
SKEW = Scenario(
    sessions={"a": _takes_from_x, "b": _takes_from_y},
    prepare=_two_jars,
    look=_amounts,
    isolation="SERIALIZABLE",
)


async def test_of_two_in_a_deadlock_one_gives_way(stage: Database) -> None:
    """Without a retry its caller hears a word for it that says: try again. SQLite's writers queue instead."""
    (outcome,) = await hold(stage, CROSSING, [CROSSED], {"DeadlockError"})
    concurrent = stage.dialect_name != "sqlite"
    assert len(outcome.errors) == (1 if concurrent else 0), outcome


@pytest.mark.parametrize("form", [_decorated, _called, _looped])
async def test_forty_in_opposite_order_all_get_through(quick: Database, form: Form) -> None:
    """Each is done once, and so is what it has planned for after its commit."""
    await _two_jars()
    after: list[int] = []

    async def one(number: int) -> None:
        async def work() -> None:
            on_commit(lambda: after.append(number))
            for slug in ("x", "y") if number % 2 else ("y", "x"):
                await _add(slug)

        await form(work)

    await asyncio.gather(*(one(number) for number in range(UNITS)))
    assert await _amounts() == (UNITS + 1, UNITS + 1)
    assert sorted(after) == list(range(UNITS))


async def test_two_who_read_what_the_other_writes_do_not_both_commit(stage: Database) -> None:
    """At SERIALIZABLE there is no write skew, on any database, whatever the order."""
    errors = {"SerializationError", "DeadlockError"}
    for outcome in await hold(stage, SKEW, overlapping(a=3, b=3), errors):
        assert sum(outcome.rows) == 1, outcome


async def test_what_was_not_serializable_is_run_again(stage: Database) -> None:
    """The second attempt sees what the other one wrote."""
    scenario = Scenario(
        sessions=SKEW.sessions, prepare=_two_jars, look=_amounts, isolation="SERIALIZABLE", retries=3
    )
    for outcome in await hold(stage, scenario, overlapping(a=3, b=3)[::3]):
        assert sum(outcome.rows) == 1, outcome


async def test_attempts_are_counted(stage: Database) -> None:
    """A conflict that does not go away ends after as many retries as were asked for."""
    tries: list[int] = []

    async def never() -> None:
        tries.append(1)
        raise RetryableError("again")

    with pytest.raises(RetryableError):
        await atomic.run(never, retries=2)
    assert len(tries) == 3
