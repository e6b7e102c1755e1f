"""Every lookup in one table: its name, the kinds of field it fits, and the SQL it becomes.

    LOOKUPS["icontains"].build(operand, "50%")      # fold(title) LIKE fold('%50/%%') ESCAPE '/'

NULL is a value like any other here: ``ne`` and ``not_in`` are the exact opposites of ``exact`` and ``in``, so
a NULL differs from 5 and is not among (1, 2); ``exact=None`` and a None among the values of ``in`` mean NULL.
Comparisons and text lookups are never true of NULL. Wildcards live in ``like`` and ``ilike`` only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeGuard, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.sql import operators
from sqlalchemy.sql.selectable import SelectBase

from portico.db.compiled.slots import Slot
from portico.db.dialects.expressions import date_of, date_part, fold, regex_match
from portico.db.query.constructs import Complement, Containing, Match, Pattern, escaped, pattern_from

from .operand import Kind, Operand
from .values import check, check_all, refuse

MAX_PATTERN: Final = 10_000
"""SQLite refuses patterns beyond 50,000 bytes; the same limit holds everywhere."""

Build = Callable[[Operand, Any], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """One lookup; ``total`` ones are never NULL, whatever they are asked about."""

    name: str
    kinds: frozenset[Kind]
    build: Build
    total: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a value that can be looked up itself, such as the year of a date."""

    name: str
    kinds: frozenset[Kind]
    gives: Kind
    build: Callable[[Any], ColumnElement[Any]]


def _bound(operand: Operand, value: Any) -> ColumnElement[Any]:
    """A checked value as a parameter; SQL passes."""
    if is_sql(value):
        return value
    if isinstance(value, Slot):
        return _slotted(operand, value)
    return _typed(operand, check(operand, value))


def _slotted(operand: Operand, slot: Slot) -> ColumnElement[Any]:
    """A value that comes later: checked then, and of the type that the sample would get."""
    return slot.parameter(partial(check, operand), partial(_compared_type, operand))


def _typed(operand: Operand, value: Any) -> ColumnElement[Any]:
    if isinstance(value, Slot):
        return _slotted(operand, value)
    return sa.literal(value, _compared_type(operand, value))


def is_sql(value: Any) -> TypeGuard[ColumnElement[Any]]:
    """Whether a value is computed in the database."""
    return isinstance(value, ColumnElement)


def _compared_type(operand: Operand, value: Any) -> Any:
    # A number that a 32-bit column cannot hold is compared all the same, and found nowhere.
    type_ = operand.expression.type
    if operand.kind is Kind.INTEGER and isinstance(type_, sa.Integer):
        return sa.BigInteger()
    return type_.coerce_compared_value(operators.eq, value)


def _exact(operand: Operand, value: Any) -> ColumnElement[bool]:
    if value is None:
        return operand.expression.is_(None)
    return operand.expression == _bound(operand, value)


def _ne(operand: Operand, value: Any) -> ColumnElement[bool]:
    if value is None:
        return operand.expression.is_not(None)
    other = _bound(operand, value)
    if operand.nullable or is_sql(value):
        return operand.expression.is_distinct_from(other)
    return operand.expression != other


def _compare(symbol: Callable[[Any, Any], Any]) -> Build:
    def build(operand: Operand, value: Any) -> ColumnElement[bool]:
        return cast("ColumnElement[bool]", symbol(operand.expression, _bound(operand, value)))

    return build


def _between(operand: Operand, value: Any) -> ColumnElement[bool]:
    if is_slots(value):
        least, most = _slotted_list(operand, value, exactly=2)
        return operand.expression.between(least, most)
    low, high = check_all(operand, value, least=2, most=2)
    type_ = _compared_type(operand, low)
    return operand.expression.between(sa.literal(low, type_), sa.literal(high, type_))


def _isnull(operand: Operand, value: Any) -> ColumnElement[bool]:
    if not isinstance(value, bool):
        raise refuse(operand, "isnull is asked with True or False.")
    return operand.expression.is_(None) if value else operand.expression.is_not(None)


def _in(operand: Operand, value: Any) -> ColumnElement[bool]:
    if isinstance(value, SelectBase):
        return operand.expression.in_(value)
    among, with_null = _members(operand, value)
    found = sa.false() if among is None else operand.expression.in_(among)
    return sa.or_(found, operand.expression.is_(None)) if with_null else found


