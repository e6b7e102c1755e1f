"""A number for each row that is read, for tables and views whose rows nothing else tells apart.

    sa.Table("log", metadata, sa.Column("line", sa.Text), RowNumber("row", RowNumberType))

In SQL it is a constant, so that filters and indexes work as if it were not there; every row gets its own
number as it is read, so that rows that are equal stay as many as there are.
"""

from __future__ import annotations

import itertools
from typing import Any

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator

from .types import Processor

_numbers = itertools.count(1)


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
def _compile(element: RowNumber, compiler: SQLCompiler, **options: Any) -> str:
    # Where it is asked for by name, SQLAlchemy has to learn under which name the result holds it.
    compiler.visit_column(element, **options)
    # ORDER BY 1 would mean the first column.
    return "1" if options.get("within_columns_clause") else "(SELECT 1)"
