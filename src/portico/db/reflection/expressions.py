"""Columns that SQL knows otherwise: shown as text by the database, or a constant that numbers the rows.

    sa.Table("hosts", metadata, TextColumn("address", AsText(INET())), RowNumber("row", RowNumberType))

`TextColumn` lets PostgreSQL itself write out values that no Python type is agreed for: enums, addresses,
ranges, points, bit strings, money. `RowNumber` tells rows apart that nothing else does: in SQL it is a
constant, so that filters and indexes work as if it were not there, and every row gets a number as it is read.
"""

from __future__ import annotations

import itertools
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

_AS_STORED = "portico_as_stored"
_numbers = itertools.count(1)

# Operators whose two sides are values of one type.
SAME_TYPE = frozenset(
    {
        operators.eq,
        operators.ne,
        operators.lt,
        operators.le,
        operators.gt,
        operators.ge,
        operators.in_op,
        operators.not_in_op,
        operators.between_op,
        operators.not_between_op,
        operators.is_distinct_from,
        operators.is_not_distinct_from,
    }
)
_NATIVE = SAME_TYPE | {operators.is_, operators.is_not, operators.asc_op, operators.desc_op}


class Processor(Protocol):
    """Turns a value of one side into one of the other."""

    def __call__(self, value: Any) -> Any:
        """The other side's value."""
        ...


class AsText(TypeDecorator[str]):
    """Text to everybody; the type's own equality and order are kept where its name is known."""

    impl = types.Text
    cache_ok = True
    shown_plain = str
    """What of a driver's values is shown as it is."""

    class Comparator(TypeDecorator.Comparator[str]):
        """Gives the type's own operators the column as it is stored, and all others its text."""

        def operate(self, op: operators.OperatorType, *other: Any, **kwargs: Any) -> Any:
            """The same operation, on the column or on its text."""
            owner = self.expr.type
            if isinstance(owner, AsText) and owner.stored is not None and op in _NATIVE:
                stored: Any = self.expr._annotate({_AS_STORED: True})  # noqa: SLF001 -- SQLAlchemy has no public way
                plain: Any = super(AsText.Comparator, stored.comparator)
                return plain.operate(op, *other, **kwargs)
            return op(sa.cast(self.expr, types.Text()), *other, **kwargs)

    comparator_factory = Comparator  # pyright: ignore[reportAssignmentType] -- TypeDecorator has a property

    def __init__(self, stored: TypeEngine[Any] | None = None) -> None:
        super().__init__()
        self.stored = stored

    def bind_expression(self, bindparam: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
        """Write and compare a value by its text."""
        text = sa.cast(bindparam, types.Text())
        return text if self.stored is None else sa.cast(text, self.stored)


class TextColumn(sa.Column[str]):
    """A column that is read as the text of its values."""

    inherit_cache = True


@compiles(TextColumn)
def _compile_text(element: TextColumn, compiler: SQLCompiler, **options: Any) -> str:
    found = compiler.visit_column(element, **options)
    return found if _AS_STORED in element._annotations else f"CAST({found} AS TEXT)"  # noqa: SLF001 -- as above


class RowNumber(sa.Column[int]):
    """A column that no table has."""

    inherit_cache = True


class RowNumberType(TypeDecorator[int]):
    """Counts the rows of all results."""

    impl = types.Integer
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002 -- always the same
        """A new number for every row."""
        return _next


def _next(value: Any) -> int:  # noqa: ARG001 -- the constant that stands for it in SQL
    return next(_numbers)


@compiles(RowNumber)
def _compile_number(element: RowNumber, compiler: SQLCompiler, **options: Any) -> str:
    # SQLAlchemy learns here under which name the result holds it.
    compiler.visit_column(element, **options)
    # ORDER BY 1 would mean the first column.
    return "1" if options.get("within_columns_clause") else "(SELECT 1)"
