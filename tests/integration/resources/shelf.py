"""Rows made to be sorted: every sortable kind of field, with NULLs and ties, and two sorts of key."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeVar

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.access import PUBLIC
from portico.db.fields import (
    BigIntegerField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EnumField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    StringField,
    TimeField,
    UUIDField,
)
from portico.db.models import Model
from portico.db.relations import ManyToOne, OptRef
from portico.resources import Exposure, Reach, Resource, Resources, describe_all

METADATA = MetaData()
M = TypeVar("M")


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Size(Enum):
    """An enumeration whose members are not in the order of their values."""

    SMALL = "small"
    LARGE = "large"


class Box(Base):
    """What things may be in."""

    id: Mapped[int] = IntegerField(primary_key=True)
    label: Mapped[str | None] = StringField(max_length=20, nullable=True, default=None)


class Thing(Base):
    """A row with every sortable kind of field."""

    id: Mapped[int] = IntegerField(primary_key=True)
    number: Mapped[int | None] = BigIntegerField(nullable=True, default=None)
    whole: Mapped[int] = IntegerField(default=0)
    name: Mapped[str] = StringField(max_length=20, default="")
    text: Mapped[str | None] = StringField(max_length=20, nullable=True, default=None)
    real: Mapped[float | None] = FloatField(nullable=True, default=None)
    price: Mapped[Decimal | None] = DecimalField(precision=12, scale=4, nullable=True, default=None)
    moment: Mapped[dt.datetime | None] = DateTimeField(nullable=True, default=None)
    local: Mapped[dt.datetime] = DateTimeField(timezone=False)
    day: Mapped[dt.date | None] = DateField(nullable=True, default=None)
    clock: Mapped[dt.time | None] = TimeField(nullable=True, default=None)
    length: Mapped[dt.timedelta | None] = DurationField(nullable=True, default=None)
    flag: Mapped[bool | None] = BooleanField(nullable=True, default=None)
    size: Mapped[Size | None] = EnumField(Size, nullable=True, default=None)
    code: Mapped[uuid.UUID | None] = UUIDField(nullable=True, default=None)
    box_id: Mapped[int | None] = ForeignKeyField(Box, nullable=True, default=None, on_delete="cascade")
    box: OptRef[Box] = ManyToOne()


class Place(Base):
    """A row with a composite key of text and number."""

    row: Mapped[str] = StringField(max_length=10, primary_key=True)
    seat: Mapped[int] = IntegerField(primary_key=True)
    mark: Mapped[int | None] = IntegerField(nullable=True, default=None)


NOON: Final = dt.datetime(2026, 3, 29, 12, 0, 0, 123456, tzinfo=dt.UTC)
MICROSECOND: Final = dt.timedelta(microseconds=1)
TEXTS: Final = ("", "a", "A", "ä", "b%", "z_", "ß", "\U0001f600", " a", "a ", "'", "\n", "~", "\uffff")
MOMENTS: Final = (
    *(NOON + n * MICROSECOND for n in (-1, 0, 1, 10**6)),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC),
    dt.datetime(1, 1, 1, tzinfo=dt.UTC),
)
DOMAINS: Final[dict[str, tuple[Any, ...]]] = {
    "number": (None, 0, -1, 7, 2**63 - 1, -(2**63)),
    "whole": (0, 1, -5, 2**31 - 1),
    "name": TEXTS,
    "text": (None, None, *TEXTS),
    "real": (None, 0.1, 0.1 + 2**-56, 1 / 3, -1e300, 5e-324, 1.7976931348623157e308, 0.30000000000000004),
    "price": (None, Decimal("0.1000"), Decimal("-12345678.9999"), Decimal("9.5"), Decimal("10")),
    "moment": (None, *MOMENTS),
    "local": tuple(moment.replace(tzinfo=None) for moment in MOMENTS[:4]),
    "day": (None, dt.date(2026, 1, 31), dt.date(1, 1, 1), dt.date(9999, 12, 31)),
    "clock": (None, dt.time(0, 0), dt.time(23, 59, 59, 999999), dt.time(12, 0, 0, 1), dt.time(12, 0)),
    "length": (None, dt.timedelta(0), -MICROSECOND, dt.timedelta(days=900, microseconds=1)),
    "flag": (None, True, False),
    "size": (None, *Size),
    "code": (None, uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID(int=2**127)),
    "box_id": (None, 1, 2, 3, 4),
}
SORTABLE: Final = (*DOMAINS, "id", "box.label", "box.id")
BOXES: Final = ((1, "b"), (2, None), (3, "a"), (4, "b"))


def resources() -> Resources:
    """All three, open to everybody."""
    return describe_all(Exposure(model=model, policy=PUBLIC) for model in (Box, Thing, Place))


def reach_of(model: type[Any], **options: Any) -> Reach:
    """What a request to one of them can name."""
    found = resources()
    resource = found.of(model)
    assert isinstance(resource, Resource)
    return Reach(found, resource, **options)


def made(model: type[M], **values: Any) -> M:
    """An object with a key of its own, which constructors do not show to type checkers."""
    return model(**values)


def thing(dice: random.Random) -> Thing:
    """A thing with values from few, so that there are ties."""
    return Thing(**{name: dice.choice(domain) for name, domain in DOMAINS.items()})


async def make_boxes() -> None:
    """What things refer to."""
    await Box.bulk_create([made(Box, id=key, label=label) for key, label in BOXES])
