"""Rows of drivers become the very bytes that Pydantic makes of the same values, whatever the values are."""

# ruff: noqa: DTZ001, DTZ901 -- drivers give naive ones, and the calendar has ends
from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine

from portico.db.compiled import Field, NoWriterError, row_writer
from portico.db.fields import FieldSpec, spec_of
from portico.db.fields.types import (
    Duration,
    ExactDecimal,
    FiniteFloat,
    ItemArray,
    NaiveDateTime,
    Text,
    UTCDateTime,
    ValueEnum,
    document,
    octets,
)

from .drawing import decimals, floats, moments, some_of, texts

MANY, FEW = 100_000, 5_000
POSTGRESQL = create_async_engine("postgresql+asyncpg://").dialect
SQLITE = create_async_engine("sqlite+aiosqlite://").dialect
MARIADB = create_async_engine("mysql+asyncmy://").dialect
DIALECTS = (POSTGRESQL, SQLITE, MARIADB)


class State(Enum):
    draft = "draft"
    done = "</script>\u2028"


class Level(Enum):
    low = 1
    high = 2


def spec_for(type_: Any, *, nullable: bool = True) -> FieldSpec:
    """What is known of a column of a type."""
    return spec_of(sa.Table("t", sa.MetaData(), sa.Column("value", type_, nullable=nullable)).c.value)


def general_path(type_: Any, dialect: Any) -> Callable[[Any], bytes]:
    """What the general path sends of a driver's value: SQLAlchemy reads it, Pydantic shows it."""
    process = reader(type_, dialect)
    adapter: TypeAdapter[Any] = TypeAdapter(spec_for(type_).read_annotation)

    def sent(value: Any) -> bytes:
        read = value if process is None else process(value)
        shown = adapter.dump_python(adapter.validate_python(read), mode="json")
        return to_json({"value": shown}, inf_nan_mode="null")

    return sent


def reader(type_: Any, dialect: Any) -> Any:
    """What SQLAlchemy does to a driver's value; on PostgreSQL it looks at the column, to do nothing."""
    if dialect is POSTGRESQL and isinstance(type_, ExactDecimal):
        return partial(_with_scale, type_)
    if dialect is POSTGRESQL and isinstance(type_, sa.Numeric | sa.Float | FiniteFloat | ItemArray):
        return None
    return type_.dialect_impl(dialect).result_processor(dialect, None)


def _with_scale(type_: ExactDecimal, value: Any) -> Any:
    return type_.process_result_value(value, POSTGRESQL)


def is_exact(type_: Any, dialect: Any, values: list[Any]) -> bool:
    """A writer gives the same of each value alone and of all together, with NULLs between and more behind."""
    writer = row_writer([Field("value", type_, spec_for(type_))], dialect)
    expected = list(map(general_path(type_, dialect), values))
    for value, wanted in zip(values[:2000], expected, strict=False):
        assert writer.one((value, "behind")) == wanted, repr(value)
    written = writer.many([(value,) for value in values])
    if written != b"[" + b",".join(expected) + b"]":
        for value, wanted in zip(values, expected, strict=True):
            assert writer.many([(value,)]) == b"[" + wanted + b"]", repr(value)
    with_nulls = [row for value in values[:50] for row in ((None, 1), (value, 2))]
    joined = b",".join(b'{"value":null},' + wanted for wanted in expected[:50])
    return writer.many(with_nulls) == b"[" + joined + b"]"


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.driver)
def test_a_hundred_thousand_floats_are_written_as_pydantic_writes_them(dialect: Any) -> None:
    """Pydantic writes 1e+16 where msgspec writes 1e16, and that is the only difference."""
    assert is_exact(FiniteFloat(), dialect, some_of(floats, MANY if dialect is POSTGRESQL else FEW))
    assert is_exact(sa.Double(), dialect, some_of(floats, FEW))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.driver)
def test_a_hundred_thousand_texts_are_written_as_pydantic_writes_them(dialect: Any) -> None:
    """Control characters, line separators and slashes have more than one form in JSON."""
    assert is_exact(Text(), dialect, some_of(texts, MANY if dialect is POSTGRESQL else FEW))


