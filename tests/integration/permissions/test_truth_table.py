"""Who sees and does what, through every door, against what plain Python says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portico.db.session import Database

from .asking import Asking
from .doors import AROUND, COUNTING, DELETING, READING, UPDATING
from .world import ANYBODY, MODELS, Office, look

Ask = Callable[[str], Asking]
People = pytest.mark.parametrize("name", list(ANYBODY))


@People
async def test_every_reading_door_shows_what_may_be_read_and_nothing_else(asking: Ask, name: str) -> None:
    """One rule, many doors: none of them may forget it, none may be stricter."""
    ask = asking(name)
    wrong: dict[Any, Any] = {}
    for kind in MODELS:
        expected = ask.office.readable(kind, ask.who)
        for door, through in READING.items():
            if (seen := await through(ask, kind)) != expected:
                wrong[kind, door] = (seen, expected)
        for door, number in COUNTING.items():
            if (count := await number(ask, kind)) != len(expected):
                wrong[kind, door] = (count, expected)
    assert wrong == {}


@People
async def test_doors_over_other_rows_show_no_more(asking: Ask, name: str) -> None:
    """Includes, relation routes, conditions and groups must not be a way round."""
    ask = asking(name)
    wrong: dict[Any, Any] = {}
    for kind in MODELS:
        for door, through in AROUND.items():
            if not (seen := await through(ask, kind)) <= ask.office.readable(kind, ask.who):
                wrong[kind, door] = seen
    assert wrong == {}


@People
async def test_every_writing_door_changes_what_may_be_changed_and_nothing_else(
    asking: Ask, db: Database, name: str
) -> None:
    """A batch is as many single calls, and a mass write is no larger right."""
    ask = asking(name)
    wrong: dict[Any, Any] = {}
    for kind in MODELS:
        for operation, doors in (("update", UPDATING), ("delete", DELETING)):
            expected = ask.office.writable(kind, ask.who, operation)
            for door, through in doors.items():
                if (done := await through(ask, kind)) != expected:
                    wrong[kind, door] = (done, expected)
    assert wrong == {}
    assert await look(db) == ask.office  # All of it was a rehearsal.


def test_the_table_tells_people_apart(office: Office) -> None:
    """A table in which everybody may do the same would prove nothing."""
    seen = {name: frozenset(office.readable("document", who)) for name, who in ANYBODY.items()}
    assert seen["nobody"] == {2, 4, 6}
    assert len(set(seen.values())) == 4
    assert [len(office.writable("document", who, "delete")) for who in ANYBODY.values()] == [0, 2, 2, 2, 3]
