"""What model calls write, and the same calls made twice: with compiled statements and without.

compiled, general = await twice(url, calls)
assert compiled.said == general.said and compiled.rows == general.rows
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.fields import (
    ArrayField,
    BinaryField,
    BooleanField,
    DateTimeField,
    DecimalField,
    EnumField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    PasswordField,
    StringField,
    UUIDField,
)
from portico.db.models import DjangoModel, delete, insert, update
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, Ref
from portico.db.session import Database, run
from portico.errors import PorticoError
from tests.integration.compiled.reading.both import ON
from tests.integration.compiled.writing.ledger import Mood, short

METADATA = sa.MetaData()
MOMENT = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
_ticks = count(1)


class Base(DjangoModel):
    """Its own metadata, so that names do not clash with other tests; any value may be given for any field."""

    class Meta:
        abstract = True
        metadata = METADATA


class Shelf(Base):
    """What books stand on."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20, unique=True)
    books: Many[Book] = OneToMany(back_populates="shelf")


class Label(Base):
    """What is stuck to books."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=20)
    books: Many[Book] = ManyToMany(back_populates="labels", through="book_labels")


class Book(Base):
    """A row whose key its writer may choose, with all that a database can refuse."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=20, unique=True)
    subtitle: Mapped[str] = StringField(max_length=20, default="xnone", validators=[short])
    number: Mapped[int] = IntegerField(default=3, min_value=0)
    given: Mapped[int] = IntegerField(server_default=5)
    amount: Mapped[Decimal | None] = DecimalField(precision=10, scale=2, nullable=True, default=None)
    weight: Mapped[float | None] = FloatField(nullable=True, default=None)
    mood: Mapped[Mood | None] = EnumField(Mood, nullable=True, default=None)
    sold: Mapped[bool] = BooleanField(default=False)
    at: Mapped[dt.datetime | None] = DateTimeField(nullable=True, default=None)
    uid: Mapped[Any] = UUIDField(nullable=True, default=None)
    blob: Mapped[bytes | None] = BinaryField(nullable=True, default=None)
    extra: Mapped[Any] = JSONField(nullable=True, default=None)
    words: Mapped[list[str] | None] = ArrayField(str, nullable=True, default=None)
    secret: Mapped[str | None] = PasswordField(nullable=True, default=None)
    made_at: Mapped[dt.datetime] = DateTimeField(auto_now_add=True)
    moved_at: Mapped[dt.datetime] = DateTimeField(auto_now=True)
    shelf_id: Mapped[int | None] = ForeignKeyField(Shelf, nullable=True, default=None, on_delete="restrict")
    shelf: Ref[Shelf] = ManyToOne(back_populates="books")
    labels: Many[Label] = ManyToMany(back_populates="books", through="book_labels")

    class Meta(Base.Meta):
        """What only the database checks."""

        abstract = False
        constraints = (sa.CheckConstraint("number <> 13", name="no_thirteen"),)


class Plain(DeclarativeBase):
    """A base that knows nothing of Portico."""

    metadata = METADATA


def tick() -> int:
    """Another number each time."""
    return next(_ticks)


class Account(Plain):
    """What SQLAlchemy makes of columns by itself."""

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(30))
    balance: Mapped[int] = mapped_column(server_default=sa.text("7"))
    opened: Mapped[int] = mapped_column(default=tick)
    kind: Mapped[str] = mapped_column(sa.String(10), default="plain")
    folded: Mapped[str | None] = mapped_column(sa.String(30), default=sa.func.lower("ABC"))
    moved: Mapped[int | None] = mapped_column(onupdate=tick)
    doubled: Mapped[int] = mapped_column(sa.Computed("balance * 2", persisted=True))
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class Vote(Base):
    """A key of two columns and nothing else."""

    person: Mapped[int] = IntegerField(primary_key=True)
    subject: Mapped[str] = StringField(max_length=10, primary_key=True)


Call = Callable[["Room"], Awaitable[Any]]


class Room:
    """What a sequence of calls works on: its database, and the objects that it has made."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.held: dict[int, Any] = {}

    async def insert(self, instance: Any) -> Any:
        """A new row for an object of any mapped class."""
        await insert(self.database, instance)
        return instance

    async def update(self, instance: Any, **values: Any) -> Any:
        """A change of an object of any mapped class."""
        for name, value in values.items():
            setattr(instance, name, value)
        await update(self.database, instance)
        return instance

    async def delete(self, instance: Any) -> Any:
        """The end of the row of an object of any mapped class."""
        await delete(self.database, instance)
        return instance


@dataclass
class Told:
    """What calls gave, what is stored, and the compiled statements that were sent."""

    said: list[Any] = field(default_factory=list[Any])
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict[str, list[tuple[Any, ...]]])
    compiled: list[str] = field(default_factory=list[str])


async def twice(url: str, *calls: Call) -> tuple[Told, Told]:
    """The same calls with compiled statements, and without."""
    told: list[Told] = []
    for kind in (ON, "off"):
        global _ticks  # noqa: PLW0603 -- columns call `tick` without asking who runs
        _ticks = count(1)
        async with Database(url, name=kind, compiled=kind) as database:
            with database.use():
                await database.drop_tables(METADATA)
                await database.create_tables(METADATA)
                database.engines.hearers.append((one := Told()).compiled.append)
                room = Room(database)
                for call in calls:
                    one.said.append(await said(room, call))
                for table in METADATA.sorted_tables:
                    found = await run(database, sa.select(table).order_by(*table.primary_key))
                    one.rows[table.name] = [
                        tuple(map(plain, table.columns.keys(), row)) for row in found.all()
                    ]
        told.append(one)
    return told[0], told[1]


async def said(room: Room, call: Call) -> Any:
    """What a call gave, or raised; and every object as it looks after it."""
    try:
        given = picture(await call(room))
    except PorticoError as error:
        given = (type(error), str(error), getattr(error, "fields", None), getattr(error, "constraint", None))
    return given, {number: picture(one) for number, one in room.held.items()}


def picture(found: Any) -> Any:
    """An object as everybody can see it; other values as they are."""
    several = several_of(found)
    if several is not None:
        return [picture(one) for one in several]
    state = state_of(found)
    if state is None:
        return found
    held = {name: shown(name, value) for name, value in state.dict.items() if name != "_sa_instance_state"}
    return {
        "class": found.__class__,
        "held": held,
        "key": state.key,
        "changed": {name: shown(name, value) for name, value in state.committed_state.items()},
        "expired": sorted(state.expired_attributes),
        "unloaded": sorted(state.unloaded),
        "modified": state.modified,
        "is": (state.transient, state.pending, state.persistent, state.detached, state.deleted),
        "repr": repr(found) if isinstance(found, DjangoModel) else "",
    }


def shown(name: str, value: Any) -> Any:
    """A value to be compared: moments and hashes differ, objects at the other end are named."""
    several = several_of(value)
    if several is not None:
        return [shown(name, one) for one in several]
    if state_of(value) is not None:
        return repr(value)
    return f"{type(value)}", plain(name, value)


def state_of(value: Any) -> Any:
    """SQLAlchemy's record of an object; None for other values."""
    return getattr(value, "_sa_instance_state", None)


def several_of(value: Any) -> Any:
    """A list, collections of SQLAlchemy among them; None for other values."""
    return cast("Any", value) if isinstance(value, list) else None


def plain(name: str, value: Any) -> Any:
    """A stored value, without what differs from run to run."""
    if name in {"made_at", "moved_at", "secret"} and value is not None:
        return f"{type(value)}"
    return repr(value)
