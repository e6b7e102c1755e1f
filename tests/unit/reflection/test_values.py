"""Values of SQLite as Python has them, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from portico.db.reflection.stored import StoredBytes, StoredFloat, StoredInteger, StoredText
from portico.db.reflection.values import SINGLE, Codec, codec_of


@pytest.mark.parametrize(
    ("declared", "stored", "value"),
    [
        ("INTEGER", 5, 5),
        ("NVARCHAR(160)", "x", "x"),
        ("NUMERIC(10,2)", 0.99, Decimal("0.99")),
        ("NUMERIC(10,2)", 1, Decimal("1.00")),
        ("NUMERIC(10,2)", 1.999, Decimal("1.999")),
        ("DECIMAL", 0.1, Decimal("0.1")),
        ("DATETIME", "2009-01-01 00:00:00", datetime.fromisoformat("2009-01-01")),
        ("TIMESTAMP", "2009-01-01T10:00:00.5Z", datetime(2009, 1, 1, 10, 0, 0, 500_000, UTC)),
        ("DATE", "2009-01-01", date(2009, 1, 1)),
        ("TIME", "10:30:00", time(10, 30)),
        ("BOOLEAN", 1, True),
        ("JSON", '{"a": [1]}', {"a": [1]}),
        ("BLOB", b"\xff", b"\xff"),
        ("", "anything", "anything"),
        ("STRING", 5, 5),
    ],
)
def test_a_value_that_fits_has_its_python_type(declared: str, stored: Any, value: Any) -> None:
    """Numbers keep every digit they have, and dates are dates."""
    read = codec_of(declared, ()).read(stored)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("declared", "stored", "kind"),
    [
        ("INTEGER", "about 5", StoredText),
        ("INTEGER", 1.5, StoredFloat),
        ("NUMERIC(10,2)", "free", StoredText),
        ("DATETIME", 1_577_872_800, StoredInteger),
        ("DATETIME", "31/12/2020", StoredText),
        ("DATETIME", "2009-02-31 00:00:00", StoredText),
        ("DATE", "2009-01-01 00:00:00", StoredText),
        ("BOOLEAN", 7, StoredInteger),
        ("BOOLEAN", "yes", StoredText),
        ("JSON", "{not json", StoredText),
        ("TEXT", b"\xff", StoredBytes),
        ("BLOB", "text", StoredText),
        ("", b"\xff", StoredBytes),
    ],
)
def test_a_value_that_does_not_fit_stays_what_it_is(declared: str, stored: Any, kind: type) -> None:
    """SQLite lets anything into any column; none of it may turn into an error or into something else."""
    read = codec_of(declared, ()).read(stored)
    assert type(read) is kind
    assert read == stored


@pytest.mark.parametrize("declared", ["REAL", "NUMERIC(10,2)", ""])
def test_an_infinite_number_is_spelt_out(declared: str) -> None:
    """JSON has no infinity, and null would be a lie."""
    assert codec_of(declared, ()).read(float("-inf")) == "-Infinity"


def test_json_too_deep_to_read_is_text() -> None:
    """A hostile document must not end the request."""
    assert isinstance(codec_of("JSON", ()).read("[" * 100_000), StoredText)


@pytest.mark.parametrize(
    "written",
    [
        "2009-01-01 10:00:00",
        "2009-01-01 10:00:00.000000",
        "2009-01-01T10:00:00.000",
        "2009-01-01T10:00:00Z",
        "2009-01-01 10:00:00+00:00",
    ],
)
def test_a_date_is_written_as_its_column_writes_dates(written: str) -> None:
    """SQLite compares texts: another spelling of the same moment would never be found."""
    codec = codec_of("DATETIME", [written] * 3 + ["?"])
    assert codec.write(codec.read(written)) == written


def test_a_moment_of_another_zone_is_written_in_that_of_the_column() -> None:
    """12:00 in Paris and 11:00 in UTC are one moment."""
    codec = codec_of("DATETIME", ["2009-01-01T10:00:00Z"])
    noon = datetime(2009, 1, 1, 12, tzinfo=timezone(timedelta(hours=1)))
    assert codec.write(noon) == "2009-01-01T11:00:00Z"


@pytest.mark.parametrize(
    ("sample", "sort"),
    [
        ([], "datetime"),
        ([1_577_872_800, 1_577_872_801], "integer"),
        (["31/12/2020"], "text"),
        ([2_458_850.5], "any"),
        (["2020-01-01", "2020-01-01 10:00:00"], "datetime"),
        (["2020-01-01"], "date"),
    ],
)
def test_a_date_column_is_what_its_rows_are(sample: list[Any], sort: str) -> None:
    """Seconds since 1970 have to be filtered as numbers, whatever the column was declared as."""
    assert codec_of("DATETIME", sample).sort == sort


@pytest.mark.parametrize("number", ["0.1", "12345.67", "12345678901234567890.12", "-1E+3"])
def test_a_decimal_comes_back_as_it_was_written(number: str) -> None:
    """What a binary number cannot hold goes as text, which SQLite compares as a number all the same."""
    codec = codec_of("NUMERIC", ())
    written = codec.write(Decimal(number))
    assert Decimal(str(written)) == Decimal(number)


def test_a_number_of_four_bytes_is_shown_as_people_write_it() -> None:
    """PostgreSQL's real 0.1 reaches Python as 0.10000000149011612."""
    assert Codec("float", precision=SINGLE).read(0.10000000149011612) == 0.1


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        (timedelta(hours=10), time(10)),
        (timedelta(hours=-100, seconds=-1), "-100:00:01"),
        (timedelta(hours=838), "838:00:00"),
    ],
)
def test_a_mariadb_time_may_be_longer_than_a_day(stored: timedelta, value: Any) -> None:
    """Python's time cannot say -100:00:01; the text can."""
    assert Codec("time").read(stored) == value
