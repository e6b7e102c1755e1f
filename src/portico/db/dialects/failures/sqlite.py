"""SQLite's errors: names for the codes, and columns in most messages.

A broken foreign key names nothing; `portico.db.dialects.failures.foreign_keys` finds out which one it was.
"""

from __future__ import annotations

import re
from typing import Any

from .finding import Finding, Kind

_BY_NAME = {
    "SQLITE_BUSY_SNAPSHOT": Kind.SERIALIZATION,
    "SQLITE_TOOBIG": Kind.TOO_LONG,
    "SQLITE_MISMATCH": Kind.INVALID,
    "SQLITE_INTERRUPT": Kind.STATEMENT_TIMEOUT,
    "SQLITE_SCHEMA": Kind.STALE_PLAN,
    "SQLITE_CONSTRAINT_DATATYPE": Kind.INVALID,
    "SQLITE_CONSTRAINT_TRIGGER": Kind.CONFLICT,
}
_BY_START = {
    "SQLITE_BUSY": Kind.LOCK_TIMEOUT,
    "SQLITE_LOCKED": Kind.LOCK_TIMEOUT,
    "SQLITE_READONLY": Kind.READ_ONLY,
    "SQLITE_CANTOPEN": Kind.UNAVAILABLE,
    "SQLITE_IOERR": Kind.UNAVAILABLE,
    "SQLITE_FULL": Kind.UNAVAILABLE,
    "SQLITE_CORRUPT": Kind.UNAVAILABLE,
    "SQLITE_NOTADB": Kind.UNAVAILABLE,
    "SQLITE_PERM": Kind.UNAVAILABLE,
    "SQLITE_AUTH": Kind.READ_ONLY,
}
_WITH_COLUMNS = {
    "SQLITE_CONSTRAINT_UNIQUE": Kind.UNIQUE,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Kind.UNIQUE,
    "SQLITE_CONSTRAINT_ROWID": Kind.UNIQUE,
    "SQLITE_CONSTRAINT_NOTNULL": Kind.REQUIRED,
}
_INDEX = re.compile(r"^index '(?P<name>.+)'$")
_NAME = re.compile(r"^[^\W\d]\w*$")
_BAD_VALUE = (
    "user-defined function",
    "malformed json",
    "datatype mismatch",
    "binding parameter",
    "is not supported",
)
_GONE = ("no active connection", "connection closed", "closed database")


def read(error: Any) -> Finding:
    """What sqlite3's error says."""
    name = str(getattr(error, "sqlite_errorname", None) or "")
    message = str(error.args[0]) if error.args else ""
    subject = message.partition("failed: ")[2]
    if name in _WITH_COLUMNS:
        return _with_columns(_WITH_COLUMNS[name], subject)
    if name == "SQLITE_CONSTRAINT_CHECK":
        # Without a name the message holds the expression.
        return Finding(Kind.CHECK, constraint=subject if _NAME.match(subject) else None, words=subject)
    if message.startswith("FOREIGN KEY"):  # ON DELETE RESTRICT fails as a trigger does
        return Finding(Kind.MISSING_PARENT)
    if name in _BY_NAME:
        return Finding(_BY_NAME[name])
    for start, kind in _BY_START.items():
        if name.startswith(start):
            return Finding(kind)
    return _by_message(name, message)


def _with_columns(kind: Kind, subject: str) -> Finding:
    if found := _INDEX.match(subject):
        return Finding(kind, constraint=found["name"])
    pairs = [part.rpartition(".") for part in subject.split(", ")]
    return Finding(kind, pairs[0][0] or None, tuple(column for _, _, column in pairs))


def _by_message(name: str, message: str) -> Finding:
    lowered = message.lower()
    if any(part in lowered for part in _GONE):
        return Finding(Kind.UNAVAILABLE)
    if any(part in lowered for part in _BAD_VALUE):
        return Finding(Kind.INVALID)
    if name == "SQLITE_ERROR":
        return Finding(Kind.SCHEMA, words=message)
    return Finding(Kind.UNKNOWN)
