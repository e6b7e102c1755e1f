"""What a client would rather have: the header ``Prefer`` of RFC 7240.

    wishes = preferences_of(request)       # Prefer: return=minimal, tx=rollback
    wishes.minimal, wishes.rollback        # True, True
    mark_applied(response, MINIMAL)        # Preference-Applied: return=minimal

Preferences that nobody here knows are ignored, and so are known ones with a value that means nothing: that is
what a preference is. Of one that comes twice the first counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request, Response

APPLIED: Final = "Preference-Applied"
MINIMAL: Final = "return=minimal"
LENIENT: Final = "handling=lenient"
ROLLBACK: Final = "tx=rollback"
_HEADER: Final = b"prefer"
_LONGEST: Final = 1000
_PARTS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|,|[^",]+|"')
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_ONE: Final = re.compile(rf'\s*({_WORD})\s*(?:=\s*({_WORD}|"(?:[^"\\]|\\.)*"))?\s*(?:;|$)')


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences that mean something here."""

    minimal: bool = False
    lenient: bool = False
    rollback: bool = False


_NONE: Final = Preferences()


def preferences_of(request: Request) -> Preferences:
    """What a request prefers."""
    sent = [text.decode("latin-1") for name, text in request.scope["headers"] if name == _HEADER]
    if not sent:
        return _NONE
    wished = _wishes(",".join(sent)[:_LONGEST])
    return Preferences(
        minimal=wished.get("return") == "minimal",
        lenient=wished.get("handling") == "lenient",
        rollback=wished.get("tx") == "rollback",
    )


def mark_applied(response: Response, preference: str) -> Response:
    """Say in a response that a preference was heeded, beside others that were."""
    before = response.headers.get(APPLIED)
    response.headers[APPLIED] = f"{before}, {preference}" if before else preference
    return response


def prefer_parameter(*preferences: str) -> dict[str, Any]:
    """The header as OpenAPI describes it."""
    return {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": f"Any of {', '.join(f'`{one}`' for one in preferences)}, comma-separated.",
    }


def _wishes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in _pieces(text):
        read = _ONE.match(piece)
        if read is not None:
            value = (read[2] or "").strip('"').replace("\\", "")
            found.setdefault(read[1].lower(), value.lower())
    return found


def _pieces(text: str) -> list[str]:
    """Cut at commas that are not inside quotes."""
    pieces: list[str] = []
    current = ""
    for part in _PARTS.findall(text):
        if part == ",":
            pieces.append(current)
            current = ""
        else:
            current += part
    return [*pieces, current]
