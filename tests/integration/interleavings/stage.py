"""Sessions that work at the same time, step by step, in an order that a test names.

In the manner of PostgreSQL's isolation tester. A session is an async generator: what it does up to a
``yield`` is a step, and its last step goes on to the end of its unit of work. An order names a session for
each step.

    async def deposit() -> Steps:
        jar = await Jar.get(slug="a")
        yield jar.amount                       # what a step yields is kept, for whoever asks
        await jar.update(amount=jar.amount + 1)
        yield "written"                        # and the last step commits

    scenario = Scenario(prepare=one_jar, look=amounts, sessions={"a": deposit, "b": deposit})
    outcome = await scenario.play(db, "aababb")

The next step begins when every session stands still: it has done its step, or waits for a lock, which the
server is asked about (`blocking`). A step whose session still waits at its turn is done as soon as it can be.
What an order leaves over is done at its end, session by session.

`Scenario.serially` plays the sessions one after another, in each order and with each of them left out;
`hold` plays orders and compares: what was committed is what some serial order of the same sessions gives.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Hashable, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from itertools import permutations
from typing import Any, TypeAlias

from portico.db.session import Database, atomic
from portico.errors import PorticoError

from .blocking import waiting_for_locks

Steps: TypeAlias = AsyncGenerator[object, None]
Script: TypeAlias = Callable[[], Steps]
PATIENCE = 60.0
_LOOK_AGAIN = 0.005


class Abandoned(Exception):
    """A session that changes its mind, and rolls back."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an order."""

    order: str
    rows: Any
    told: Mapping[str, tuple[object, ...]]
    """What the steps of each session have yielded."""
    errors: Mapping[str, str]
    """The class of the error that ended a session."""
    waited: frozenset[str]
    """The sessions that had to wait for another one."""

    @property
    def committed(self) -> frozenset[str]:
        """The sessions that ended well."""
        return frozenset(self.told) - frozenset(self.errors)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Sessions, the rows that they find, and what of the rows matters afterwards."""

    sessions: Mapping[str, Script]
    prepare: Callable[[], Awaitable[object]]
    look: Callable[[], Awaitable[Hashable]]
    unit: bool = True
    """Whether a session is one unit of work; otherwise each of its calls stands for itself."""
    isolation: str | None = None
    retries: int = 0

    async def play(self, database: Database, order: str, *, only: Iterable[str] | None = None) -> Outcome:
        """Let the sessions take their steps in this order."""
        await self.prepare()
        names = tuple(self.sessions if only is None else only)
        stage = _Stage(database, {name: _Session(self, self.sessions[name]) for name in names})
        await stage.play(order)
        found = stage.sessions
        return Outcome(
            order=order or "".join(names),
            rows=await self.look(),
            told={name: tuple(one.told) for name, one in found.items()},
            errors={name: type(one.error).__name__ for name, one in found.items() if one.error is not None},
            waited=frozenset(name for name, one in found.items() if one.waited),
        )

    async def serially(self, database: Database) -> dict[frozenset[str], set[Hashable]]:
        """What one after another gives, by the sessions that committed."""
        found: dict[frozenset[str], set[Hashable]] = {}
        for number in range(len(self.sessions) + 1):
            for names in permutations(self.sessions, number):
                outcome = await self.play(database, "", only=names)
                found.setdefault(outcome.committed, set()).add(outcome.rows)
        return found


async def hold(
    database: Database, scenario: Scenario, orders: Iterable[str], errors: Collection[str] = ()
) -> list[Outcome]:
    """Play these orders: each has to end like a serial one, and who fails, with one of these errors."""
    allowed = await scenario.serially(database)
    outcomes = [await scenario.play(database, order) for order in orders]
    for one in outcomes:
        serial = allowed.get(one.committed, set())
        assert one.rows in serial, f"{one} is like no serial order: {serial}"
        assert set(one.errors.values()) <= set(errors), one
    return outcomes


def orders(**steps: int) -> list[str]:
    """Every order of sessions with so many steps each: ``orders(a=2, b=1)`` is aab, aba, baa."""
    letters = "".join(name * number for name, number in steps.items())
    return sorted({"".join(one) for one in permutations(letters)})


def overlapping(**steps: int) -> list[str]:
    """Those in which sessions overlap; two first steps in a row only read, and come in one order."""
    first, *others = steps
    serial = {"".join(name * steps[name] for name in names) for names in permutations(steps)}
    swapped = tuple(other + first for other in others)
    return [one for one in orders(**steps) if one not in serial and not one.startswith(swapped)]


class _Session:
    """One session, a task of its own."""

    def __init__(self, scenario: Scenario, script: Script) -> None:
        self.told: list[object] = []
        self.error: Exception | None = None
        self.waited = False
        self.over = False
        self.changed = asyncio.Event()
        self._scenario = scenario
        self._script = script
        self._turn = asyncio.Semaphore(0)
        self._given = 0
        self._taken = 0
        self._attempts = 0

    @property
    def busy(self) -> bool:
        """Whether it is in the middle of a step."""
        return not self.over and self._given > self._taken

    @property
    def holds(self) -> bool:
        """Whether its unit of work is open, and stands still."""
        return self._scenario.unit and self._given > 0 and not self.over and not self.busy

    def step(self) -> None:
        """Let it take one more step."""
        self._given += 1
        self._turn.release()

    async def run(self) -> None:
        """All of it."""
        await self._turn.acquire()
        try:
            if self._scenario.unit:
                how = self._scenario
                await atomic.run(self._walk, isolation=how.isolation, retries=how.retries)
            else:
                await self._walk()
        except (PorticoError, Abandoned) as error:
            self.error = error
        finally:
            self.over = True
            self.changed.set()

    async def _walk(self) -> None:
        """Step by step, the first time; when the unit is run again, in one go."""
        self._attempts += 1
        async with aclosing(self._script()) as steps:
            async for value in steps:
                self.told.append(value)
                if self._attempts == 1:
                    self._taken += 1
                    self.changed.set()
                    await self._turn.acquire()


class _Stage:
    """Gives the sessions their turns."""

    def __init__(self, database: Database, sessions: Mapping[str, _Session]) -> None:
        self.sessions = sessions
        self._database = database
        self._changed = asyncio.Event()
        for one in sessions.values():
            one.changed = self._changed

    async def play(self, order: str) -> None:
        """This order first, then what is left of each session."""
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            for one in self.sessions.values():
                group.create_task(one.run())
            for name in order:
                await self._step(self.sessions[name])
            while alive := [one for one in self.sessions.values() if not one.over]:
                idle = [one for one in alive if not one.busy]
                if idle:
                    await self._step(idle[0])
                else:  # They wait for each other, and the database says who gives way.
                    await self._change()

    async def _step(self, session: _Session) -> None:
        """One step, until every session stands still."""
        if not session.over:
            session.step()
        while busy := self._busy():
            await self._change(_LOOK_AGAIN)
            busy = self._busy()
            held = any(one.holds for one in self.sessions.values())
            if busy and await waiting_for_locks(self._database, len(busy) if held else 0) >= len(busy):
                for one in busy:
                    one.waited = True
                return

    def _busy(self) -> list[_Session]:
        return [one for one in self.sessions.values() if one.busy]

    async def _change(self, seconds: float | None = None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
        self._changed.clear()
