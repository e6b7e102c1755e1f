"""What PostgreSQL writes of a column, exactly as Pydantic would: one template for each type.

    json_text(posts.c.title, Text(50), spec)        # coalesce(to_json(posts.title)::text, 'null')
    json_text(posts.c.shape, Geometry(), spec)      # None: no exact text is known

Where the text depends on the value and is not known for all of them (a date in the year 20000, a NULL in a
column that has none by its type), the others give `INEXACT`, and the document has to be read another way.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.dialects import postgresql

from portico.db.fields import FieldSpec
from portico.db.fields.kinds import facts_of_type
from portico.db.fields.types import (
    Duration,
    ExactDecimal,
    FiniteFloat,
    ItemArray,
    NaiveDateTime,
    Text,
    UTCDateTime,
    ValueEnum,
)

from .templates import (
    BASE64,
    DATE,
    DAY_RANGE,
    DURATION,
    FLOAT,
    MOMENT,
    NAIVE,
    OTHERWISE,
    QUOTED,
    TEXT,
    TIME,
    case,
    items,
)
from .texts import UNKNOWN, Written, escaped, quoted

Template = Callable[[Any], str | None]


def json_text(column: Any, type_: Any, spec: FieldSpec) -> Written | None:
    """The JSON text of a column; None where no exact one is known."""
    make = _TEMPLATES.get(type_.__class__)
    facts = facts_of_type(type_)
    # A field may say more of its values than its type does; then it is not known how they are shown.
    if make is None or spec.python_type != facts.python_type or spec.read_marks != facts.read_marks:
        return None
    template = make(type_)
    if template is None:
        return None
    absent = "'null'" if spec.nullable else UNKNOWN
    return Written(f"coalesce({template}, {absent})", column)


def _always(template: str) -> Template:
    return lambda _: template


def _uuid(type_: Any) -> str | None:
    return QUOTED if type_.as_uuid and type_.native_uuid else None


def _clock(type_: Any) -> str | None:
    return None if type_.timezone else TIME


def _moment(type_: Any) -> str:
    return MOMENT if type_.timezone else NAIVE


def _exact(type_: ExactDecimal) -> str:
    """`padded` fills up what has fewer decimals, which a column of this type never has."""
    same = f"scale({{0}}) = {type_.scale}"
    if type_.scale <= _PLAIN_DECIMALS:
        return case((same, QUOTED))
    zero = f'"{Decimal(0).scaleb(-type_.scale)}"'
    return case((f"{same} AND {{0}} = 0", quoted(zero)), (f"{same} AND abs({{0}}) >= 0.000001", QUOTED))


def _numeric(type_: Any) -> str | None:
    """As many decimals as there are; the driver gives round numbers without any an exponent."""
    if not type_.asdecimal:
        return None
    few = f"scale({{0}}) BETWEEN 1 AND {_PLAIN_DECIMALS}"
    return case(
        (f"{few} OR (scale({{0}}) = 0 AND ({{0}} = 0 OR {{0}} % 10000 <> 0))", QUOTED),
        ("scale({0}) > 0 AND abs({0}) >= 0.000001", QUOTED),
    )


_PLAIN_DECIMALS: Final = 6
"""Python writes decimals with an exponent when there are more zeros than this behind the point."""


def _float(type_: Any) -> str | None:
    return None if type_.asdecimal else FLOAT


def _stored_enum(type_: ValueEnum) -> str:
    if not isinstance(type_.enum, type):
        return "{0}::text" if type(type_.values[0]) is int else TEXT
    return _members({value: member for member in type_.enum if isinstance(value := member.value, str | int)})


def _enum(type_: sa.Enum) -> str | None:
    declared: type[Enum] | None = type_.enum_class
    if declared is None:
        return _members({name: name for name in type_.enums})
    members = declared.__members__
    return (
        _members({name: members[name] for name in type_.enums})
        if members.keys() >= set(type_.enums)
        else None
    )


def _members(shown: Mapping[Any, Any]) -> str:
    """One branch for each member; a value without a member is an error, which another has to word."""
    written = (
        (str(int(stored)) if isinstance(stored, int) else str.__str__(stored), value)
        for stored, value in shown.items()
    )
    branches = (f"WHEN {quoted(stored)} THEN {quoted(to_json(value).decode())}" for stored, value in written)
    # Compared by code points, whatever the column compares by.
    return f'CASE {{0}}::text COLLATE "C" {escaped(" ".join(branches))} ELSE {OTHERWISE} END'


def _items(type_: ItemArray) -> str | None:
    return _ITEMS.get(type_.item)


_PLAIN_ITEMS: Final = items("to_json({0})::text")
_ITEMS: Final[Mapping[type[Any], str]] = {
    str: _PLAIN_ITEMS,
    int: _PLAIN_ITEMS,
    bool: _PLAIN_ITEMS,
    uuid.UUID: _PLAIN_ITEMS,
    dt.date: items("to_json({0})::text", only=DAY_RANGE),
}

_TEMPLATES: Final[Mapping[type[Any], Template]] = {
    **dict.fromkeys(
        (sa.Integer, sa.SmallInteger, sa.BigInteger, sa.INTEGER, sa.SMALLINT, sa.BIGINT), _always("{0}::text")
    ),
    **dict.fromkeys(
        (Text, sa.String, sa.Text, sa.Unicode, sa.UnicodeText, sa.VARCHAR, sa.TEXT), _always(TEXT)
    ),
    **dict.fromkeys((sa.Boolean, sa.BOOLEAN), _always("{0}::text")),
    **dict.fromkeys((sa.Uuid, sa.UUID, postgresql.UUID), _uuid),
    **dict.fromkeys((sa.LargeBinary, postgresql.BYTEA), _always(BASE64)),
    **dict.fromkeys((sa.Numeric, sa.NUMERIC, sa.DECIMAL), _numeric),
    **dict.fromkeys((sa.Float, sa.FLOAT, sa.Double, sa.DOUBLE, sa.DOUBLE_PRECISION, sa.REAL), _float),
    **dict.fromkeys((sa.DateTime, sa.TIMESTAMP, postgresql.TIMESTAMP), _moment),
    **dict.fromkeys((sa.Date, sa.DATE), _always(DATE)),
    **dict.fromkeys((sa.Time, sa.TIME, postgresql.TIME), _clock),
    **dict.fromkeys((sa.Interval, postgresql.INTERVAL, Duration), _always(DURATION)),
    ExactDecimal: _exact,
    FiniteFloat: _always(FLOAT),
    UTCDateTime: _always(MOMENT),
    NaiveDateTime: _always(NAIVE),
    ValueEnum: _stored_enum,
    sa.Enum: _enum,
    ItemArray: _items,
}
