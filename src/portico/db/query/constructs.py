"""The few SQL constructs of queries that databases spell differently; no other module here knows a dialect.

    Match(Post.title, pattern(starts_with("50%")))     # title LIKE '50/%%' ESCAPE '/'  ·  title GLOB '50%*'
    Complement(Post.age > 3)                           # (age > 3) IS NOT TRUE
    Sorted(Post.age, descending=True)                  # NULL is the smallest value everywhere

A LIKE pattern is written once with ``/`` as its escape character, which no database treats specially.
SQLite's LIKE ignores the case of ASCII letters and its GLOB does not, so there the pattern becomes a GLOB.
"""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator, UserDefinedType

ESCAPE = "/"
_BOOLEAN = sa.Boolean()


def escaped(text: str) -> str:
    """``text`` as a LIKE pattern that matches itself."""
    for special in (ESCAPE, "%", "_"):
        text = text.replace(special, ESCAPE + special)
    return text


def pattern_from(text: str, escape: str = "\\") -> str:
    """A LIKE pattern with another escape character, rewritten to ours; a last lonely one is literal."""
    out: list[str] = []
    letters = iter(text)
    for letter in letters:
        if letter == escape:
            out.append(escaped(next(letters, escape)))
        else:
            out.append(letter if letter in "%_" else escaped(letter))
    return "".join(out)


def _glob(pattern: str) -> str:
    out: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        if letter == ESCAPE:
            literal = next(letters)
            out.append(f"[{literal}]" if literal in "*?[" else literal)
        else:
            out.append({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}.get(letter, letter))
    return "".join(out)


class Pattern(TypeDecorator[str]):
    """The type of a pattern parameter: LIKE as it stands, GLOB on SQLite."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> Any:
        """The spelling of this database."""
        return _glob(value) if value is not None and dialect.name == "sqlite" else value

    def process_literal_param(self, value: str | None, dialect: sa.Dialect) -> str:
        """The same where the value is written into the statement."""
        return str(self.process_bind_param(value, dialect))


class Match(ColumnElement[bool]):
    """Text fits a pattern; letters differ from their other case."""

    inherit_cache = True
    type = _BOOLEAN
    _traverse_internals = [
        ("operand", InternalTraversal.dp_clauseelement),
        ("pattern", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, operand: ColumnElement[Any], pattern: ColumnElement[str]) -> None:
        self.operand = operand
        self.pattern = pattern


@compiles(Match)
def _like(element: Match, compiler: SQLCompiler, **kw: Any) -> str:
    operand, pattern = compiler.process(element.operand, **kw), compiler.process(element.pattern, **kw)
    return f"({operand} LIKE {pattern} ESCAPE '{ESCAPE}')"


@compiles(Match, "sqlite")
def _like_sqlite(element: Match, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.operand, **kw)} GLOB {compiler.process(element.pattern, **kw)})"


class Containing(ColumnElement[str]):
    """A pattern made in the database from another column's text: anything, that text, anything."""

    inherit_cache = True
    type = sa.Text()
    _traverse_internals = [
        ("text", InternalTraversal.dp_clauseelement),
        ("before", InternalTraversal.dp_boolean),
        ("after", InternalTraversal.dp_boolean),
    ]

    def __init__(self, text: ColumnElement[Any], *, before: bool, after: bool) -> None:
        self.text = text
        self.before = before
        self.after = after

    def spelled(self, wildcard: str, replacements: tuple[tuple[str, str], ...]) -> ColumnElement[str]:
        """The pattern, with what is special in the text made literal."""
        built: Any = self.text
        for old, new in replacements:
            built = sa.func.replace(built, old, new, type_=self.type)
        if self.before:
            built = sa.literal(wildcard).concat(built)
        return cast("ColumnElement[str]", built.concat(wildcard) if self.after else built)


