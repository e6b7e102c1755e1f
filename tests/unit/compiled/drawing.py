"""Endless values of each kind, the awkward ones first, the same on every run."""

# ruff: noqa: DTZ001, DTZ901 -- drivers give naive ones, and the calendar has ends
from __future__ import annotations

import datetime as dt
import random
import struct
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any


def floats(some: random.Random) -> Iterator[float]:
    """Any bits, powers of ten, what people write, and whole numbers of every size."""
    yield from (0.0, -0.0, 1.0, 1e15, 1e16, 1e17, -1e16, 9999999999999998.0, 1e-5, 1e-7, 5e-324, 1 / 3)
    yield from (float("nan"), float("inf"), float("-inf"), 2.0**53 + 2, 1.7976931348623157e308)
    while True:
        yield struct.unpack("d", some.randbytes(8))[0]
        yield some.uniform(0.1, 9.99) * 10.0 ** some.randint(-20, 25)
        yield some.randint(-(10**7), 10**7) / 100
        yield float(some.randint(0, 10**18))


def texts(some: random.Random) -> Iterator[str]:
    """Every kind of character that JSON writes in a way of its own, and ordinary words."""
    yield from (
        "",
        "</script>",
        "\u2028\u2029",
        "\x7f",
        '"\\/',
        "é",
        "😀",
        "\t\n\r\b\f",
        "".join(map(chr, range(1, 32))),
    )
    kinds: list[Callable[[], int]] = [
        lambda: some.randrange(1, 0x20),
        lambda: some.randrange(0x20, 0x80),
        lambda: some.randrange(0x80, 0xD800),
        lambda: some.randrange(0xE000, 0x110000),
    ]
    while True:
        yield "".join(chr(some.choice(kinds)()) for _ in range(some.randrange(12)))


def moments(some: random.Random) -> Iterator[dt.datetime]:
    """Naive ones of all years, with every kind of fraction."""
    fractions = (0, 1, 100_000, 120_000, 999_999, 500)
    yield from (dt.datetime.min, dt.datetime.max, dt.datetime(1970, 1, 1), dt.datetime(999, 9, 9, 9, 9, 9, 9))
    while True:
        yield dt.datetime.min + dt.timedelta(
            days=some.randrange(3_652_058),
            seconds=some.randrange(86_400),
            microseconds=some.choice(fractions),
        )


def decimals(some: random.Random) -> Iterator[Decimal]:
    """Numbers of two decimals of every size."""
    yield from map(Decimal, ("0.00", "0.01", "-0.01", "-0.00", "12.30", "99999999.99", "-1.10"))
    while True:
        yield Decimal(some.randint(-(10 ** some.randint(1, 10)), 10 ** some.randint(1, 10))).scaleb(-2)


def some_of(source: Callable[[random.Random], Iterator[Any]], number: int) -> list[Any]:
    """The same ones on every run."""
    found = source(random.Random(4))
    return [next(found) for _ in range(number)]
