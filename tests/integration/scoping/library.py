"""Volumes on shelves in several houses: nobody in one house sees what another has, or what is gone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import BooleanField, ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref
from portico.db.scoping import Criterion, lifted, register_criterion
from portico.db.session import Database, run
from portico.errors import UsageError

METADATA = sa.MetaData()
_house: ContextVar[str] = ContextVar("house")


def this_house() -> str:
    """The house of the running code."""
    try:
        return _house.get()
    except LookupError:
        raise UsageError("No house is meant here.") from None


@contextmanager
def inside(house: str) -> Generator[None]:
    """Be in a house."""
    token = _house.set(house)
    try:
        yield
    finally:
        _house.reset(token)


class Shelf(Model):
    """A shelf of a house."""

    id: Mapped[int] = IntegerField(primary_key=True)
    house: Mapped[str] = StringField(max_length=10)
    name: Mapped[str] = StringField(max_length=30)
    volumes: Many[Volume] = OneToMany(back_populates="shelf")

    class Meta:
        """Its own metadata, and a name that no other test has."""

        metadata = METADATA
        table = "scoped_shelves"


class Volume(Model):
    """A volume on a shelf, which may be gone."""

    id: Mapped[int] = IntegerField(primary_key=True)
    house: Mapped[str] = StringField(max_length=10)
    title: Mapped[str] = StringField(max_length=30)
    copies: Mapped[int] = IntegerField(default=1)
    gone: Mapped[bool] = BooleanField(default=False)
    shelf_id: Mapped[int] = ForeignKeyField("Shelf")
    shelf: Ref[Shelf] = ManyToOne(back_populates="volumes")

    class Meta:
        """As above."""

        metadata = METADATA
        table = "scoped_volumes"


SHELVES: Any = Shelf.__table__
VOLUMES: Any = Volume.__table__
for table in (SHELVES, VOLUMES):
    register_criterion(
        Criterion(
            "house",
            table,
            lambda rows: rows.c.house == sa.bindparam(None, callable_=this_house, type_=sa.String()),
        )
    )
register_criterion(Criterion("gone", VOLUMES, lambda rows: rows.c.gone.is_(sa.false())))

SHELF_ROWS = [
    {"id": 1, "house": "north", "name": "low"},
    {"id": 2, "house": "north", "name": "high"},
    {"id": 3, "house": "south", "name": "low"},
]
VOLUME_ROWS = [
    {"id": 1, "house": "north", "title": "Emma", "copies": 1, "gone": False, "shelf_id": 1},
    {"id": 2, "house": "north", "title": "Ulysses", "copies": 2, "gone": False, "shelf_id": 1},
    {"id": 3, "house": "north", "title": "Lost", "copies": 4, "gone": True, "shelf_id": 2},
    {"id": 4, "house": "south", "title": "Emma", "copies": 8, "gone": False, "shelf_id": 3},
    # What no application should have, and nothing may show: a volume of one house on another one's shelf.
    {"id": 5, "house": "south", "title": "Astray", "copies": 16, "gone": False, "shelf_id": 1},
    {"id": 6, "house": "north", "title": "Abroad", "copies": 32, "gone": False, "shelf_id": 3},
]


def everything() -> Any:
    """Lift all criteria."""
    return lifted("house", "gone")


@asynccontextmanager
async def filled(url: str, **options: Any) -> AsyncGenerator[Database]:
    """A database with the rows of both houses."""
    async with Database(url, **options) as database:
        with database.use():
            await database.create_tables(METADATA)
            await run(database, sa.insert(SHELVES), SHELF_ROWS)
            await run(database, sa.insert(VOLUMES), VOLUME_ROWS)
            yield database


async def kept(database: Database, table: Any = VOLUMES) -> dict[int, dict[str, Any]]:
    """The rows as they are, by their keys."""
    with everything():
        rows = await run(database, sa.select(table).order_by(table.c.id))
    return {row["id"]: dict(row) for row in rows.mappings()}
