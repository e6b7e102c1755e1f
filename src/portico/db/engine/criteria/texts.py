"""Which tables SQL in plain text may name: nobody can put a condition into text that somebody wrote.

    refuse_text("SELECT * FROM posts", "postgresql", without)               # UsageError
    refuse_text("posts.views > 3", "postgresql", without, whole=False)      # a part, which names no table

An identifier that is the name of a table with a criterion in force is refused, in quotes or not, with a
schema or not, unless it only qualifies a column. Comments and string literals are no names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from portico.errors import UsageError

from .lifting import Lifted, applies
from .registry import criteria_of, known_names, tables_named

HINT: Final = (
    "Write the query with models or SQLAlchemy's tables, or wrap it in `with unscoped():` "
    "(for deleted rows `with with_deleted():`) and choose the rows yourself."
)
_DOT: Final = "."
_COMMA: Final = ","
_END: Final = ";"
_MARKS: Final = frozenset({"", _DOT, _COMMA, _END})
_COMMON: Final = r"""
    (?P<skip> /\*(?![!M]).*?(?:\*/|\Z) | :+\w+ | %\(\w+\)s | \$\w*\$ | \d[\w.]* | \s+ )
  | (?P<word> [^\W\d][\w$]* )
  | (?P<mark> [.;,] )
"""
_PARTS: Final = {
    "postgresql": r"""
        (?P<comment> --[^\n]* )
      | (?P<text> \b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z) | '(?:[^']|'')*(?:'|\Z) )
      | (?P<quoted> "(?:[^"]|"")*" )
    """,
    "mysql": r"""
        (?P<comment> --(?=\s|\Z)[^\n]* | \#[^\n]* )
      | (?P<text> '(?:[^'\\]|''|\\.)*(?:'|\Z) | "(?:[^"\\]|""|\\.)*(?:"|\Z) )
      | (?P<quoted> `(?:[^`]|``)*` )
    """,
    "sqlite": r"""
        (?P<comment> --[^\n]* )
      | (?P<text> '(?:[^']|'')*(?:'|\Z) )
      | (?P<quoted> "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\] )
    """,
}
_FLAGS: Final = re.VERBOSE | re.DOTALL
_TOKENS: Final = {name: re.compile(part + "|" + _COMMON, _FLAGS) for name, part in _PARTS.items()}
_ABOUT_TABLES: Final = frozenset(
    {"alter", "analyze", "begin", "comment", "commit", "create", "desc", "describe", "drop", "grant", "lock"}
    | {"optimize", "pragma", "reindex", "release", "rename", "revoke", "rollback", "savepoint", "set", "show"}
    | {"start", "use", "vacuum"}
)
"""How statements begin that are about tables and connections, not about rows."""
_ROWS: Final = frozenset({"select", "insert", "update", "delete", "replace", "merge", "copy", "truncate"})
_ROWS_IN_DDL: Final = frozenset({"select", "copy", "truncate"})
_DDL: Final = frozenset({"create", "alter", "drop"})
_FROM: Final = frozenset({"from", "join", "into", "update"})
_NO_FROM: Final = frozenset(
    {"select", "where", "on", "group", "order", "having", "limit", "set", "values", "using", "returning"}
    | {"union", "when", "then"}
)


def refuse_text(text: str, dialect: str, without: Lifted, *, whole: bool = True) -> None:
    """Raise where text names a table whose rows are filtered; ``whole`` if it is a complete statement."""
    known = known_names()
    if not known:
        return
    for name in names_in(text, dialect, whole=whole) & known:
        refuse_name(name, without)


def refuse_name(name: str, without: Lifted) -> None:
    """Raise where the rows of a table of this name are filtered."""
    for table in tables_named(name):
        if any(applies(criterion, table, without) for criterion in criteria_of(table)):
            raise UsageError(
                f"This SQL names the table {table.name}, whose rows are filtered, in a way that no condition "
                "can be added to.",
                hint=HINT,
            )


@lru_cache(maxsize=512)
def names_in(text: str, dialect: str, *, whole: bool = True) -> frozenset[str]:
    """What may be the name of a table in SQL, in lower case."""
    found: set[str] = set()
    for statement in _statements(text, _kind(dialect)):
        words = [token for token, is_plain in statement if is_plain]
        if not (whole and words and words[0] in _ABOUT_TABLES and _is_about_tables(words)):
            found.update(token for token, _ in statement)
    return frozenset(found)


def _is_about_tables(words: list[str]) -> bool:
    return not (_ROWS_IN_DDL if words[0] in _DDL else _ROWS).intersection(words)


def _kind(dialect: str) -> str:
    return dialect if dialect in _TOKENS else "mysql" if dialect == "mariadb" else "postgresql"


def _statements(text: str, kind: str) -> Iterator[list[tuple[str, bool]]]:
    """For each statement its identifiers that qualify nothing, and whether each stands without quotes."""
    statement: list[tuple[str, bool]] = []
    in_from = False
    before = ""
    for group, found in _tokens(text, kind):
        if found == _END and group == "mark":
            yield statement
            statement = []
        elif group == "mark":
            if found == _DOT and statement and before not in _MARKS:
                statement.pop()
        elif group != "text":
            statement.append((found, group == "word"))
            if group == "word" and found in _FROM | _NO_FROM:
                in_from = found in _FROM
        elif kind == "sqlite" and (before == _DOT or (in_from and before in {_COMMA, *_FROM})):
            # SQLite takes a string for a name where it expects one.
            statement.append((found, False))
        before = found
    yield statement


def _tokens(text: str, kind: str) -> Iterator[tuple[str, str]]:
    for match in _TOKENS[kind].finditer(text):
        group, found = match.lastgroup or "", match.group().lower()
        if group in {"word", "mark"}:
            yield group, found
        elif group in {"quoted", "text"}:
            yield group, found[1:-1].replace(found[-1] * 2, found[-1])
