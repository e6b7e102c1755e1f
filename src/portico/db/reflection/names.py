"""What things of a reflected database are called: paths, classes and relations, the same on every start.

    path_names(["order details", "admin"])      # {"order details": "order_details", "admin": "admin_"}
    to_one_name(("AlbumId",), "Album")           # "Album"
    to_one_name(("ReportsTo",), "Employee")      # "ReportsToEmployee"
    looks_secret("password_hash")                # True

Names depend on the names in the database alone, never on the order in which
it lists them; where two would be equal, the one that is exact keeps it and the others get a number or an
underscore in alphabetical order. Whether a column looks secret is a guess that errs on the side of hiding: a
salt that is food stays hidden as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

# The last two are paths of documentation: the application answers there itself.
RESERVED_PATHS = frozenset({"admin", "docs", "auth", "health", "ws", "graphql", "redoc", "openapi_json"})
_NOT_IN_PATH = re.compile(r"[^A-Za-z0-9_-]")
_ID_ENDING = re.compile(r"(?<=.)(?:[_\s-][iI][dD]|(?<=[a-z0-9])(?:Id|ID))$")
# Names that a mapped class cannot give to a column: Python's own and SQLAlchemy's bookkeeping.
_UNUSABLE = frozenset(
    {*dir(type), *dir(object), "__dict__", "__weakref__", "__table__", "__mapper__", "__slots__"}
)


def path_names(tables: Iterable[str]) -> dict[str, str]:
    """The path of each table: characters outside [A-Za-z0-9_-] become ``_``; reserved ones get one more."""
    names = sorted(set(tables))
    wanted = {name: _path(name) for name in names}
    exact_first = sorted(names, key=lambda name: (wanted[name] != name, name))
    taken: set[str] = set()
    return {name: _numbered(wanted[name], taken) for name in exact_first}


def _path(table: str) -> str:
    cleaned = _NOT_IN_PATH.sub("_", table) or "_"
    return cleaned + "_" if cleaned in RESERVED_PATHS else cleaned


def _numbered(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    taken.add(name)
    return name


def class_names(paths: Iterable[str]) -> dict[str, str]:
    """A Python class name for each path: the path itself wherever that is an identifier."""
    ordered = sorted(paths, key=lambda path: (not path.isidentifier(), path))
    taken: set[str] = set()
    return {path: _numbered(_identifier(path), taken) for path in ordered}


def _identifier(path: str) -> str:
    cleaned = path.replace("-", "_")
    return f"_{cleaned}" if cleaned[0].isdigit() else cleaned


def attribute_name(column: str) -> str:
    """The attribute of a column: its own name, except where Python or SQLAlchemy need that name."""
    unusable = (column in _UNUSABLE and column.startswith("__")) or column.startswith("_sa_")
    return f"column{column}" if unusable else column


def without_id(column: str) -> str:
    """``AlbumId``, ``album_id`` and ``ALBUM_ID`` without their ending; other names unchanged."""
    return _ID_ENDING.sub("", column)


def relation_part(name: str) -> str:
    """A table or column name as part of a relation name."""
    return _NOT_IN_PATH.sub("_", name)


def joined(first: str, second: str) -> str:
    """Two names as one, in the habit of the first: ``ReportsToEmployee``, ``reports_to_employee``."""
    snake = "_" in first or first == first.lower()
    return f"{first}_{second}" if snake else f"{first}{second}"


def to_one_name(columns: Sequence[str], target: str) -> str:
    """The column without its id ending; column and target without one; the target for several columns."""
    target = relation_part(target)
    if len(columns) > 1:
        return target
    column = relation_part(columns[0])
    short = relation_part(without_id(columns[0]))
    return short if short != column else joined(column, target)


def to_many_name(child: str, columns: Sequence[str], *, alone: bool) -> str:
    """The child table; with the columns where the child refers to this table more than once."""
    child = relation_part(child)
    return child if alone else "_".join([child, *map(relation_part, columns)])


def free_name(wanted: str, taken: set[str]) -> str:
    """``wanted``, with as many underscores at its end as it takes to be free; it is taken from then on."""
    name = attribute_name(wanted)
    while name in taken:
        name += "_"
    taken.add(name)
    return name


_WORDS = re.compile(
    r"pass|passwords?|passwd|passphrase|passcode|pwd|pword|secrets?|tokens?|salt|hash|hashed|digest"
    r"|h?otp|totp|credentials?|cv[vc]2?|apikey|jwt|bearer"
)
# A key opens something when one of these stands before it; `foreign_key` and `sort_key` do not.
_KEY_OF = re.compile(
    r"api|private|secret|access|auth|encryption|crypto|signing|session|ssh|licen[cs]e|recovery|master"
)
_INSIDE = re.compile(
    r"passw(or)?d|passphrase|secret|api_?key|private_?key|access_?token|refresh_?token|hashed_?pass"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def looks_secret(column: str) -> bool:
    """Whether a column's name says that its values are not for showing."""
    words = [word.lower() for word in _WORD.findall(column)]
    if any(_WORDS.fullmatch(word) for word in words):
        return True
    if any(key in {"key", "keys"} and _KEY_OF.fullmatch(before) for before, key in pairwise(words)):
        return True
    return _INSIDE.search(column.lower()) is not None
