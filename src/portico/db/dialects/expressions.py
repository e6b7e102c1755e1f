"""SQL expressions that mean the same on every database, so that upper rooms name none.

    select(User).where(fold(User.name) == "ann")
    select(Post).where(date_part(Post.created_at, "year") == 2026)
    select(Post).where(regex_match(Post.title, "^re:", ignore_case=True))

Case is folded character by character on SQLite; PostgreSQL folds by the locale of the database (a database
made with the C locale folds ASCII only) and MariaDB by its character tables. Years, days and hours are those
of UTC. Regular expressions keep the dialect of their database (Python on SQLite, POSIX, PCRE).
"""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine

from .sqlite import FOLD, IREGEXP

DatePart = Literal["year", "month", "day", "hour"]
_STRFTIME = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H"}


class Fold(GenericFunction[str]):
    """Text in lower case."""

    type = sa.String()
    name = FOLD
    inherit_cache = True


class RegexMatch(GenericFunction[bool]):
    """Whether text matches a pattern, minding case."""

    type = sa.Boolean()
    name = "portico_regex"
    inherit_cache = True


class IRegexMatch(GenericFunction[bool]):
    """Whether text matches a pattern, ignoring case."""

    type = sa.Boolean()
    name = "portico_iregex"
    inherit_cache = True


class _DatePart(GenericFunction[int]):
    """A part of a date in UTC; one subclass per part, so that each is cached as its own statement."""

    type = sa.Integer()
    inherit_cache = True
    part: DatePart


class Year(_DatePart):
    """The year."""

    name, part, inherit_cache = "portico_year", "year", True


class Month(_DatePart):
    """The month."""

    name, part, inherit_cache = "portico_month", "month", True


class Day(_DatePart):
    """The day of the month."""

    name, part, inherit_cache = "portico_day", "day", True


class Hour(_DatePart):
    """The hour."""

    name, part, inherit_cache = "portico_hour", "hour", True


class DateOf(GenericFunction[Any]):
    """The date of a moment, in UTC."""

    type = sa.Date()
    name = "portico_date"
    inherit_cache = True


_PARTS: dict[DatePart, type[_DatePart]] = {"year": Year, "month": Month, "day": Day, "hour": Hour}


def fold(expression: ColumnElement[Any] | str) -> ColumnElement[str]:
    """The text in lower case, for comparisons that ignore case."""
    return Fold(expression)


def regex_match(
    expression: ColumnElement[Any], pattern: ColumnElement[str] | str, *, ignore_case: bool = False
) -> ColumnElement[bool]:
    """Whether the text holds a match of the pattern; NULL gives NULL."""
    return IRegexMatch(expression, pattern) if ignore_case else RegexMatch(expression, pattern)


def date_part(expression: ColumnElement[Any], part: DatePart) -> ColumnElement[int]:
    """The year, month, day or hour of a date or moment, in UTC; the hour of a plain date is 0."""
    return _PARTS[part](expression)


def date_of(expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """The date of a moment, in UTC."""
    return DateOf(expression)


def _arguments(element: GenericFunction[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:
    return [compiler.process(argument, **kw) for argument in element.clauses]


def _stored_type(element: GenericFunction[Any], compiler: SQLCompiler) -> TypeEngine[Any]:
    (argument,) = element.clauses
    found: TypeEngine[Any] = argument.type
    while isinstance(found, sa.TypeDecorator):
        found = found.load_dialect_impl(compiler.dialect)
    return found


@compiles(Fold, "postgresql")
def _fold_postgresql(element: Fold, compiler: SQLCompiler, **kw: Any) -> str:
    # Our text columns are COLLATE "C", which folds ASCII only; the result compares by code point again.
    (text,) = _arguments(element, compiler, **kw)
    return f'(lower({text} COLLATE "default") COLLATE "C")'


@compiles(Fold, "mysql", "mariadb")
def _fold_mysql(element: Fold, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = _arguments(element, compiler, **kw)
    return f"lower({text})"


@compiles(RegexMatch)
def _regex(element: RegexMatch, compiler: SQLCompiler, **kw: Any) -> str:
    text, pattern = _arguments(element, compiler, **kw)
    return _regex_text(compiler, text, pattern, ignore_case=False)


@compiles(IRegexMatch)
def _iregex(element: IRegexMatch, compiler: SQLCompiler, **kw: Any) -> str:
    text, pattern = _arguments(element, compiler, **kw)
    return _regex_text(compiler, text, pattern, ignore_case=True)


def _regex_text(compiler: SQLCompiler, text: str, pattern: str, *, ignore_case: bool) -> str:
    name = compiler.dialect.name
    if name == "sqlite":
        return f"{IREGEXP if ignore_case else 'regexp'}({pattern}, {text})"
    if name == "postgresql":
        # The default collation knows the case of letters beyond ASCII, which "C" does not.
        return f'({text} COLLATE "default" {"~*" if ignore_case else "~"} {pattern})'
    if name == "mysql" and not getattr(compiler.dialect, "is_mariadb", False):
        return f"regexp_like({text}, {pattern}, '{'i' if ignore_case else 'c'}')"
    # PCRE's own switch, because MariaDB would follow the collation of the column.
    return f"({text} REGEXP concat('{'(?i)' if ignore_case else '(?-i)'}', {pattern}))"


@compiles(Year)
@compiles(Month)
@compiles(Day)
@compiles(Hour)
def _date_part(element: _DatePart, compiler: SQLCompiler, **kw: Any) -> str:
    (moment,) = _arguments(element, compiler, **kw)
    stored = _stored_type(element, compiler)
    if element.part == "hour" and isinstance(stored, sa.Date):
        return f"(CASE WHEN {moment} IS NOT NULL THEN 0 END)"
    if compiler.dialect.name == "sqlite":
        return f"CAST(strftime('{_STRFTIME[element.part]}', {moment}) AS INTEGER)"
    if compiler.dialect.name == "postgresql":
        return f"CAST(EXTRACT({element.part} FROM {_in_utc(moment, stored)}) AS INTEGER)"
    return f"EXTRACT({element.part} FROM {moment})"


@compiles(DateOf)
def _date_of(element: DateOf, compiler: SQLCompiler, **kw: Any) -> str:
    (moment,) = _arguments(element, compiler, **kw)
    if compiler.dialect.name == "postgresql":
        return f"CAST({_in_utc(moment, _stored_type(element, compiler))} AS DATE)"
    return f"date({moment})"


def _in_utc(moment: str, stored: TypeEngine[Any]) -> str:
    return f"({moment} AT TIME ZONE 'UTC')" if getattr(stored, "timezone", False) else moment
