"""Pieces of SQL that are text: templates around columns, and constants.

    Written("to_json({0})::text", posts.c.title)        # to_json(posts.title)::text
    constant('{"id":')                                  # '{"id":'

For PostgreSQL, whose operators and casts stand in the templates.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import InternalTraversal

INEXACT: Final = "\x01"
"""Stands in a document where a value has no exact text; JSON itself never holds this character."""
UNKNOWN: Final = "chr(1)"
"""The same in SQL."""


class Written(FunctionElement[str]):
    """A template with places ``{0}``, ``{1}`` for expressions; braces of its own are doubled."""

    type = sa.Text()
    inherit_cache = True
    _traverse_internals: Any = [
        *FunctionElement._traverse_internals,  # noqa: SLF001 -- what SQLAlchemy caches by
        ("template", InternalTraversal.dp_string),
    ]

    def __init__(self, template: str, *expressions: Any) -> None:
        super().__init__(*expressions)
        self.template = template


@compiles(Written)
def _written(element: Written, compiler: Any, **options: Any) -> str:
    parts = [compiler.process(one, **options) for one in element.clauses]
    return str(compiler.escape_literal_column(element.template)).format(*parts)


def constant(text: str) -> Written:
    """A text that is always the same."""
    return Written(escaped(quoted(text)))


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def escaped(sql: str) -> str:
    """SQL as it stands in a template."""
    return sql.replace("{", "{{").replace("}", "}}")
