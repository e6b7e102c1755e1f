"""What can be asked of a group of rows: how many, sum, average, smallest, largest.

    Metric("count")                     # rows
    Metric("sum", "price")              # Decimal: exact on every database
    Metric("avg", "author__age")        # float for whole numbers and floats, Decimal for decimals

Averages are divided in Python from an exact sum and a count, so they are equal on every database; those of
decimals have four decimals more than the field. NULL is no value: it is in no sum, average or count of a
field. Raises `UsageError` for a function that does not fit its field, `InvalidError` for a sum of floats
that no float holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from portico.db.fields import FieldSpec
from portico.db.query.conditions import Kind, Operand, find_operand
from portico.errors import InvalidError, UsageError

from .totals import ByValue, Total, quotient

MORE_DECIMALS: Final = 4
FUNCTIONS: Final = ("count", "count_distinct", "sum", "avg", "min", "max")
_NUMBERS: Final = frozenset({Kind.INTEGER, Kind.FLOAT, Kind.DECIMAL})
_ORDERED: Final = _NUMBERS | {Kind.TEXT, Kind.DATETIME, Kind.DATE, Kind.TIME, Kind.DURATION}
_OPAQUE: Final = frozenset({Kind.JSON, Kind.ARRAY, Kind.PASSWORD, Kind.OTHER, Kind.BINARY})
_DOUBLE: Final = sa.Double[float]()
_DIVIDING: Final = Context(prec=100, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Metric:
    """One question about a group; ``field`` is a keyword, also along to-one paths."""

    function: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric as SQL: the columns to select, how they become its value, and what it is compared as."""

    columns: tuple[ColumnElement[Any], ...]
    read: Callable[[Sequence[Any]], Any]
    compared: Operand


def functions_for(kind: Kind) -> tuple[str, ...]:
    """The functions that fit one kind of field."""
    found: tuple[str, ...] = ("count",) if kind in _OPAQUE else ("count", "count_distinct")
    found += ("sum", "avg") if kind in _NUMBERS else ()
    return found + (("min", "max") if kind in _ORDERED else ())


def measured(model: type[Any], metric: Metric) -> Measured:
    """The SQL of a metric."""
    if metric.field is None:
        if metric.function != "count":
            raise UsageError(f"{metric.function} needs a field.", hint="Only count can do without.")
        return _counted(model, sa.func.count(), metric)
    operand = find_operand(model, metric.field)
    if metric.function not in functions_for(operand.kind):
        raise UsageError(
            f"{operand.model}.{operand.name} ({operand.kind.value}) has no {metric.function}.",
            hint=f"Choices: {', '.join(functions_for(operand.kind))}.",
        )
    if metric.function == "count":
        return _counted(model, sa.func.count(operand.expression), metric)
    if metric.function == "count_distinct":
        return _counted(model, sa.func.count(sa.distinct(operand.expression)), metric)
    if metric.function in ("min", "max"):
        return _extreme(operand, metric)
    return _summed(operand) if metric.function == "sum" else _averaged(operand)


def operand_of_metric(metric: Metric, expression: Any, kind: Kind, model: str, spec: FieldSpec) -> Operand:
    """A metric as the left side of a comparison."""
    name = metric.function if metric.field is None else f"{metric.function}:{metric.field}"
    return Operand(
        path=None, expression=expression, kind=kind, name=name, model=model, nullable=True, spec=spec
    )


def _counted(model: type[Any], expression: ColumnElement[int], metric: Metric) -> Measured:
    spec = FieldSpec(name="count", python_type=int)
    compared = operand_of_metric(metric, expression, Kind.INTEGER, model.__name__, spec)
    return Measured((expression,), _first, compared)


def _extreme(operand: Operand, metric: Metric) -> Measured:
    function = sa.func.min if metric.function == "min" else sa.func.max
    expression = function(operand.expression)
    shown: Any = ByValue(expression) if operand.kind is Kind.DECIMAL else expression
    compared = operand_of_metric(metric, shown, operand.kind, operand.model, operand.spec)
    return Measured((expression,), _first, compared)


def _summed(operand: Operand) -> Measured:
    metric = Metric("sum", operand.name)
    if operand.kind is Kind.FLOAT:
        spec, total = FieldSpec(name="sum", python_type=float), _float_sum(operand)
        return Measured((total,), _finite, operand_of_metric(metric, total, Kind.FLOAT, operand.model, spec))
    spec, total = FieldSpec(name="sum", python_type=Decimal), _exact_sum(operand)
    compared = operand_of_metric(metric, ByValue(total), Kind.DECIMAL, operand.model, spec)
    return Measured((total,), _whole if operand.kind is Kind.INTEGER else _first, compared)


def _averaged(operand: Operand) -> Measured:
    total = _float_sum(operand) if operand.kind is Kind.FLOAT else _exact_sum(operand)
    count = sa.func.count(operand.expression)
    spec = FieldSpec(name="avg", python_type=float)
    compared = operand_of_metric(
        Metric("avg", operand.name), quotient(total, count), Kind.FLOAT, operand.model, spec
    )
    places = _scale(operand) + MORE_DECIMALS

    def decimal(values: Sequence[Any]) -> Any:
        total, count = values
        if not count or not total.is_finite():
            return total
        return _DIVIDING.quantize(_DIVIDING.divide(total, Decimal(count)), Decimal(1).scaleb(-places))

    return Measured((total, count), decimal if operand.kind is Kind.DECIMAL else _mean, compared)


def _float_sum(operand: Operand) -> ColumnElement[Any]:
    # Alone, a sum beyond all doubles reads as 0 on MariaDB; computed with, it is refused.
    total: ColumnElement[Any] = sa.func.sum(operand.expression) / sa.literal_column("1e0", _DOUBLE)
    return sa.type_coerce(total, _DOUBLE)


def _exact_sum(operand: Operand) -> ColumnElement[Any]:
    return Total(operand.expression, scale=_scale(operand))


def _scale(operand: Operand) -> int:
    if operand.kind is not Kind.DECIMAL:
        return 0
    return operand.spec.scale or 0


def _first(values: Sequence[Any]) -> Any:
    return values[0]


def _whole(values: Sequence[Any]) -> int | None:
    return None if values[0] is None else int(values[0])


def _finite(values: Sequence[Any]) -> float | None:
    if values[0] is None:
        return None
    found = float(values[0])
    if math.isinf(found):
        # What PostgreSQL and MariaDB say themselves.
        raise InvalidError("A sum is out of range.")
    return found


def _mean(values: Sequence[Any]) -> float | None:
    total, count = values
    if not count:
        return None
    if isinstance(total, float):
        found = _finite((total,))
        return None if found is None else found / count
    try:
        return int(total) / int(count)
    except OverflowError:
        raise InvalidError("An average is out of range.") from None