def test_a_hundred_thousand_moments_are_written_as_pydantic_writes_them() -> None:
    """Fractions are six digits or none, and UTC is a Z."""
    naive = some_of(moments, MANY)
    assert is_exact(UTCDateTime(), SQLITE, [one.isoformat(" ", "microseconds") for one in naive])
    naive = naive[:FEW]
    assert is_exact(UTCDateTime(), POSTGRESQL, [one.replace(tzinfo=dt.UTC) for one in naive])
    assert is_exact(UTCDateTime(), MARIADB, naive)
    for dialect in (POSTGRESQL, MARIADB):
        assert is_exact(NaiveDateTime(), dialect, naive)
    assert is_exact(NaiveDateTime(), SQLITE, [one.isoformat(" ") for one in naive])


def test_moments_that_others_wrote_are_moments_all_the_same() -> None:
    """A column of SQLite holds what programs put there: zones, no fraction, a day alone."""
    others = ["2024-01-02", "2024-01-02 03:04", "2024-01-02T03:04:05", "2024-01-02 03:04:05+02:00"]
    others += [
        "2024-01-02 03:04:05.123+00",
        "2024-01-02 03:04:05.1234567",
        "20240102T030405",
        "2024-01-02 03:04:05Z",
    ]
    assert is_exact(UTCDateTime(), SQLITE, others)
    assert is_exact(UTCDateTime(), POSTGRESQL, [dt.datetime(2024, 1, 2, 3, 4), dt.datetime.max])


def test_a_hundred_thousand_decimals_are_written_with_their_scale() -> None:
    """A price is 12.30 on every database, though SQLite keeps 12.3."""
    exact = some_of(decimals, MANY)
    assert is_exact(ExactDecimal(10, 2), SQLITE, [float(one) for one in exact])
    exact = exact[:FEW]
    for dialect in (POSTGRESQL, MARIADB):
        assert is_exact(ExactDecimal(10, 2), dialect, exact)
        assert is_exact(sa.Numeric(10, 2), dialect, exact)
    assert is_exact(sa.Numeric(10, 2), SQLITE, [float(one) for one in exact])


@pytest.mark.parametrize(("precision", "scale"), [(5, 0), (15, 6), (15, 9), (20, 2), (65, 30)])
def test_decimals_of_every_scale_and_of_another_one(precision: int, scale: int) -> None:
    """A table that others made may have other decimals than its model says."""
    odd = [
        Decimal(text)
        for text in ("0", "5", "-5", "-0", "0.5", "1E-9", "0E-12", "1E+3", "12345.678901234567", "0.10")
    ]
    type_ = ExactDecimal(precision, scale)
    assert is_exact(type_, POSTGRESQL, odd)
    assert is_exact(type_, MARIADB, odd)
    if precision > 15:
        assert is_exact(type_, SQLITE, [str(one) for one in odd])
    else:
        assert is_exact(
            type_, SQLITE, [0, 5, -5, -0.0, 0.5, 1e-9, 1e15, 123456789012345, 0.1, 1 / 3, 2.5e-7, -0.004]
        )


