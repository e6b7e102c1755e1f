"""What a driver's error means, in words that no database owns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What happened."""

    UNIQUE = auto()
    CONFLICT = auto()
    MISSING_PARENT = auto()
    STILL_REFERRED = auto()
    CHECK = auto()
    REQUIRED = auto()
    TOO_LONG = auto()
    OUT_OF_RANGE = auto()
    INVALID = auto()
    SERIALIZATION = auto()
    DEADLOCK = auto()
    STALE_PLAN = auto()
    LOCK_TIMEOUT = auto()
    STATEMENT_TIMEOUT = auto()
    IDLE_TIMEOUT = auto()
    UNAVAILABLE = auto()
    REFUSED_LOGIN = auto()
    READ_ONLY = auto()
    ABORTED = auto()
    CONCURRENT_USE = auto()
    SCHEMA = auto()
    NO_PLACE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Finding:
    """One error, read: ``columns`` and ``constraint`` belong to ``table``; ``other`` is the other table.

    ``words`` is what may be shown of the driver's own text: names of tables and columns, never values.
    """

    kind: Kind
    table: str | None = None
    columns: tuple[str, ...] = ()
    constraint: str | None = None
    other: str | None = None
    words: str = ""
