"""Who asks for a row while others do: together in one statement, and held up by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from portico.db.compiled.lanes.gathering import Gathering, Several
from portico.db.compiled.shapes import Binder, Shape

ONE = Shape("one", (Binder(0),))
MANY = Shape("many", (Binder(0),))
SEVERAL = Several(ONE, MANY)


class ByHand:
    """A place to fetch from whose answers come when the test says so."""

    def __init__(self) -> None:
        self.sent: list[list[Any]] = []
        self.answers: list[asyncio.Future[None]] = []
        self.third = asyncio.Event()
        """Set when a third statement was sent."""

    async def fetch(self, shape: Shape, arguments: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """Rows of a text and their key, for whatever key is asked for."""
        keys = arguments[0] if shape is MANY else [arguments[0]]
        answer = asyncio.get_running_loop().create_future()
        self.sent.append(keys)
        self.answers.append(answer)
        if len(self.sent) == 3:
            self.third.set()
        await answer
        return [(f"row {key}", key) for key in keys]


async def _asked(gathering: Gathering, *keys: int) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(gathering.row(SEVERAL, [key], key)) for key in keys]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def _under_way() -> tuple[ByHand, Gathering, list[asyncio.Task[Any]]]:
    """One statement for the first who asked, and one for the two who came after, both without an answer."""
    lane = ByHand()
    gathering = Gathering(lane)
    tasks = await _asked(gathering, 1, 2, 3)
    assert [sorted(keys) for keys in lane.sent] == [[1], [2, 3]]
    return lane, gathering, tasks


async def test_those_who_come_while_others_are_answered_go_together_afterwards() -> None:
    """A busy server sends few statements, each for many."""
    lane, gathering, tasks = await _under_way()
    tasks += await _asked(gathering, 4)
    tasks += await _asked(gathering, 5)
    assert len(lane.sent) == 2
    lane.answers[1].set_result(None)
    await asyncio.wait_for(lane.third.wait(), 10)
    assert sorted(lane.sent[2]) == [4, 5]
    for answer in (lane.answers[0], lane.answers[2]):
        answer.set_result(None)
    assert [row[0] for row in await asyncio.gather(*tasks)] == [f"row {key}" for key in (1, 2, 3, 4, 5)]


async def test_a_slow_statement_holds_nobody_up() -> None:
    """Whoever has waited long enough goes without its end."""
    lane, gathering, tasks = await _under_way()
    tasks += await _asked(gathering, 4)
    await asyncio.wait_for(lane.third.wait(), 10)
    assert lane.sent[2:] == [[4]]
    assert not lane.answers[1].done()
    for answer in lane.answers:
        answer.set_result(None)
    assert (await asyncio.gather(*tasks))[3] == ("row 4", 4)


async def test_nothing_is_kept_when_all_have_gone() -> None:
    """Counts that stay behind would hold up whoever comes next."""
    lane, gathering, tasks = await _under_way()
    for answer in lane.answers:
        answer.set_result(None)
    await asyncio.gather(*tasks)
    later = await _asked(gathering, 6)
    assert lane.sent[2:] == [[6]]
    lane.answers[2].set_result(None)
    assert (await later[0])[0] == "row 6"