def test_days_clocks_and_durations() -> None:
    """A duration is P1DT2H, where msgspec would say P1DT7200S."""
    for dialect in (POSTGRESQL, MARIADB):
        assert is_exact(sa.Date(), dialect, [dt.date.min, dt.date(999, 1, 2), dt.date.max])
    assert is_exact(sa.Date(), SQLITE, ["0001-01-01", "0999-01-02", "9999-12-31"])
    clocks = [dt.time(3, 4, 5, fraction) for fraction in (0, 1, 100_000, 999_999)]
    assert is_exact(sa.Time(), POSTGRESQL, clocks)
    assert is_exact(sa.Time(), SQLITE, [one.isoformat() for one in clocks])
    assert is_exact(
        sa.Time(), MARIADB, [dt.timedelta(hours=3, microseconds=one.microsecond) for one in clocks]
    )
    some = random.Random(4)
    lengths = [
        dt.timedelta(microseconds=some.randint(-(10 ** some.randint(1, 17)), 10 ** some.randint(1, 17)))
        for _ in range(5000)
    ]
    assert is_exact(Duration(), POSTGRESQL, lengths)
    assert is_exact(postgresql.INTERVAL(), POSTGRESQL, lengths)
    assert is_exact(sa.Interval(), MARIADB, [dt.datetime(1970, 1, 3, 4, 5, 6, 7)])
    assert is_exact(sa.Interval(), SQLITE, ["1970-01-03 04:05:06.000007"])
    for dialect in (SQLITE, MARIADB):
        assert is_exact(Duration(), dialect, [one // dt.timedelta(microseconds=1) for one in lengths])


def test_whole_numbers_and_truth() -> None:
    """JSON has no limits for numbers, whatever a reader makes of 2^53 + 1."""
    for dialect in DIALECTS:
        assert is_exact(sa.BigInteger(), dialect, [0, -1, 2**53 + 1, 2**63 - 1, -(2**63)])
    assert is_exact(sa.Boolean(), POSTGRESQL, [True, False])
    for dialect in (SQLITE, MARIADB):
        assert is_exact(sa.Boolean(), dialect, [1, 0])
        assert is_exact(sa.BigInteger(), dialect, [2**64 - 1])


def test_identifiers_members_and_bytes() -> None:
    """Each in the form that clients know, wherever it is stored as something else."""
    some = random.Random(4)
    ids = [uuid.UUID(bytes=some.randbytes(16)) for _ in range(2000)]
    driver: Any = POSTGRESQL.dbapi
    assert is_exact(sa.Uuid(), POSTGRESQL, [driver.asyncpg.pgproto.pgproto.UUID(one.hex) for one in ids])
    assert is_exact(sa.Uuid(as_uuid=False), POSTGRESQL, ids)
    for dialect in (SQLITE, MARIADB):
        assert is_exact(
            sa.Uuid(), dialect, [one.hex for one in ids] + [ids[0].hex.upper(), str(ids[1]), f"{{{ids[2]}}}"]
        )
    for dialect in DIALECTS:
        assert is_exact(ValueEnum(State), dialect, [one.value for one in State])
        assert is_exact(ValueEnum(Level), dialect, [1, 2])
        assert is_exact(ValueEnum(("a", "b")), dialect, ["a", "b"])
        assert is_exact(sa.Enum(State, name="state"), dialect, ["draft", "done"])
        assert is_exact(sa.Enum("a", "b", name="ab"), dialect, ["a", "b"])
        assert is_exact(octets(), dialect, [b"", b"hi", b"\xff\xfe\xfd", bytes(range(256))])


DOCUMENTS = [
    '{"b": 1, "a": [1.0, 1e16, 1e-7, -0.0, null, true], "": {}}',
    '"\\u2028</script>\\u007f"',
    "[]",
    "null",
    "123456789012345678901234567890",
    "1e400",
    '{"a":1,"b":2,"a":3}',
    "NaN",
    "-0",
    "1.10",
    '"\\ud83d\\ude00"',
]


def test_documents_are_compact_and_keep_the_order_of_their_keys() -> None:
    """PostgreSQL's driver gives documents as values, the others as text."""
    reads = [json.loads(text) for text in DOCUMENTS]
    assert is_exact(document(), POSTGRESQL, [one for one in reads if one is not None])
    assert is_exact(document(), SQLITE, [*DOCUMENTS, 5, 1.5, 2**60])
    assert is_exact(document(), MARIADB, DOCUMENTS)


def test_arrays_are_lists_of_what_they_hold() -> None:
    """Arrays of PostgreSQL come as lists, the others as text."""
    assert is_exact(ItemArray(str), POSTGRESQL, [[], ["a", "\u2028"]])
    assert is_exact(ItemArray(float), POSTGRESQL, [[1e16, 1.0, 1e-7]])
    assert is_exact(sa.ARRAY(sa.Integer), POSTGRESQL, [[1, None, 2**31 - 1]])
    for dialect in (SQLITE, MARIADB):
        assert is_exact(ItemArray(float), dialect, ["[1e16, 1, 0.5]"])
        assert is_exact(ItemArray(dt.datetime), dialect, ['["2024-01-02T03:04:05+00:00"]'])
        assert is_exact(ItemArray(uuid.UUID), dialect, [f'["{uuid.UUID(int=5)}"]'])


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (sa.Integer(), "text"),
        (sa.Integer(), 3.5),
        (sa.Integer(), 3.0),
        (sa.Integer(), b"1"),
        (Text(), b"hi"),
        (Text(), 5),
        (FiniteFloat(), "1.5"),
        (ExactDecimal(10, 2), "1.50"),
        (sa.Boolean(), 2),
        (sa.Boolean(), "true"),
        (UTCDateTime(), 5),
        (UTCDateTime(), "31/12/2009"),
        (NaiveDateTime(), "today"),
        (sa.Date(), "2024-01-02 03:04:05"),
        (ValueEnum(State), "gone"),
        (sa.Enum(State), "gone"),
        (ValueEnum(Level), "1"),
        (sa.Uuid(), "abc"),
        (sa.Uuid(), " " * 32),
        (document(), "{"),
        (document(), '"\\ud800"'),
        (ItemArray(int), '["a"]'),
        (octets(), "text"),
        (Duration(), "1"),
    ],
)
def test_what_a_column_should_not_hold_is_left_to_the_general_path(type_: Any, value: Any) -> None:
    """SQLite keeps anything anywhere; how that is shown, or refused, is decided in one place."""
    writer = row_writer(
        [Field("id", sa.Integer(), spec_for(sa.Integer())), Field("value", type_, spec_for(type_))], SQLITE
    )
    assert writer.one((1, value)) is None
    assert writer.many([(1, None), (2, value)]) is None


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (sa.Integer(), Decimal(1)),
        (sa.Integer(), True),
        (Text(), uuid.UUID(int=1)),
        (FiniteFloat(), Decimal(1)),
        (sa.Date(), dt.datetime(2024, 1, 1)),
    ],
)
def test_a_table_of_other_types_than_its_model_is_noticed(type_: Any, value: Any) -> None:
    """A numeric column that a model calls a float would become a text."""
    writer = row_writer([Field("value", type_, spec_for(type_))], POSTGRESQL)
    assert writer.one((value,)) is None
    assert writer.many([(value,), (value,)]) is None
    assert writer.many([(None,), (value,)]) is None