def _not_in(operand: Operand, value: Any) -> ColumnElement[bool]:
    if isinstance(value, SelectBase):
        return Complement(operand.expression.in_(value))
    among, with_null = _members(operand, value)
    found = sa.true() if among is None else operand.expression.not_in(among)
    if with_null:
        return sa.and_(found, operand.expression.is_not(None))
    return sa.or_(found, operand.expression.is_(None)) if operand.nullable and among is not None else found


def _members(operand: Operand, value: Any) -> tuple[Any | None, bool]:
    """The values of a list as SQL, None where there are none, and whether NULL is among them."""
    if is_slots(value):
        slots = [each for each in value if each is not None]
        return _slotted_list(operand, slots), len(slots) < len(value)
    values = check_all(operand, value)
    among = [each for each in values if each is not None]
    return _list(operand, among) if among else None, len(among) < len(values)


def _list(operand: Operand, values: list[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(None, values, type_=_compared_type(operand, values[0]), expanding=True, unique=True)


def is_slots(value: Any) -> TypeGuard[tuple[Slot | None, ...]]:
    """Whether a value is a list of values that come later, with None behind them where NULL is among them."""
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], Slot)  # pyright: ignore[reportUnknownArgumentType] -- asked


def _slotted_list(
    operand: Operand, given: Sequence[Slot | None], *, exactly: int | None = None
) -> list[ColumnElement[Any]]:
    """A list of values that come later, all of the type that the first would get."""
    slots = [each for each in given if each is not None]
    if exactly is not None and len(slots) != exactly:
        raise refuse(operand, f"{exactly} values are needed, {len(slots)} given.")
    type_ = _compared_type(operand, check(operand, slots[0].sample))
    return [slot.parameter(partial(check, operand), lambda _: type_) for slot in slots]


