"""Rows that are loaded without being read back are those that would have been stored one by one."""

from __future__ import annotations

import datetime as dt
import random
import secrets
import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from portico.db.models import bulk_load
from portico.db.session import Database, atomic, run
from portico.errors import (
    CheckError,
    DuplicateError,
    ForeignKeyError,
    InvalidError,
    PorticoError,
    UnknownNameError,
)
from tests.integration.compiled.writing.ledger import Account, Entry, Mood, Owner, Stamped, metadata, wind

MANY = 150
CHOICES: dict[str, list[Any]] = {
    "label": ["xxa", "é\u2028</script>", "", "x" * 20],
    "number": [0, 1, 2**31 - 1, True],
    "amount": [None, Decimal("1.5"), Decimal("-0.00"), Decimal("99999999.99"), "2.25", 7],
    "weight": [None, 0.1, -0.0, 5e-324, 1e308, 3],
    "mood": [None, Mood.GOOD, Mood.BAD, "good"],
    "flag": [True, False],
    "day": [None, dt.date(2026, 2, 28), "2026-03-01", dt.date(1, 1, 1)],
    "at": [
        None,
        dt.datetime(2026, 1, 31, 12, 0, 0, 123456, dt.UTC),
        dt.datetime(2026, 1, 31, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        "2026-01-31T12:00:00Z",
    ],
    "uid": [None, uuid.UUID(int=5), "12345678-1234-5678-1234-567812345678"],
    "blob": [None, b"", b"\x00\xff", "aGk="],
    "extra": [None, {"b": [1, None, "é"], "a": 1.5}, [], "x", 0],
    "note": ["n", "𝄞" * 500],
    "given": [1, 2],
}


def rows(number: int = MANY, seed: int | None = None, **more: Any) -> list[dict[str, Any]]:
    """Entries that all fit, with the same names in each."""
    chance = random.Random(seed or secrets.randbelow(10**9))
    names = chance.sample(list(CHOICES), 8)
    return [
        {"code": f"c{n}", "title": f"t{n}", **{name: chance.choice(CHOICES[name]) for name in names}, **more}
        for n in range(number)
    ]


async def stored(database: Database, table: Any = Entry.__table__) -> list[tuple[Any, ...]]:
    """What a table holds."""
    found = await run(database, sa.select(table).order_by(*table.primary_key))
    return [tuple(row) for row in found]


@pytest.mark.parametrize("made", [dict, Entry], ids=["dictionaries", "objects"])
async def test_rows_are_stored_as_by_single_creates(db: Database, made: Any) -> None:
    """Whatever the values are, checked by the column or one by one."""
    await db.create_tables(metadata)
    for _ in range(5):
        given = rows()
        heard: list[str] = []
        db.engines.hearers.append(heard.append)
        assert await Entry.bulk_create([made(**row) for row in given], returning=False) == MANY
        assert len(heard) == (db.dialect_name in {"postgresql", "sqlite"}), given[0].keys()
        db.engines.hearers.clear()
        loaded = await stored(db)
        await Entry.all().delete()
        for row in given:
            await Entry.create(**row)
        assert loaded == await stored(db)
        await Entry.all().delete()


async def test_a_class_of_plain_sqlalchemy_gets_what_its_columns_make(db: Database) -> None:
    """Defaults in Python for each row, defaults of the table, computed columns."""
    await db.create_tables(metadata)
    wind()
    given: list[dict[str, Any]] = [{"name": f"n{number}", "folded": "x"} for number in range(MANY)]
    heard: list[str] = []
    db.engines.hearers.append(heard.append)
    assert await bulk_load(db, Account, given) == MANY
    assert len(heard) == (db.dialect_name in {"postgresql", "sqlite"})
    found = (await run(db, sa.select(Account.opened, Account.kind, Account.balance, Account.doubled))).all()
    assert sorted(tuple(row) for row in found) == [(n, "plain", 7, 14) for n in range(1, MANY + 1)]


async def test_moments_are_stamped(db: Database) -> None:
    """One moment for the whole load, unless a row says another."""
    await db.create_tables(metadata)
    before = dt.datetime.now(dt.UTC)
    early = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    await Stamped.bulk_create([Stamped(title="a") for _ in range(MANY)], returning=False)
    await Stamped.bulk_create([{"title": "b", "made_at": early} for _ in range(MANY)], returning=False)
    first, *_, last = await Stamped.all().order_by("id")
    assert before <= first.made_at == first.moved_at <= dt.datetime.now(dt.UTC)
    assert (last.made_at, last.moved_at >= before) == (early, True)
    assert len({row.id for row in await Stamped.all()}) == 2 * MANY


async def test_few_rows_and_rows_that_differ_are_written_as_ever(db: Database) -> None:
    """Where a row says nothing of a column it gets the default."""
    await db.create_tables(metadata)
    differing = [
        {"code": f"c{n}", "title": f"t{n}", **({"note": "own"} if n % 2 else {})} for n in range(MANY)
    ]
    assert await Entry.bulk_create(differing, returning=False) == MANY
    assert await Entry.bulk_create([{"code": "d", "title": "d"}], returning=False) == 1
    assert await Entry.bulk_create([], returning=False) == 0
    assert await Entry.filter(note="own").count() == MANY // 2
    assert (await Entry.get("c2")).note == "none"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"title": "t0"}, DuplicateError),
        ({"owner_code": "nobody"}, ForeignKeyError),
        ({"number": 13}, CheckError),
        ({"number": -1}, InvalidError),
        ({"title": None}, InvalidError),
        ({"label": "refused"}, InvalidError),
        ({"title": "x" * 21}, InvalidError),
        ({"note": "\x00"}, InvalidError),
        ({"note": "\ud800"}, InvalidError),
        ({"number": 2**31}, InvalidError),
        ({"weight": float("nan")}, InvalidError),
        ({"amount": Decimal("1.005")}, InvalidError),
        ({"at": dt.datetime(2026, 1, 1)}, InvalidError),  # noqa: DTZ001 -- naive on purpose
        ({"unknown": 1}, UnknownNameError),
    ],
)
async def test_a_refused_load_leaves_nothing_and_is_worded_as_ever(
    url: str, db: Database, wrong: dict[str, Any], error: type[PorticoError]
) -> None:
    """The last row is the wrong one; what was there before stays."""
    await db.create_tables(metadata)
    names = {name: None if name == "owner_code" else CHOICES.get(name, [0])[0] for name in wrong}
    given = [{"code": f"c{n}", **names, "title": f"t{n}"} for n in range(MANY)]
    if "unknown" not in wrong:
        given = [{name: value for name, value in row.items() if name != "unknown"} for row in given]
    given[-1] |= wrong
    said: list[tuple[str, Any]] = []
    async with Database(url, name="general", compiled="off") as general:
        for database in (db, general):
            with pytest.raises(error) as caught:
                await bulk_load(database, Entry, given)
            said.append((str(caught.value), getattr(caught.value, "fields", None)))
            assert await stored(database) == []
    assert said[0] == said[1]


