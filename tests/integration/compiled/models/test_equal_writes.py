"""Whatever model calls write, compiled statements leave the rows and objects that the general path leaves.

PORTICO_TEST_REQUESTS says how many calls for each database, PORTICO_TEST_SEED with which seed.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import secrets
import uuid
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from portico.db.query import F
from tests.integration.compiled.models.writes import (
    MOMENT,
    Account,
    Book,
    Call,
    Label,
    Room,
    Shelf,
    Vote,
    twice,
)
from tests.integration.compiled.writing.ledger import Mood

CALLS: Final = int(os.environ.get("PORTICO_TEST_REQUESTS", "250"))
SEED: Final = int(os.environ.get("PORTICO_TEST_SEED", "0")) or secrets.randbelow(10**9)
UID: Final = uuid.UUID(int=7)
VALUES: Final[dict[str, list[Any]]] = {
    "title": ["a", "A", "b", "c ", "d", "é", "", "x" * 21, "\0", "\ud800", 5, None, b"a", F("subtitle")],
    "subtitle": ["xxa", "refused", "x", "y" * 21, None, []],
    "number": [1, 0, -1, 13, 1.0, 1.5, True, "5", 2**31, 2**63, None, F("number") + 1, sa.literal(4)],
    "given": [1, None, "x", "7"],
    "amount": [1, Decimal("2.50"), Decimal("1.005"), 0.1, "-0.00", Decimal("1e10"), Decimal("NaN"), None],
    "weight": [1, 0.1, 1e308, float("inf"), float("nan"), "1", -0.0, None],
    "mood": [Mood.GOOD, "good", "GOOD", "worse", 1, None],
    "sold": [True, False, 1, "true", None],
    "at": [MOMENT, dt.datetime(2026, 1, 1), "2026-01-31T12:00:00+02:00", "1", None],  # noqa: DTZ001 -- a naive one
    "uid": [UID, str(UID), "x", None],
    "blob": [b"hi", b"", "aGk=", None],
    "extra": [{"b": [1.5, None, "é"]}, [], 0, "x", {"a": float("nan")}, {1: 2}, object(), None],
    "words": [["a", "b"], [], ["\0"], "a", [1], None],
    "secret": ["correct horse", None],
    "shelf_id": [1, 2, 99, "1", None],
    "id": [1, 5, 2**40, "6", "x"],
}


def _values(chance: random.Random, most: int) -> dict[str, Any]:
    """Values for a few fields, most of them good."""
    names = chance.sample([*VALUES], chance.randint(1, most))
    return {
        name: VALUES[name][0] if name == "secret" or chance.random() < 0.6 else chance.choice(VALUES[name])
        for name in names
        if name != "title" or chance.random() < 0.5
    }


async def _create(room: Room, place: int, values: dict[str, Any]) -> Any:
    room.held[place] = await Book.create(**values)
    return room.held[place]


async def _new(room: Room, place: int, values: dict[str, Any]) -> Any:
    room.held[place] = Book(**values)


async def _delete(room: Room, place: int, _: dict[str, Any]) -> Any:
    await room.held[place].delete()


async def _delete_behind(room: Room, place: int, _: dict[str, Any]) -> Any:
    return await Book.filter(id=room.held[place].id).delete()


async def _set_and_save(room: Room, place: int, values: dict[str, Any]) -> Any:
    for name, value in values.items():
        setattr(room.held[place], name, value)
    await room.held[place].save()


async def _save(room: Room, place: int, _: dict[str, Any]) -> Any:
    await room.held[place].save()


async def _get(room: Room, place: int, _: dict[str, Any]) -> Any:
    room.held[place] = await Book.get(room.held[place].id)


async def _update(room: Room, place: int, values: dict[str, Any]) -> Any:
    await room.held[place].update(**values)


ACTIONS: Final = [_create, _new, _delete, _delete_behind, _set_and_save, _save, _get, _update, _update]


def _call(chance: random.Random, number: int) -> Call:
    """One call about one object of some."""
    place, action, values = number % 7, chance.choice(ACTIONS), _values(chance, 3)

    async def call(room: Room) -> Any:
        if place not in room.held or action in (_create, _new):
            return await (_new if action is _new else _create)(
                room, place, {"id": 100 + number, "title": f"t{number}"} | values
            )
        return await action(room, place, values)

    return call


async def _shelves(_: Room) -> Any:
    return [await Shelf.create(name=name) for name in ("one", "two")]


async def test_generated_calls_leave_the_same(url: str) -> None:
    """Good, odd and bad values of every kind of field; rows that are gone; keys that change."""
    chance = random.Random(SEED)
    calls = [_shelves, *(_call(chance, number) for number in range(CALLS))]
    compiled, general = await twice(url, *calls)
    for number, (one, other) in enumerate(zip(compiled.said, general.said, strict=True)):
        assert one == other, f"seed {SEED}, call {number}"
    assert compiled.rows == general.rows, f"seed {SEED}"
    assert general.compiled == []
    assert any(text.startswith("INSERT") for text in compiled.compiled)


async def test_what_a_class_and_its_table_make_by_themselves_is_made(url: str) -> None:
    """Defaults of SQLAlchemy and of the table, computed columns, versions, values that move."""

    async def create(room: Room) -> Any:
        room.held[1] = Account(name="a")
        return await room.insert(room.held[1])

    async def change(room: Room) -> Any:
        return await room.update(room.held[1], balance=9)

    async def set_version(room: Room) -> Any:
        try:
            return await room.update(room.held[1], version=40)
        finally:
            room.held[1].version = 2  # What it was: the object is current again.

    async def compute(room: Room) -> Any:
        return await room.update(room.held[1], balance=Account.balance + 1)

    async def remove(room: Room) -> Any:
        return await room.delete(room.held[1])

    compiled, general = await twice(url, create, change, set_version, compute, change, remove, create)
    assert compiled.said == general.said
    assert compiled.rows == general.rows
    assert compiled.rows["accounts"][0][-1] == "1"


async def test_a_row_that_is_nothing_but_its_key_is_written(url: str) -> None:
    """Two columns; there is nothing to give back, and a change of it is a change of the key."""

    async def create(room: Room) -> Any:
        room.held[1] = await Vote.create(person=1, subject="a")
        return room.held[1]

    async def move(room: Room) -> Any:
        await room.held[1].update(subject="b")
        return room.held[1]

    async def half(_: Room) -> Any:
        return await Vote.create(person=1)

    compiled, general = await twice(url, create, create, half, move, move, create)
    assert compiled.said == general.said
    assert compiled.rows == general.rows
    assert len(compiled.rows["votes"]) == 2


async def test_relations_are_written_with_their_row(url: str) -> None:
    """An object at the other end, links of a junction table, and children that point here."""

    async def create(room: Room) -> Any:
        shelf = room.held[1] = await Shelf.create(name="s")
        labels = [await Label.create(text=text) for text in "ab"]
        room.held[2] = await Book.create(title="a", shelf=shelf, labels=labels)
        return room.held[2]

    async def change(room: Room) -> Any:
        room.held[3] = await Shelf.create(name="t")
        room.held[2].shelf = room.held[3]
        await room.held[2].save()

    async def unlink(room: Room) -> Any:
        await room.held[2].update(number=4, labels=room.held[2].labels[1:])

    async def adopt(room: Room) -> Any:
        await room.held[1].update(books=[room.held[2]])

    async def unsaved(_: Room) -> Any:
        return await Book.create(title="b", shelf=Shelf(name="new"))

    async def refused(room: Room) -> Any:
        await room.held[1].delete()

    compiled, general = await twice(url, create, change, unlink, adopt, unsaved, refused)
    assert compiled.said == general.said
    assert compiled.rows == general.rows
    assert len(compiled.rows["book_labels"]) == 1


async def test_words_that_a_class_does_not_have_are_refused_as_ever(url: str) -> None:
    """Before anything is sent."""

    async def unknown(_: Room) -> Any:
        return await Book.create(titel="a")

    async def missing(_: Room) -> Any:
        return await Book.create(number=1)

    async def unstored(_: Room) -> Any:
        await Book(title="a").delete()

    async def made(_: Room) -> Any:
        return await Book.create(title="a", made_at=MOMENT)

    compiled, general = await twice(url, unknown, missing, unstored, made)
    assert compiled.said == general.said
    assert compiled.rows == general.rows
    assert [len(told.compiled) for told in (compiled, general)] == [1, 0]
