"""Text that is stored and compared the same on SQLite, PostgreSQL and MariaDB.

    username: Mapped[str] = mapped_column(Text(50))
    body: Mapped[str] = mapped_column(Text())          # of any length

Two texts are equal when their code points are: case, accents and trailing spaces count, and the order is
that of the code points. PostgreSQL gets the collation "C", MariaDB a binary one without padding, SQLite
compares that way by itself. Text without a length, or too long for a MariaDB VARCHAR, is a LONGTEXT there.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import TypeClause
from sqlalchemy.sql.functions import FunctionElement

VARCHAR_LIMIT = 16_383
"""What fits into a MariaDB VARCHAR, in characters of up to four bytes."""

INDEX_LIMIT = 768
"""What fits into a MariaDB index, in characters of up to four bytes."""


class Text(sa.String):
    """VARCHAR or TEXT, compared by code points."""

    def __init__(self, length: int | None = None) -> None:
        super().__init__(length)


@compiles(Text)
def _text(type_: Text, compiler: Any, **options: Any) -> str:
    if type_.length is None:
        return str(compiler.visit_TEXT(sa.TEXT(), **options))
    return str(compiler.visit_VARCHAR(sa.VARCHAR(type_.length), **options))


@compiles(Text, "postgresql")
def _text_on_postgresql(type_: Text, compiler: Any, **options: Any) -> str:
    name = _text(type_, compiler, **options)
    # A CAST names a type, and a collation is no part of that.
    is_cast = isinstance(options.get("type_expression"), TypeClause)
    return name if is_cast else f'{name} COLLATE "C"'


@compiles(Text, "mysql", "mariadb")
def _text_on_mariadb(type_: Text, compiler: Any, **options: Any) -> str:
    long = type_.length is None or type_.length > VARCHAR_LIMIT
    name = "LONGTEXT" if long else _text(type_, compiler, **options)
    # A server that was never connected to says neither; MariaDB is the one we claim.
    is_mysql = compiler.dialect.server_version_info is not None and not compiler.dialect.is_mariadb
    collation = "utf8mb4_0900_bin" if is_mysql else "utf8mb4_nopad_bin"
    return f"{name} CHARACTER SET utf8mb4 COLLATE {collation}"


class characters(FunctionElement[int]):  # noqa: N801 -- a SQL function
    """How many characters a text has, in a form that stands in a CHECK."""

    type = sa.Integer()
    inherit_cache = True


@compiles(characters)
def _characters(element: characters, compiler: Any, **options: Any) -> str:
    return f"char_length({compiler.process(element.clauses, **options)})"


@compiles(characters, "sqlite")
def _characters_on_sqlite(element: characters, compiler: Any, **options: Any) -> str:
    return f"length({compiler.process(element.clauses, **options)})"
