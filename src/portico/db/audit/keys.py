"""The key of a row as text, as paths of the REST API write it: ``1,a~2b``.

Inside a part ``~``, ``/`` and ``,`` are ``~0``, ``~1`` and ``~2``. A key that is too long for an index is
recorded by its beginning and its digest, which is enough to find it by.
"""

from __future__ import annotations

import hashlib
import re
from enum import Enum
from typing import Any, Final

LENGTH: Final = 400
_BEGINNING: Final = LENGTH - 66
_ESCAPES: Final = {"~": "~0", "/": "~1", ",": "~2"}
_SPECIAL: Final = re.compile(r"[~/,]")


def spell_key(key: tuple[Any, ...]) -> str:
    """A key as text; the same for equal keys."""
    text = ",".join(_SPECIAL.sub(lambda found: _ESCAPES[found[0]], _text(part)) for part in key)
    if len(text) <= LENGTH:
        return text
    # No spelled part has a tilde before a number sign, so a shortened key equals no other one.
    return f"{text[:_BEGINNING]}~#{hashlib.sha256(text.encode(errors='backslashreplace')).hexdigest()}"


def _text(part: Any) -> str:
    if isinstance(part, Enum):
        return str(part.value)
    if hasattr(part, "isoformat"):
        return str(part.isoformat())
    return str(part).lower() if isinstance(part, bool) else str(part)