def test_zero_dates_of_mariadb_are_left_to_the_general_path() -> None:
    """Its driver gives text where there is no such day."""
    for type_ in (UTCDateTime(), NaiveDateTime(), sa.Date(), sa.Time()):
        writer = row_writer([Field("value", type_, spec_for(type_))], MARIADB)
        assert writer.many([(None,), ("0000-00-00",)]) is None


def test_a_null_where_none_should_be_is_noticed_only_where_it_changes_the_row() -> None:
    """A row that its schema refuses is shown as it is, which mostly is the same."""
    whole = Field("id", sa.Integer(), spec_for(sa.Integer(), nullable=False))
    rows = [(1, [1.0]), (None, [-0.0])]
    alike = row_writer(
        [whole, Field("value", sa.ARRAY(sa.Integer), spec_for(sa.ARRAY(sa.Integer)))], POSTGRESQL
    )
    assert alike.many([(1, [1]), (None, [2])]) == b'[{"id":1,"value":[1]},{"id":null,"value":[2]}]'
    other = row_writer([whole, Field("value", ItemArray(float), spec_for(ItemArray(float)))], POSTGRESQL)
    assert other.many(rows) is None
    assert other.one(rows[1]) is None
    assert row_writer([whole], POSTGRESQL, in_order=False).many([(1,), (None,)]) is None


class Shouted(sa.TypeDecorator[str]):
    """Text in capitals."""

    impl = sa.String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:  # noqa: ARG002 -- not mine
        """Louder."""
        return None if value is None else value.upper()


@pytest.mark.parametrize(
    "type_",
    [
        Shouted(),
        postgresql.MONEY(),
        postgresql.INET(),
        postgresql.TSVECTOR(),
        postgresql.HSTORE(),
        postgresql.INT4RANGE(),
        sa.PickleType(),
        sa.types.NullType(),
        sa.Float(asdecimal=True),
        sa.Numeric(asdecimal=False),
        sa.ARRAY(sa.Numeric),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_type_whose_json_is_not_known_has_no_writer(type_: Any) -> None:
    """Whoever asks is told why."""
    with pytest.raises(NoWriterError, match="value"):
        row_writer([Field("value", type_, spec_for(type_))], POSTGRESQL)


def test_a_name_that_json_escapes_has_no_writer() -> None:
    """The library takes no such names."""
    with pytest.raises(NoWriterError, match="name"):
        row_writer([Field('a"b', sa.Integer(), spec_for(sa.Integer()))], SQLITE)


def test_no_rows_are_an_empty_list() -> None:
    """A page may be empty."""
    assert row_writer([Field("id", sa.Integer(), spec_for(sa.Integer()))], SQLITE).many([]) == b"[]"
