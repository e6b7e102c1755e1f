from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.dialects import DatePart, capabilities_of, date_of, date_part, fold, regex_match
from portico.db.session import Database, run
from portico.errors import InvalidError

metadata = sa.MetaData()
TEXT = (
    sa.String(50)
    .with_variant(sa.String(50, collation="C"), "postgresql")
    .with_variant(sa.String(50, collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
things = sa.Table(
    "things",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", TEXT),
    sa.Column("day", sa.Date),
    sa.Column("moment", sa.DateTime(timezone=True)),
)
EAST = timezone(timedelta(hours=5))


@pytest.fixture
async def filled(db: Database) -> Database:
    """One row with letters, dates and moments, one of NULLs."""
    await db.create_tables(metadata)
    moment = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    kept = moment if db.dialect_name == "postgresql" else moment.replace(tzinfo=None)
    rows: list[dict[str, Any]] = [
        {"id": 1, "name": "Ärger im ΟΔΟΣ", "day": date(2026, 2, 3), "moment": kept},
        {"id": 2, "name": None, "day": None, "moment": None},
    ]
    await run(db, sa.insert(things), rows)
    return db


async def value(database: Database, expression: sa.ColumnElement[Any], key: int = 1) -> Any:
    """What an expression gives for one row."""
    return (await run(database, sa.select(expression).where(things.c.id == key))).scalar_one()


async def test_folding_knows_letters_beyond_ascii(filled: Database) -> None:
    """SQLite's own lower() does not, and PostgreSQL's "C" collation neither."""
    assert await value(filled, fold(things.c.name)) == "ärger im οδοσ"
    assert await value(filled, fold(things.c.name) == fold(sa.literal("ÄRGER IM ΟΔΟΣ"))) in {1}
    assert await value(filled, fold(things.c.name), 2) is None


async def test_a_regular_expression_minds_the_case_only_if_told(filled: Database) -> None:
    """Also for letters beyond ASCII."""
    found = [
        await value(filled, regex_match(things.c.name, "^ärger")),
        await value(filled, regex_match(things.c.name, "^Ä")),
    ]
    assert [bool(each) for each in found] == [False, True]
    assert await value(filled, regex_match(things.c.name, "^ärger", ignore_case=True))
    assert await value(filled, regex_match(things.c.name, "x"), 2) is None


async def test_a_broken_regular_expression_is_an_invalid_value(filled: Database) -> None:
    """Each database says it in its own way; the caller hears one."""
    with pytest.raises(InvalidError):
        await value(filled, regex_match(things.c.name, "(unclosed"))


PARTS: list[tuple[DatePart, int, int]] = [
    ("year", 2026, 2025),
    ("month", 2, 12),
    ("day", 3, 31),
    ("hour", 0, 23),
]


@pytest.mark.parametrize(("part", "of_day", "of_moment"), PARTS)
async def test_parts_of_dates_are_those_of_utc(
    filled: Database, part: DatePart, of_day: int, of_moment: int
) -> None:
    """Integers on each database, whatever the zone of the session."""
    assert await value(filled, date_part(things.c.day, part)) == of_day
    assert await value(filled, date_part(things.c.moment, part)) == of_moment
    assert await value(filled, date_part(things.c.day, part), 2) is None


async def test_the_date_of_a_moment_is_that_of_utc(filled: Database) -> None:
    """In the east it is tomorrow already."""
    assert await value(filled, date_of(things.c.moment)) == date(2025, 12, 31)
    if filled.dialect_name == "postgresql":
        async with filled.engine.connect() as connection:
            await connection.execute(sa.text("SET timezone = 'Asia/Karachi'"))
            assert (
                await connection.execute(sa.select(date_of(things.c.moment)).where(things.c.id == 1))
            ).scalar_one() == date(2025, 12, 31)


async def test_capabilities_know_mariadb_from_mysql(db: Database) -> None:
    """After the first connection the server has said who it is."""
    await db.ping()
    known = capabilities_of(db.engine)
    assert known == db.capabilities == capabilities_of(db.engine.dialect)
    assert known.name == {"mysql": "mariadb"}.get(db.dialect_name, db.dialect_name)
    assert known.insert_returning
