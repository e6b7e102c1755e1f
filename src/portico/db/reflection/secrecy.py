"""Which columns look as if they held a secret; `serve` leaves these out until it is told to write.

    looks_secret("password_hash")     # True
    looks_secret("ApiKey")            # True
    looks_secret("tokenizer")         # False

A guess by name errs on the side of hiding: a salt that is food stays hidden until ``--write`` as well.
"""

from __future__ import annotations

import re
from itertools import pairwise

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