async def test_whoever_listens_for_statements_hears_a_load(db: Database) -> None:
    """COPY would go past a listener that refuses, rewrites or counts what is sent."""
    await db.create_tables(metadata)
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        heard.append(text)

    for engine in db.engines.pooled():
        event.listen(engine, "before_cursor_execute", hear)
    assert await Entry.bulk_create(rows(), returning=False) == MANY
    assert any(text.startswith("INSERT INTO") for text in heard)
    assert await Entry.all().count() == MANY


async def test_a_load_is_part_of_the_unit_around_it(db: Database) -> None:
    """It sees what the unit has written and what only waits in its session, and is undone with it."""
    await db.create_tables(metadata)
    with pytest.raises(ZeroDivisionError):
        async with atomic() as unit:
            unit.session.add(Owner(code="o", name="Owner"))
            await Entry.bulk_create(rows(owner_code="o"), returning=False)
            assert await Entry.all().count() == MANY
            raise ZeroDivisionError
    assert await Entry.all().count() == 0
    async with atomic():
        await Owner.create(code="o", name="Owner")
        await Entry.bulk_create(rows(owner_code="o"), returning=False)
    assert await Entry.filter(owner_code="o").count() == MANY


async def test_a_unit_goes_on_after_a_refused_load_in_a_block_of_its_own(db: Database) -> None:
    """The savepoint takes back the load, and nothing else."""
    await db.create_tables(metadata)
    async with atomic():
        await Owner.create(code="o", name="Owner")
        with pytest.raises(ForeignKeyError):
            async with atomic():
                await Entry.bulk_create(rows(owner_code="x"), returning=False)
        await Entry.bulk_create(rows(owner_code="o"), returning=False)
    assert (await Owner.all().count(), await Entry.all().count()) == (1, MANY)
