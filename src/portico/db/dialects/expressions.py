"""SQL expressions that mean the same on every database."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement

DatePart = Literal["year", "month", "day", "hour"]


class Fold(sa.sql.functions.GenericFunction[str]):
    """Lower case, character by character."""

    type = sa.String()
    name = "portico_fold"
    inherit_cache = True


@compiles(Fold, "postgresql")
def _fold_postgresql(element: Fold, compiler: SQLCompiler, **kw: Any) -> str:
    return f'lower({compiler.process(element.clauses, **kw)} COLLATE "default") COLLATE "C"'


@compiles(Fold, "mysql", "mariadb")
def _fold_mysql(element: Fold, compiler: SQLCompiler, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"


def fold(expression: ColumnElement[Any] | str) -> ColumnElement[str]:
    """The expression in lower case, for comparisons that ignore case."""
    return Fold(expression)
