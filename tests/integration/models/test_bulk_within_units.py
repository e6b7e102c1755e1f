"""Bulk writes inside a unit of work: one statement for the rows, and objects as they are stored."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.models import bulk_insert, bulk_update, unique_keys
from portico.db.query import Query
from portico.db.session import Database, atomic
from portico.testing.statements import statements


class Plain(DeclarativeBase):
    """A base of plain SQLAlchemy."""


class Sheet(Plain):
    """A row with a version, and several kinds of unique keys."""

    __tablename__ = "sheets"
    __table_args__ = (
        sa.UniqueConstraint("side", "place"),
        sa.Index("by_title", "title", unique=True),
        sa.Index(
            "some",
            "side",
            unique=True,
            postgresql_where=sa.text("side > 5"),
            sqlite_where=sa.text("side > 5"),
        ),
        sa.Index("plain", "place"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(10), unique=True)
    title: Mapped[str] = mapped_column(sa.String(10))
    side: Mapped[int] = mapped_column(default=0)
    place: Mapped[int]
    weight: Mapped[float] = mapped_column(sa.Numeric(6, 2), server_default="1.50")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


def _sheets(number: int) -> list[Sheet]:
    return [Sheet(name=f"n{n}", title=f"t{n}", side=n, place=n) for n in range(number)]


def test_the_keys_of_a_class_are_those_that_hold_for_every_row() -> None:
    """An index over part of the rows is no key; the primary key comes first."""
    assert unique_keys(Sheet) == (("id",), ("name",), ("side", "place"), ("title",))


async def test_rows_are_as_they_were_stored_when_that_is_asked(db: Database) -> None:
    """What the database made or rounded is on the objects, by the same statement."""
    await _make(db)
    sheets = _sheets(3)
    async with statements(db) as seen:
        await bulk_insert(db, sheets, reload=True)
    assert len(seen) == 1
    assert [(float(one.weight), one.version) for one in sheets] == [(1.5, 1)] * 3


async def _make(db: Database) -> None:
    await db.create_tables([Plain.metadata])


async def test_a_bulk_update_moves_versions_and_writes_each_row_once(db: Database) -> None:
    """Whoever loaded a row before must notice; a savepoint must not write the rows before their statement."""
    await _make(db)
    await bulk_insert(db, _sheets(3))
    async with atomic(db):
        loaded = await Query(Sheet, db).order_by("place")
        for place, one in enumerate(loaded):
            one.title = f"new{place}"
        async with statements(db) as seen:
            assert await bulk_update(db, loaded, ["title"], reload=True) == 3
        assert sum(sql.startswith("UPDATE") for sql in seen.sql) == 1
        assert [one.version for one in loaded] == [2, 2, 2]
    stored = await Query(Sheet, db).order_by("place").values_list("title", "version")
    assert [tuple(row) for row in stored] == [("new0", 2), ("new1", 2), ("new2", 2)]


async def test_chosen_columns_can_be_locked_as_well(db: Database) -> None:
    """A lock that is passed over silently is a lost update."""
    await _make(db)
    await bulk_insert(db, _sheets(1))
    async with atomic(db), statements(db) as seen:
        assert await Query(Sheet, db).lock().values_list("name", flat=True) == ["n0"]
        assert await Query(Sheet, db).lock().values_list("name").limit(1).count() == 1
    if db.capabilities.row_locks:
        assert "FOR UPDATE" in seen.sql[0]
