"""Keys of rows as path segments: parts in key order joined by a comma.

    write_key((1, "a,b"))                   # "1,a~2b"
    read_key(votes, "1,2")                  # (1, 2)

Inside a part ``~``, ``/`` and ``,`` are written ``~0``, ``~1`` and ``~2``; a key that is nothing but one or
two dots is written with ``~3`` for each. A text that cannot be a key of the resource names a row that does
not exist: `NotFoundError`.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, Final

from portico.errors import NotFoundError

from .description import Resource
from .grammar import from_text

_SHOWN: Final = 100
_SURELY: Final = 18
"""So many digits are a number of 64 bits, whichever they are."""
_ESCAPES: Final = {"~": "~0", "/": "~1", ",": "~2", ".": "~3"}
_PLAIN: Final = {escape: character for character, escape in _ESCAPES.items()}
_ESCAPED: Final = re.compile(r"~[0123]")
_SPECIAL: Final = re.compile(r"[~/,]")
_DOTS: Final = (".", "..")
"""What clients take for a step in the tree of paths, however it is percent-encoded."""


def write_key(key: tuple[Any, ...]) -> str:
    """A key as one path segment, not yet percent-encoded."""
    text = ",".join(_SPECIAL.sub(lambda found: _ESCAPES[found[0]], _text(part)) for part in key)
    return text.replace(".", _ESCAPES["."]) if text in _DOTS else text


def read_key(resource: Resource, segment: str) -> tuple[Any, ...]:
    """The key behind a path segment; NotFoundError when it cannot be one."""
    if segment.isdigit() and segment.isascii() and len(segment) <= _SURELY and _is_number(resource):
        return (int(segment),)
    parts = segment.split(",")
    if len(parts) != len(resource.key):
        raise absent(resource, segment)
    try:
        return tuple(
            from_text(resource.columns[name], _unescaped(part), bounded=False)
            for name, part in zip(resource.key, parts, strict=True)
        )
    except ValueError:
        raise absent(resource, segment) from None


def key_in_body(resource: Resource, value: Any) -> tuple[Any, ...]:
    """The key that a body gives: a value, or parts as in a path; () when it cannot be one."""
    if isinstance(value, int | float):
        return (int(value),)
    try:
        if len(resource.key) > 1:
            return read_key(resource, value)
        spec = next(resource.columns[name] for name in resource.key)
        return (from_text(spec, value, bounded=False),)
    except (NotFoundError, ValueError):
        return ()


def absent(resource: Resource, segment: str) -> NotFoundError:
    """The one answer for a row that is not there and for one that is out of reach."""
    return NotFoundError(f"There is no {resource.title} {_shown(segment)!r}.")


def _shown(segment: str) -> str:
    printable = "".join(character if character.isprintable() else "\ufffd" for character in segment)
    return printable if len(printable) <= _SHOWN else printable[:_SHOWN] + "…"


def _is_number(resource: Resource) -> bool:
    return len(resource.key) == 1 and resource.columns[resource.key[0]].python_type is int


def _unescaped(part: str) -> str:
    if "~" in _ESCAPED.sub("", part):
        raise ValueError("A tilde stands for itself only as ~0.")
    return _ESCAPED.sub(lambda found: _PLAIN[found[0]], part)


def _text(part: Any) -> str:
    if isinstance(part, Enum):
        return str(part.value)
    if hasattr(part, "isoformat"):
        return str(part.isoformat())
    return str(part).lower() if isinstance(part, bool) else str(part)
