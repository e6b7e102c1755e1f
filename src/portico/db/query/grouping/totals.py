"""The SQL of exact sums, and of numbers compared by value, where databases differ.

    Total(Order.price)          # sum(price)  ·  on SQLite portico_sum(price), which loses no digit
    ByValue(Total(Order.price)) # the same, compared as a number where SQLite keeps it as text

SQLite adds decimals up as doubles, and fails on whole numbers beyond 64 bits.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal

from portico.db.dialects.sqlite import DECIMAL_COLLATION, EXACT_SUM
from portico.db.fields.types import ExactDecimal
from portico.db.fields.types.numbers import MAX_PRECISION

MOST_DECIMALS: Final = 30


class Total(ColumnElement[Any]):
    """The exact sum of whole numbers or decimals; NULL where there are none."""

    inherit_cache = True
    _traverse_internals = [("summed", InternalTraversal.dp_clauseelement)]

    def __init__(self, summed: ColumnElement[Any], *, scale: int) -> None:
        self.summed = summed
        self.type = ExactDecimal(MAX_PRECISION, min(scale, MOST_DECIMALS), operand=True)


@compiles(Total)
def _total(element: Total, compiler: SQLCompiler, **kw: Any) -> str:
    return f"sum({compiler.process(element.summed, **kw)})"


@compiles(Total, "sqlite")
def _total_on_sqlite(element: Total, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{EXACT_SUM}({compiler.process(element.summed, **kw)})"


class ByValue(ColumnElement[Any]):
    """A decimal in a comparison or an order."""

    inherit_cache = True
    _traverse_internals = [("number", InternalTraversal.dp_clauseelement)]

    def __init__(self, number: ColumnElement[Any]) -> None:
        self.number = number
        self.type = number.type


@compiles(ByValue)
def _by_value(element: ByValue, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.number, **kw)


@compiles(ByValue, "sqlite")
def _by_value_on_sqlite(element: ByValue, compiler: SQLCompiler, **kw: Any) -> str:
    # What a function gives has no collation of its own; one that is no text is compared as a number anyway.
    return f"({compiler.process(element.number, **kw)} COLLATE {DECIMAL_COLLATION})"


def quotient(total: ColumnElement[Any], count: ColumnElement[Any]) -> ColumnElement[Any]:
    """An average as a double, to sort and choose by; NULL where there is nothing to divide."""
    return sa.cast(total, sa.Double) / sa.func.nullif(count, 0)
