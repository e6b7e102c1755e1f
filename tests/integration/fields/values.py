"""The values at the edges of each type, and tables to put them into."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from portico.db.fields.types import (
    Duration,
    ExactDecimal,
    FiniteFloat,
    ItemArray,
    NaiveDateTime,
    SecretText,
    Text,
    UTCDateTime,
    ValueEnum,
    clock_time,
    document,
    octets,
    unique_id,
    whole_number,
)

KOLKATA = dt.timezone(dt.timedelta(hours=5, minutes=30))
FIRST = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 3, 29, 12, 0, 0, 123456, tzinfo=dt.UTC)
LAST = dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC)


class Mood(Enum):
    """Members whose values are text, one of them awkward."""

    GOOD = "good"
    BAD = "it's bad \\ 100%"


class Level(IntEnum):
    """Members whose values are numbers."""

    LOW = -1
    HIGH = 2**40


ROUND_TRIPS: dict[str, tuple[TypeEngine[Any], list[Any]]] = {
    "text": (
        Text(50),
        [
            "",
            " ",
            "a ",
            "a",
            "A",
            "ä",
            "a\u0308",
            "ß",
            "\t\n",
            "'\"\\%_",
            "日本",
            "\U0001d4b3😀",
            "é" * 50,
            "\x01\x7f",
        ],
    ),
    "long text": (Text(), ["x" * 70_000, "😀" * 20_000, ""]),
    "small": (whole_number("small"), [-(2**15), 2**15 - 1, 0]),
    "integer": (whole_number(), [-(2**31), 2**31 - 1, 0]),
    "big": (whole_number("big"), [-(2**63), 2**63 - 1, 2**53 + 1, 0]),
    "float": (
        FiniteFloat(),
        [
            0.0,
            0.1,
            1 / 3,
            -1.5,
            1e308,
            1.7976931348623157e308,
            2.2250738585072014e-308,
            5e-324,
            1e22,
            2.0**53,
        ],
    ),
    "decimal": (
        ExactDecimal(10, 2),
        [
            Decimal("12.30"),
            Decimal("0.00"),
            Decimal("-0.01"),
            Decimal("99999999.99"),
            Decimal("-99999999.99"),
        ],
    ),
    "15 digits": (
        ExactDecimal(15, 4),
        [Decimal("12345678901.2345"), Decimal("99999999999.9999"), Decimal("0.0001")],
    ),
    "long decimal": (
        ExactDecimal(40, 10),
        [
            Decimal("123456789012345678901234567890.0123456789"),
            Decimal("-0.0000000001"),
            Decimal("0.0000000000"),
        ],
    ),
    "boolean": (sa.Boolean(), [True, False]),
    "moment": (
        UTCDateTime(),
        [
            NOON,
            (NOON + dt.timedelta(hours=1)).astimezone(KOLKATA),
            FIRST,
            dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC),
            LAST,
        ],
    ),
    "naive": (NaiveDateTime(), [one.replace(tzinfo=None) for one in (FIRST, NOON, LAST)]),
    "date": (sa.Date(), [dt.date(1, 1, 1), dt.date(2024, 2, 29), dt.date(9999, 12, 31)]),
    "time": (clock_time(), [dt.time(0), dt.time(23, 59, 59, 999999), dt.time(0, 0, 0, 1)]),
    "duration": (
        Duration(),
        [
            dt.timedelta(0),
            dt.timedelta(microseconds=1),
            dt.timedelta(microseconds=-1),
            dt.timedelta(days=-400, hours=5, microseconds=7),
            dt.timedelta(days=100_000_000),
        ],
    ),
    "uuid": (unique_id(), [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.uuid4()]),
    "enum": (ValueEnum(Mood), list(Mood)),
    "number enum": (ValueEnum(Level), list(Level)),
    "json": (
        document(),
        [
            {},
            [],
            {"a": [1, 2.5, None, True, {"ß": "😀\\\"'"}]},
            "text",
            '"quoted"',
            "5",
            5,
            2**63 - 1,
            0.1,
            True,
            False,
            {"big": 2**80},
            [None],
        ],
    ),
    "array of text": (ItemArray(str), [[], [""], ["a", "A", "ä,{}\"'\\", "NULL", "null"]]),
    "array of int": (ItemArray(int), [[], [-(2**63), 2**63 - 1]]),
    "array of float": (ItemArray(float), [[0.1, 1e308, 5e-324]]),
    "array of bool": (ItemArray(bool), [[True, False]]),
    "array of uuid": (ItemArray(uuid.UUID), [[uuid.UUID(int=7), uuid.UUID(int=0)]]),
    "array of date": (ItemArray(dt.date), [[dt.date(2024, 2, 29)]]),
    "array of moment": (ItemArray(dt.datetime), [[NOON.astimezone(KOLKATA)]]),
    "bytes": (octets(), [b"", b"\x00", bytes(range(256)), b"\x00\xff" * 40_000]),
    "secret": (SecretText(), ["s3cr3t", " "]),
}
"""For each type the values that must come back as they went in."""


def table_of(type_: TypeEngine[Any]) -> sa.Table:
    """A table with a number and a value."""
    number = sa.Column("n", sa.Integer, primary_key=True, autoincrement=False)
    return sa.Table("kept", sa.MetaData(), number, sa.Column("v", type_))
