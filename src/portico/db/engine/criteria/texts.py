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

from portico.db.dialects.tokens import Token, quoting_of, tokens
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
_AROUND: Final = "()"
_MARKS: Final = frozenset({"", _DOT, _COMMA, _END})
_ABOUT_TABLES: Final = frozenset(
    {"alter", "analyze", "begin", "comment", "commit", "create", "desc", "describe", "drop", "grant", "lock"}
    | {"optimize", "pragma", "reindex", "release", "rename", "revoke", "rollback", "savepoint", "set", "show"}
    | {"start", "use", "vacuum"}
)
"""How statements begin that are about tables and connections, not about rows."""
_ROWS: Final = frozenset({"select", "insert", "update", "delete", "replace", "merge", "copy", "truncate"})
_ROWS_IN_DDL: Final = frozenset({"select", "copy", "truncate"})
_DDL: Final = frozenset({"create", "alter", "drop"})
_VERBS: Final = frozenset({"insert", "update", "delete", "replace", "merge", "truncate", "copy", "load"})
_ANY_VERB: Final = re.compile(rf"(?<![^\W\d])(?:{'|'.join(sorted(_VERBS))})\b", re.IGNORECASE)
_DEFINES: Final = frozenset({"create", "alter", "drop", "grant", "revoke", "comment"})
"""How a statement begins that changes no rows now, whatever it says of those of later."""
_WITH_A_BODY: Final = frozenset({"trigger", "function", "procedure", "event", "package"})
_LOCKING: Final = frozenset({"for", "key"})
_NONE: Final = Token("", "")
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
    for statement in _statements(text, dialect):
        words = [token for token, is_plain in statement if is_plain]
        if not (whole and words and words[0] in _ABOUT_TABLES and _is_about_tables(words)):
            found.update(token for token, _ in statement)
    return frozenset(found)


def _is_about_tables(words: list[str]) -> bool:
    return not (_ROWS_IN_DDL if words[0] in _DDL else _ROWS).intersection(words)


def _is_no_parenthesis(token: Token) -> bool:
    return token.kind != "mark" or token.text not in _AROUND


def _statements(text: str, dialect: str) -> Iterator[list[tuple[str, bool]]]:
    """For each statement its identifiers that qualify nothing, and whether each stands without quotes."""
    statement: list[tuple[str, bool]] = []
    in_from = False
    before = ""
    kind = quoting_of(dialect)
    for group, found in filter(_is_no_parenthesis, tokens(text, dialect, in_dollars=True)):
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


@lru_cache(maxsize=512)
def is_write(text: str, dialect: str) -> bool:
    """Whether SQL changes rows of tables now; what defines a trigger only says what will."""
    if _ANY_VERB.search(text) is None:
        return False
    for statement in _split(text, dialect):
        words = [found for kind, found in statement if kind == "word"]
        if words and words[0] in _DEFINES:
            if _WITH_A_BODY.intersection(words):
                return False  # its semicolons end no statement
        elif any(map(_is_verb, [_NONE, *statement], statement, [*statement[1:], _NONE])):
            return True
    return False


def _split(text: str, dialect: str) -> Iterator[list[Token]]:
    statement: list[Token] = []
    for token in tokens(text, dialect):
        if token == ("mark", ";"):
            yield statement
            statement = []
        else:
            statement.append(token)
    yield statement


def _is_verb(before: Token, token: Token, after: Token) -> bool:
    """Whether a word begins a write: it is no name, no lock, and no function, which ``update`` is nowhere."""
    if token.kind != "word" or token.text not in _VERBS or before == ("mark", "."):
        return False
    if token.text == "update" and before.kind == "word" and before.text in _LOCKING:
        return False
    if after == ("word", "from"):
        return token.text == "delete"
    return after.kind in {"word", "quoted", "text"} or (token.text == "update" and after.text == "(")
