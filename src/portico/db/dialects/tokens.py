"""SQL as text, cut into its words, names, strings and marks; each database quotes in its own way.

    [*tokens("DELETE FROM posts", "sqlite")]      # Token("word", "delete"), Token("word", "from"), …

Comments, numbers, parameters and operators are left out. A string is a literal, unless the database would
run it (``DO $$ … $$``, ``EXECUTE IMMEDIATE '…'``): then it is cut up as well. What MySQL runs of a comment is
none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_COMMON: Final = r"""
    (?P<skip> /\*.*?(?:\*/|\Z) | :+\w+ | %\(\w+\)s | \d[\w.]* | \s+ )
  | (?P<word> [^\W\d][\w$]* )
  | (?P<mark> [.;,()] )
"""
_PARTS: Final = {
    "postgresql": r"""
        (?P<comment> --[^\n]* )
      | (?P<text> \b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z) | '(?:[^']|'')*(?:'|\Z) )
      | (?P<dollars> \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z) )
      | (?P<quoted> "(?:[^"]|"")*" )
    """,
    "mysql": r"""
        (?P<comment> --(?=\s|\Z)[^\n]* | \#[^\n]* | /\*M?!\d{0,6} )
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
_FIRST: Final = {"postgresql": "do"}
_ANYWHERE: Final = {"mysql": frozenset({"execute", "prepare"})}
_IN_CODE: Final = frozenset({"execute"})
"""Words after which a string is SQL: at the beginning of a statement, anywhere in it, in a block of code."""


class Token(NamedTuple):
    """One piece of SQL in lower case: a ``word``, a ``quoted`` name, a ``text``, or a ``mark``."""

    kind: str
    text: str


def tokens(text: str, dialect: str, *, in_dollars: bool = False) -> Iterator[Token]:
    """The pieces of SQL; what stands in dollar quotes is cut up too where somebody must not miss a name."""
    kind = quoting_of(dialect)
    return _cut(text, kind, _ANYWHERE.get(kind, frozenset()), in_dollars=in_dollars)


def quoting_of(dialect: str) -> str:
    """Whose way to quote a dialect has."""
    return dialect if dialect in _TOKENS else "mysql" if dialect == "mariadb" else "postgresql"


def _cut(text: str, kind: str, running: frozenset[str], *, in_dollars: bool) -> Iterator[Token]:
    begins, runs = True, False
    for match in _TOKENS[kind].finditer(text):
        group, found = match.lastgroup or "", match.group().lower()
        if group in {"text", "dollars"} and (runs or (in_dollars and group == "dollars")):
            yield from _cut(_inside(group, found, match), kind, running | _IN_CODE, in_dollars=in_dollars)
        elif group in {"quoted", "text", "dollars"}:
            yield Token("quoted" if group == "quoted" else "text", _inside(group, found, match))
        elif group in {"word", "mark"}:
            runs = found != ";" and (runs or found in running or (begins and found == _FIRST.get(kind)))
            yield Token(group, found)
        begins = found == ";" or (begins and group in {"skip", "comment"})


def _inside(group: str, found: str, match: re.Match[str]) -> str:
    if group == "dollars":
        around = len(match["tag"]) + 2
        return found[around:-around]
    return found[2 if found[0] == "e" else 1 : -1].replace(found[-1] * 2, found[-1])
