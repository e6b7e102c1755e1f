"""Reading on from a row: `placed` and `seek`, on our own tables and on those that somebody else made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField, StringField
from portico.db.models import Model
from portico.db.query import Query
from portico.db.reflection import reflect
from portico.db.session import Database, atomic
from portico.errors import UsageError
from tests.integration.query.library import Book, Copy, new

METADATA = MetaData()
FOREIGN: dict[str, dict[str, tuple[str, str]]] = {
    "sqlite": {
        "dates": (
            "datetime",
            "'2009-01-01 00:00:00', '2009-01-01', '2009-01-01 00:00:00.5', '2010-01-01T00:00'",
        ),
        "mixed": ("integer", "1, '1x', 2.5, 'a', NULL, 9007199254740993"),
        "nocase": ("text collate nocase", "'a', 'A', 'b', 'B', 'ä'"),
        "reals": ("real", "0.1, 0.30000000000000004, 1e308, 5e-324"),
        "numbers": ("decimal(10, 2)", "1.5, 1.50, 12.25, '7', NULL"),
    },
    "postgresql": {
        "single": ("real", "0.1, 0.2, 1e-40, 'NaN', 'infinity'"),
        "exact": ("numeric", "0.1, 0.10, 'NaN', 1e30"),
        "moods": ("mood", "'sad', 'glad', 'mad', NULL"),
        "moments": ("timestamptz", "'infinity', '-infinity', '2020-01-01', '2020-01-01 00:00:00.000001'"),
        "spans": ("interval", "'1 day', '24 hours', '-1 us', '1 us'"),
        "padded": ("char(5)", "'a', 'a ', 'b'"),
        "local": ('text collate "en-x-icu"', "'a', 'A', 'b', 'B', 'ä'"),
        "small": ("smallint", "1, 2, -3"),
        "clocks": ("timetz", "'10:00+02', '10:00+01', '23:59:59.999999+00'"),
    },
    "mysql": {
        "single": ("float", "0.1, 0.2, 16777217, 1e-30, NULL"),
        "double_": ("double", "0.1, 0.30000000000000004, 1e308, 5e-324"),
        "moods": ("enum('sad', 'glad', 'mad')", "'sad', 'glad', 'mad', NULL"),
        "some": ("set('x', 'a')", "'x', 'a', 'x,a', ''"),
        "words": ("varchar(20) collate utf8mb4_general_ci", "'a', 'A', 'ä', 'b', 'B', 'a '"),
        "clocks": ("time(6)", "'10:00:00.000001', '-100:00:01', '10:00:00'"),
        "moments": (
            "datetime(3)",
            "'2020-01-01 00:00:00.001', '2020-01-01 00:00:00', '2020-01-01 00:00:00.002'",
        ),
        "years": ("year", "2020, 1999, 2020"),
        "bits": ("bit(3)", "b'101', b'001', b'111'"),
        "large": ("bigint unsigned", "18446744073709551615, 0, 5"),
        "scaled": ("decimal(30, 10)", "0.1, 12345678901234567890.0000000001, 0.1000000001"),
        "addresses": ("inet6", "'::1', '2001:db8::', '::1'"),
    },
}


class Entry(Model):
    """A row with an index to be read by."""

    id: Mapped[int] = IntegerField(primary_key=True)
    rank: Mapped[int] = IntegerField()
    name: Mapped[str] = StringField(max_length=20)

    class Meta:
        metadata = METADATA
        table = "seek_entries"


@pytest.fixture
async def entries(db: Database) -> Database:
    """Three thousand entries with ties, an index over rank and key, and statistics."""
    await db.create_tables(METADATA)
    await Entry.bulk_create([new(Entry, id=n, rank=n // 3, name=f"n{n}") for n in range(1, 3_001)])
    word = "ANALYZE TABLE" if db.dialect_name in {"mysql", "mariadb"} else "ANALYZE"
    async with db.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(
            sa.text("CREATE INDEX by_rank ON seek_entries (rank, id)".replace("rank,", _rank(db)))
        )
        await autocommit.execute(sa.text(f"{word} seek_entries"))
    return db


def _rank(db: Database) -> str:
    return "`rank`," if db.dialect_name in {"mysql", "mariadb"} else "rank,"


async def walked(query: Query[Any], size: int) -> tuple[list[Any], list[Any]]:
    """The rows page by page to the end, and back again."""
    there: list[Any] = []
    page = last = await query.limit(size).placed()
    while page.rows:
        there += page.rows
        last = page
        page = await query.seek(page.positions[-1]).limit(size).placed()
        assert len(there) < 100
    back: list[Any] = []
    page = last
    while page.rows:
        back = page.rows + back
        page = await query.seek(page.positions[0], backwards=True).limit(size).placed()
        assert len(back) < 100
    return there, back


async def test_foreign_types_are_read_on_exactly(db: Database) -> None:
    """What a driver shows differently from how the database sorts it must not lose rows."""
    kinds = FOREIGN["mysql" if db.dialect_name == "mariadb" else db.dialect_name]
    given = {name: values.split(", ") * 2 for name, (_, values) in kinds.items()}  # Each twice: ties.
    async with db.engine.begin() as connection:
        if db.dialect_name == "postgresql":
            await connection.exec_driver_sql("CREATE TYPE mood AS ENUM ('sad', 'glad', 'mad')")
        for name, (type_, _) in kinds.items():
            rows = ", ".join(f"({n}, {value})" for n, value in enumerate(given[name], 1))
            await connection.exec_driver_sql(f"CREATE TABLE {name} (id integer PRIMARY KEY, v {type_})")
            await connection.exec_driver_sql(f"INSERT INTO {name} VALUES {rows}")
    models = (await reflect(db)).classes
    for name, direction in ((name, direction) for name in kinds for direction in ("", "-")):
        query = Query(models[name], db).order_by(f"{direction}v")
        whole = [row.id for row in (await query.limit(100).placed()).rows]
        assert len(whole) == len(given[name])
        for size in (1, 2, 3):
            there, back = await walked(query, size)
            assert [row.id for row in there] == whole, (name, direction, size)
            assert [row.id for row in back] == whole, (name, direction, size)


@pytest.mark.parametrize("order", ["rank", "-rank,-id"])
async def test_an_index_answers_a_page(entries: Database, order: str) -> None:
    """The rows before it are not read: that is what cursors are for."""
    query = Entry.filter().order_by(*order.split(","))
    place = (await query.limit(1).offset(1_500).placed()).positions[0]
    plan = await query.seek(place).limit(10).explain()
    assert "by_rank" in plan
    assert "Sort" not in plan
    assert "filesort" not in plan
    assert "TEMP B-TREE" not in plan


async def test_a_composite_key_decides_between_equals(library: Database) -> None:
    """All its parts are in the position."""
    query = Query(Copy).order_by("-shelf")
    page = await query.limit(2).placed()
    assert [(row.book_id, row.number) for row in page.rows] == [(3, 1), (1, 1)]
    assert page.positions[-1] == ("A", 1, 1)
    rest = await query.seek(page.positions[-1])
    assert [(row.book_id, row.number) for row in rest] == [(1, 2)]


async def test_both_sides_are_known(library: Database) -> None:
    """`behind` says whether there is anything on the side that was left."""
    query = Query(Book).order_by("author__name")
    whole = await query.placed()
    assert not whole.behind
    assert [row.title for row in whole.rows] == ["Elm", "Ash", "Birch", "Cedar", "Date"]
    before = await query.seek(whole.positions[2], backwards=True).limit(1).placed()
    assert ([row.title for row in before.rows], before.behind) == (["Ash"], True)
    none = await query.seek(whole.positions[-1]).placed()
    assert (none.rows, none.behind) == ([], True)
    assert not (await query.seek(whole.positions[0], inclusive=True).placed()).behind


async def test_a_position_works_with_everything_that_narrows(library: Database) -> None:
    """Counting, asking for existence, values, updates and deletes see the rows after it."""
    place = (await Query(Book).order_by("title").limit(2).placed()).positions[-1]
    after = Query(Book).order_by("title").seek(place)
    assert await after.count() == 3
    assert await after.exists()
    assert await after.filter(pages=100).values_list("title", flat=True) == ["Date"]
    back = Query(Book).order_by("title").seek(place, backwards=True)
    assert await back.values_list("title", flat=True) == ["Ash"]
    assert await after.update(pages=1) == 3
    assert await after.exclude(title="Elm").delete() == 2
    assert [book.title for book in await Query(Book).order_by("title")] == ["Ash", "Birch", "Elm"]


async def test_pages_are_read_inside_a_unit_of_work(library: Database) -> None:
    """The objects belong to it, and changes of the unit are seen."""
    async with atomic():
        page = await Query(Book).order_by("title").limit(2).placed()
        page.rows[1].title = "Zebra"
        rest = await Query(Book).order_by("title").seek(page.positions[0])
        assert [book.title for book in rest] == ["Cedar", "Date", "Elm", "Zebra"]


async def test_relations_come_along(library: Database) -> None:
    """One statement more for each, as in any query."""
    page = await Query(Book).order_by("title").prefetch("author").limit(1).placed()
    assert [book.author.name for book in page.rows if book.author] == ["Ann"]


async def test_what_has_no_place_is_refused(library: Database) -> None:
    """In words that say what to do instead."""
    query = Query(Book).order_by("title")
    place = (await query.limit(1).placed()).positions[0]
    refused: tuple[Callable[[], Any], ...] = (
        lambda: query.limit(3).seek(place),
        lambda: query.seek(place).seek(place),
        lambda: query.seek((1,)),
        lambda: query.join("genres").seek(place),
        lambda: query.seek(place).order_by("id"),
    )
    for wrong in refused:
        with pytest.raises(UsageError):
            wrong()
    with pytest.raises(UsageError):
        await query.join("genres").placed()
    backwards = query.seek(place, backwards=True)
    for asked in (backwards.first, backwards.last):
        with pytest.raises(UsageError, match="backwards"):
            await asked()
    with pytest.raises(UsageError, match="streamed"):
        async for _ in backwards:
            pass


async def test_a_table_without_a_key_has_no_places(db: Database) -> None:
    """Its rows are only counted out; on SQLite they have numbers of their own."""
    async with db.engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE loose (v integer)")
        await connection.exec_driver_sql("CREATE VIEW seen AS SELECT v FROM loose")
    models = (await reflect(db)).classes
    assert Query(models["loose"], db).can_seek == (db.dialect_name == "sqlite")
    assert not Query(models["seen"], db).can_seek
