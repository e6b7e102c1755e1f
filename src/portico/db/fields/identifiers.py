"""Identifiers made in Python.

uuid7()     # UUID('0190…'): sorts by the time at which it was made
"""

from __future__ import annotations

import secrets
import time
import uuid

_NS_PER_MS = 1_000_000


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562): milliseconds, 12 bits of their fraction, then 62 random bits.

    Keys in the order of time keep an index compact, and ``first()`` without an order gives the oldest row.
    """
    milliseconds, rest = divmod(time.time_ns(), _NS_PER_MS)
    value = milliseconds << 80 | 0x7 << 76 | (rest * 4096 // _NS_PER_MS) << 64
    return uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62))