@compiles(Containing)
def _containing(element: Containing, compiler: SQLCompiler, **kw: Any) -> str:
    escapes = tuple((special, ESCAPE + special) for special in (ESCAPE, "%", "_"))
    return compiler.process(element.spelled("%", escapes), **kw)


@compiles(Containing, "sqlite")
def _containing_sqlite(element: Containing, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.spelled("*", (("[", "[[]"), ("*", "[*]"), ("?", "[?]"))), **kw)


class _OneCondition(ColumnElement[bool]):
    inherit_cache = True
    type = _BOOLEAN
    _traverse_internals = [("condition", InternalTraversal.dp_clauseelement)]

    def __init__(self, condition: ColumnElement[Any]) -> None:
        self.condition = condition


class Complement(_OneCondition):
    """Every row for which the condition is not true, those where it is NULL too."""

    inherit_cache = True


class Opposite(_OneCondition):
    """SQL's own NOT, for conditions that are never NULL (or are meant to stay so)."""

    inherit_cache = True


@compiles(Complement)
def _complement(element: Complement, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(({compiler.process(element.condition, **kw)}) IS NOT TRUE)"


@compiles(Opposite)
def _opposite(element: Opposite, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(NOT ({compiler.process(element.condition, **kw)}))"


class Sorted(ColumnElement[Any]):
    """One sort key. NULL counts as the smallest value unless ``nulls_first`` says otherwise."""

    inherit_cache = True
    _traverse_internals = [
        ("sorted_by", InternalTraversal.dp_clauseelement),
        ("descending", InternalTraversal.dp_boolean),
        ("nulls_at_start", InternalTraversal.dp_boolean),
        ("may_be_null", InternalTraversal.dp_boolean),
    ]

    def __init__(
        self,
        expression: ColumnElement[Any],
        *,
        descending: bool = False,
        nulls_first: bool | None = None,
        may_be_null: bool = True,
    ) -> None:
        self.sorted_by = expression
        self.type = expression.type
        self.descending = descending
        self.nulls_at_start = not descending if nulls_first is None else nulls_first
        self.may_be_null = may_be_null

    def of(self, expression: ColumnElement[Any]) -> Sorted:
        """The same direction for another expression."""
        return Sorted(
            expression,
            descending=self.descending,
            nulls_first=self.nulls_at_start,
            may_be_null=self.may_be_null,
        )

    @property
    def nulls_smallest(self) -> bool:
        """Whether NULL stands where the smallest value would."""
        return self.nulls_at_start != self.descending


def _direction(element: Sorted) -> str:
    return " DESC" if element.descending else ""


def _nulls(element: Sorted) -> str:
    return " NULLS FIRST" if element.nulls_at_start else " NULLS LAST"


@compiles(Sorted)
def _sorted(element: Sorted, compiler: SQLCompiler, **kw: Any) -> str:
    spelled = compiler.process(element.sorted_by, **kw) + _direction(element)
    return spelled if element.nulls_smallest or not element.may_be_null else spelled + _nulls(element)


@compiles(Sorted, "postgresql")
def _sorted_postgresql(element: Sorted, compiler: SQLCompiler, **kw: Any) -> str:
    spelled = compiler.process(element.sorted_by, **kw) + _direction(element)
    native = not element.may_be_null or not element.nulls_smallest
    return spelled if native else spelled + _nulls(element)


@compiles(Sorted, "mysql", "mariadb")
def _sorted_mysql(element: Sorted, compiler: SQLCompiler, **kw: Any) -> str:
    spelled = compiler.process(element.sorted_by, **kw)
    keyed = spelled + _direction(element)
    if element.nulls_smallest or not element.may_be_null:
        return keyed
    return f"({spelled} IS NULL){' DESC' if element.nulls_at_start else ''}, {keyed}"


class Stored(UserDefinedType[Any]):
    """Values as the driver gives and takes them: what was read compares exactly with where it was read."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        """No column is of this type; databases never see its name."""
        raise NotImplementedError


class Comparable(ColumnElement[Any]):
    """An expression in a form whose values, read and sent back, compare as the expression is sorted."""

    inherit_cache = True
    type = Stored()
    _traverse_internals = [("compared", InternalTraversal.dp_clauseelement)]

    def __init__(self, expression: ColumnElement[Any]) -> None:
        self.compared = expression


@compiles(Comparable)
def _comparable(element: Comparable, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.compared, **kw)


@compiles(Comparable, "mysql", "mariadb")
def _comparable_mysql(element: Comparable, compiler: SQLCompiler, **kw: Any) -> str:
    spelled = compiler.process(element.compared, **kw)
    held: Any = element.compared.type
    numbered = False
    # Asked of an `object`, so that both type checkers know what it is then.
    asked: object = held
    while isinstance(asked, TypeDecorator):
        numbered = numbered or getattr(held, "numbered", False)
        held = asked = held.load_dialect_impl(compiler.dialect)
    if numbered or held.__visit_name__ in {"ENUM", "SET", "BIT"} or getattr(held, "native_enum", False):
        return f"({spelled} + 0)"  # Sorted by number, compared by text.
    if held.__visit_name__.lower() == "float":
        return f"CAST({spelled} AS DOUBLE)"  # Shown with fewer digits than it compares with.
    return spelled


class Beyond(ColumnElement[bool]):
    """A place in an order was passed: as a comparison of rows, or spelled out."""

    inherit_cache = True
    type = _BOOLEAN
    _traverse_internals = [
        ("row", InternalTraversal.dp_clauseelement),
        ("spelled_out", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, row: ColumnElement[bool], spelled_out: ColumnElement[bool]) -> None:
        self.row = row
        self.spelled_out = spelled_out

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 -- SQLAlchemy's signature
        """As it is: SQLAlchemy would write ``(…) = 1`` where booleans are numbers, and no index answers."""
        return self


@compiles(Beyond)
def _beyond(element: Beyond, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.row, **kw)})"


@compiles(Beyond, "mysql", "mariadb")
def _beyond_mysql(element: Beyond, compiler: SQLCompiler, **kw: Any) -> str:
    # A comparison of rows uses no index there; ranges that are spelled out do.
    return f"({compiler.process(element.spelled_out, **kw)})"


class Explain(sa.Executable, sa.ClauseElement):
    """EXPLAIN of a statement; ``figures`` asks for numbers to be read by a program."""

    inherit_cache = False

    def __init__(self, statement: SelectBase, *, analyze: bool = False, figures: bool = False) -> None:
        self.statement = statement
        self.analyze = analyze
        self.figures = figures


def _explained(element: Explain, compiler: SQLCompiler, **kw: Any) -> str:
    spelled = compiler.process(element.statement, **kw)
    # The answer has columns of its own, which must not be read as those of the statement.
    vars(compiler)["_result_columns"].clear()
    return spelled


@compiles(Explain)
def _explain(element: Explain, compiler: SQLCompiler, **kw: Any) -> str:
    if element.figures:
        return "EXPLAIN (FORMAT JSON) " + _explained(element, compiler, **kw)
    return ("EXPLAIN ANALYZE " if element.analyze else "EXPLAIN ") + _explained(element, compiler, **kw)


@compiles(Explain, "sqlite")
def _explain_sqlite(element: Explain, compiler: SQLCompiler, **kw: Any) -> str:
    return "EXPLAIN QUERY PLAN " + _explained(element, compiler, **kw)


@compiles(Explain, "mysql", "mariadb")
def _explain_mysql(element: Explain, compiler: SQLCompiler, **kw: Any) -> str:
    if element.figures:
        return "EXPLAIN FORMAT=JSON " + _explained(element, compiler, **kw)
    measured = "ANALYZE " if getattr(compiler.dialect, "is_mariadb", True) else "EXPLAIN ANALYZE "
    return (measured if element.analyze else "EXPLAIN ") + _explained(element, compiler, **kw)
