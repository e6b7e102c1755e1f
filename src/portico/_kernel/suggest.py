"""Find the name that was probably meant.

    nearest("usernme", ["id", "username"])   # "username"
    did_you_mean("usernme", ["id", "username"])   # "Did you mean 'username'? Choices: id, username."

Every refusal of a name ends with this hint, so that all of them read alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from portico.errors import UnknownNameError

SHOWN = 20


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice closest to ``name``, or None when nothing is close."""
    found = get_close_matches(name, list(choices), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """A hint sentence: the nearest match, then the choices (at most ``SHOWN`` of them)."""
    names = sorted(choices)
    best = nearest(name, names)
    listed = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    start = f"Did you mean {best!r}? " if best else ""
    return f"{start}Choices: {listed}." if names else start.strip()


def unknown_name(message: str, name: str, choices: Iterable[str]) -> UnknownNameError:
    """The error for a name that does not exist, to be raised by the caller."""
    names = tuple(choices)
    return UnknownNameError(
        message, name=name, choices=names, nearest=nearest(name, names), hint=did_you_mean(name, names)
    )
