"""A model with every kind of field, and strategies for their values with the edges among them."""

# ruff: noqa: DTZ001 -- naive ones are half of what is stored
from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.fields import (
    ArrayField,
    BigIntegerField,
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    EnumField,
    FloatField,
    IntegerField,
    JSONField,
    SmallIntegerField,
    StringField,
    TextField,
    TimeField,
    URLField,
    UUIDField,
)
from portico.db.models import Model

METADATA = MetaData()


class Mood(Enum):
    """Members whose values are text, some of them awkward."""

    GOOD = "good"
    BAD = "</script>\u2028"


class Level(IntEnum):
    """Members whose values are numbers."""

    LOW = -1
    HIGH = 2**53 + 1


class Everything(Model):
    """A column of each kind, all of them optional."""

    id: Mapped[int] = IntegerField(primary_key=True)
    small: Mapped[int | None] = SmallIntegerField(nullable=True, default=None)
    big: Mapped[int | None] = BigIntegerField(nullable=True, default=None)
    ratio: Mapped[float | None] = FloatField(nullable=True, default=None)
    price: Mapped[Decimal | None] = DecimalField(nullable=True, default=None)
    fine: Mapped[Decimal | None] = DecimalField(precision=15, scale=9, nullable=True, default=None)
    long: Mapped[Decimal | None] = DecimalField(precision=40, scale=10, nullable=True, default=None)
    truth: Mapped[bool | None] = BooleanField(nullable=True, default=None)
    title: Mapped[str | None] = StringField(max_length=50, nullable=True, default=None)
    body: Mapped[str | None] = TextField(nullable=True, default=None)
    email: Mapped[str | None] = EmailField(nullable=True, default=None)
    link: Mapped[str | None] = URLField(nullable=True, default=None)
    at: Mapped[dt.datetime | None] = DateTimeField(nullable=True, default=None)
    local: Mapped[dt.datetime | None] = DateTimeField(timezone=False, nullable=True, default=None)
    day: Mapped[dt.date | None] = DateField(nullable=True, default=None)
    clock: Mapped[dt.time | None] = TimeField(nullable=True, default=None)
    length: Mapped[dt.timedelta | None] = DurationField(nullable=True, default=None)
    unique: Mapped[uuid.UUID | None] = UUIDField(nullable=True, default=None)
    mood: Mapped[Mood | None] = EnumField(Mood, nullable=True, default=None)
    level: Mapped[Level | None] = EnumField(Level, nullable=True, default=None)
    document: Mapped[Any] = JSONField(nullable=True, default=None)
    octets: Mapped[bytes | None] = BinaryField(nullable=True, default=None)
    words: Mapped[list[str] | None] = ArrayField(str, nullable=True, default=None)
    numbers: Mapped[list[float] | None] = ArrayField(float, nullable=True, default=None)
    moments: Mapped[list[dt.datetime] | None] = ArrayField(dt.datetime, nullable=True, default=None)
    keys: Mapped[list[uuid.UUID] | None] = ArrayField(uuid.UUID, nullable=True, default=None)

    class Meta:
        metadata = METADATA


def _whole(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


_floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [1e16, -1e16, 1e-7, 2.0**53 + 2, 1 / 3]
)
_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50
) | st.sampled_from(["</script>", "\u2028\u2029", "\x7f\x1f", '"\\/', "é😀", "a ", "01"])
_moments = st.datetimes(
    dt.datetime(1, 1, 2),
    dt.datetime(9999, 12, 30),
    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=30))]),
)
_names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
_documents = st.recursive(
    st.none() | st.booleans() | _whole(64) | _floats | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=8,
)


def _decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(-(10**digits) + 1, 10**digits - 1).map(lambda number: Decimal(f"{number}E-{places}"))


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "small": _whole(16),
    "big": _whole(64) | st.just(2**53 + 1),
    "ratio": _floats,
    "price": _decimals(10, 2) | _decimals(3, 2),
    "fine": _decimals(15, 9) | _decimals(2, 9),
    "long": _decimals(40, 10),
    "truth": st.booleans(),
    "title": _texts,
    "body": _texts,
    "email": st.just("ann@example.com"),
    "link": st.just("https://example.com/a?b=1&d=é"),
    "at": _moments,
    "local": st.datetimes(),
    "day": st.dates(),
    "clock": st.times(),
    "length": st.timedeltas(dt.timedelta(days=-100_000_000), dt.timedelta(days=100_000_000)),
    "unique": st.uuids(),
    "mood": st.sampled_from(Mood),
    "level": st.sampled_from(Level),
    "document": _documents,
    "octets": st.binary(max_size=40),
    "words": st.lists(_texts, max_size=4),
    "numbers": st.lists(_floats, max_size=4),
    "moments": st.lists(_moments, max_size=3),
    "keys": st.lists(st.uuids(), max_size=3),
}
rows = st.fixed_dictionaries({}, optional=VALUES)
full_rows = st.fixed_dictionaries(VALUES)