def among(operands: Sequence[Operand], rows: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    """Several fields at once, such as a key, have the values of one of these rows (which were checked)."""
    expressions = [operand.expression for operand in operands]
    if is_slots(rows[0]):
        if len(operands) == 1:
            return expressions[0].in_(_slotted_list(operands[0], [row[0] for row in rows]))
        return sa.or_(*(_row_is(operands, row) for row in rows))
    if len(operands) == 1 and len(rows) > 1:
        return expressions[0].in_(_list(operands[0], [row[0] for row in rows]))
    if len(rows) > 1 and not any(_is_wide(part) for row in rows for part in row):
        return sa.tuple_(*expressions).in_(rows)
    return sa.or_(*(_row_is(operands, row) for row in rows))


def _row_is(operands: Sequence[Operand], row: tuple[Any, ...]) -> ColumnElement[bool]:
    pairs = zip(operands, row, strict=True)
    return sa.and_(*(operand.expression == _typed(operand, part) for operand, part in pairs))


def _is_wide(value: Any) -> bool:
    return isinstance(value, int) and not -(2**15) <= value < 2**15


def _matching(*, before: bool, after: bool, ignore_case: bool = False) -> Build:
    def build(operand: Operand, value: Any) -> ColumnElement[bool]:
        pattern: ColumnElement[str]

        def wrapped(text: Any) -> str:
            return f"{'%' * before}{escaped(_text(operand, text))}{'%' * after}"

        if is_sql(value):
            pattern = Containing(value, before=before, after=after)
        else:
            pattern = _prepared(value, wrapped, Pattern())
        return match(operand.expression, pattern, ignore_case=ignore_case)

    return build


def _prepared(value: Any, prepare: Callable[[Any], str], type_: Any) -> ColumnElement[str]:
    """A text made of a value, now or when the value comes."""
    if isinstance(value, Slot):
        return value.parameter(prepare, lambda _: type_)
    return sa.literal(prepare(value), type_)


def _like(*, ignore_case: bool) -> Build:
    def build(operand: Operand, value: Any) -> ColumnElement[bool]:
        if is_sql(value):
            raise refuse(operand, "a pattern is text; use contains to search for another field.")
        pattern = _prepared(value, lambda text: pattern_from(_text(operand, text)), Pattern())
        return match(operand.expression, pattern, ignore_case=ignore_case)

    return build


def match(expression: Any, pattern: Any, *, ignore_case: bool) -> ColumnElement[bool]:
    """The text of an expression fits a pattern."""
    return Match(fold(expression), fold(pattern)) if ignore_case else Match(expression, pattern)


def _iexact(operand: Operand, value: Any) -> ColumnElement[bool]:
    if value is None:
        return operand.expression.is_(None)
    return fold(operand.expression) == fold(_bound(operand, value))


def _regex(*, ignore_case: bool) -> Build:
    def checked(operand: Operand, value: Any) -> str:
        text = _text(operand, value)
        try:
            re.compile(text)
        except re.error as error:
            raise refuse(operand, f"no regular expression: {error.msg}.") from None
        return text

    def build(operand: Operand, value: Any) -> ColumnElement[bool]:
        pattern = _prepared(value, partial(checked, operand), sa.String())
        return regex_match(operand.expression, pattern, ignore_case=ignore_case)

    return build


def _text(operand: Operand, value: Any) -> str:
    text = check(operand, value)
    if len(text) > MAX_PATTERN:
        raise refuse(operand, f"{MAX_PATTERN} characters are the most to search for.")
    return str(text)


_SECRET = frozenset({Kind.PASSWORD})
_OPAQUE = _SECRET | {Kind.JSON, Kind.ARRAY}
_ANY = frozenset(Kind)
_VALUES = _ANY - _OPAQUE
_ORDERED = _VALUES - {Kind.BOOLEAN, Kind.ENUM, Kind.BINARY}
_TEXT = frozenset({Kind.TEXT})

LOOKUPS: Final[dict[str, Lookup]] = {
    lookup.name: lookup
    for lookup in (
        Lookup("exact", _VALUES, _exact),
        Lookup("iexact", _TEXT, _iexact),
        Lookup("ne", _VALUES, _ne, total=True),
        Lookup("gt", _ORDERED, _compare(lambda a, b: a > b)),
        Lookup("gte", _ORDERED, _compare(lambda a, b: a >= b)),
        Lookup("lt", _ORDERED, _compare(lambda a, b: a < b)),
        Lookup("lte", _ORDERED, _compare(lambda a, b: a <= b)),
        Lookup("in", _VALUES, _in),
        Lookup("not_in", _VALUES, _not_in),
        Lookup("between", _ORDERED, _between),
        Lookup("contains", _TEXT, _matching(before=True, after=True)),
        Lookup("icontains", _TEXT, _matching(before=True, after=True, ignore_case=True)),
        Lookup("startswith", _TEXT, _matching(before=False, after=True)),
        Lookup("istartswith", _TEXT, _matching(before=False, after=True, ignore_case=True)),
        Lookup("endswith", _TEXT, _matching(before=True, after=False)),
        Lookup("iendswith", _TEXT, _matching(before=True, after=False, ignore_case=True)),
        Lookup("regex", _TEXT, _regex(ignore_case=False)),
        Lookup("iregex", _TEXT, _regex(ignore_case=True)),
        Lookup("like", _TEXT, _like(ignore_case=False)),
        Lookup("ilike", _TEXT, _like(ignore_case=True)),
        Lookup("isnull", _ANY, _isnull, total=True),
    )
}
ALIASES: Final = {"ge": "gte", "le": "lte"}
RELATION_LOOKUPS: Final = {name: LOOKUPS[name] for name in ("exact", "ne", "in", "not_in", "isnull")}


_MOMENTS = frozenset({Kind.DATETIME})
_DAYS = _MOMENTS | {Kind.DATE}
PARTS: Final[dict[str, Part]] = {
    part.name: part
    for part in (
        Part("date", _MOMENTS, Kind.DATE, date_of),
        Part("year", _DAYS, Kind.INTEGER, lambda x: date_part(x, "year")),
        Part("month", _DAYS, Kind.INTEGER, lambda x: date_part(x, "month")),
        Part("day", _DAYS, Kind.INTEGER, lambda x: date_part(x, "day")),
        Part("hour", _MOMENTS | {Kind.TIME}, Kind.INTEGER, lambda x: date_part(x, "hour")),
    )
}


def lookups_of(kind: Kind) -> list[str]:
    """The lookups that a kind of field has."""
    return [lookup.name for lookup in LOOKUPS.values() if kind in lookup.kinds]


def parts_of(kind: Kind) -> list[str]:
    """The parts that a kind of field has."""
    return [part.name for part in PARTS.values() if kind in part.kinds]
