"""PostgreSQL's errors: SQLSTATE, constraint name, and the columns that the detail line names."""

from __future__ import annotations

import re
from typing import Any

from .finding import Finding, Kind

_BY_STATE = {
    "23P01": Kind.CONFLICT,
    "22001": Kind.TOO_LONG,
    "22003": Kind.OUT_OF_RANGE,
    "40001": Kind.SERIALIZATION,
    "40P01": Kind.DEADLOCK,
    "55P03": Kind.LOCK_TIMEOUT,
    "57014": Kind.STATEMENT_TIMEOUT,
    "25P03": Kind.IDLE_TIMEOUT,
    "25P02": Kind.ABORTED,
    "25006": Kind.READ_ONLY,
    "3D000": Kind.REFUSED_LOGIN,
    "0A000": Kind.UNKNOWN,
}
_BY_CLASS = {
    "08": Kind.UNAVAILABLE,
    "22": Kind.INVALID,
    "28": Kind.REFUSED_LOGIN,
    "40": Kind.SERIALIZATION,
    "42": Kind.SCHEMA,
    "53": Kind.UNAVAILABLE,
    "57": Kind.UNAVAILABLE,
    "58": Kind.UNAVAILABLE,
    "XX": Kind.UNAVAILABLE,
}
_KEY = re.compile(r"^Key \((?P<columns>.*?)\)=\(")
_FAR_TABLE = re.compile(r'(?:from|in) table "(?P<table>.+?)"\.?$')
_COLUMN = re.compile(r'"((?:[^"]|"")+)"|([^,\s"]+)')
_AUTOMATIC_CHECK = re.compile(r"^(?P<table>.+?)_(?P<column>.+)_check\d*$")


def read(error: Any) -> Finding:
    """What asyncpg's or psycopg's error says."""
    state = str(getattr(error, "sqlstate", None) or "")
    message = str(error.args[0]) if error.args else ""
    if not state:
        return _client_side(message)
    if state.startswith("23"):
        return _constraint(error, state, message)
    if state == "0A000" and "cached" in message.lower():
        return Finding(Kind.STALE_PLAN)
    if state == "22000" and "range" in message:  # asyncpg refuses the value before it is sent
        return Finding(Kind.OUT_OF_RANGE)
    kind = _BY_STATE.get(state) or _BY_CLASS.get(state[:2], Kind.UNKNOWN)
    return Finding(kind, words=message if kind is Kind.SCHEMA else "")


def _client_side(message: str) -> Finding:
    lowered = message.lower()
    if "another operation" in lowered:
        return Finding(Kind.CONCURRENT_USE)
    if "clos" in lowered or "connect" in lowered or "terminat" in lowered:
        return Finding(Kind.UNAVAILABLE)
    return Finding(Kind.UNKNOWN)


def _constraint(error: Any, state: str, message: str) -> Finding:
    facts = getattr(error, "diag", error)  # psycopg keeps them one step further
    table = getattr(facts, "table_name", None)
    constraint = getattr(facts, "constraint_name", None)
    detail = str(getattr(facts, "detail", None) or getattr(facts, "message_detail", None) or "")
    key = key_columns(detail)
    if state in {"23503", "23001"}:
        far = _FAR_TABLE.search(detail)
        other = far["table"] if far else None
        if message.startswith("update or delete"):
            # The table of the error is the one that refers; the written one is named in the message only.
            return Finding(Kind.STILL_REFERRED, None, key, constraint, other or table)
        return Finding(Kind.MISSING_PARENT, table, key, constraint, other)
    if state == "23502":
        column = getattr(facts, "column_name", None)
        return Finding(Kind.REQUIRED, table, (column,) if column else ())
    if state == "23514":
        found = _AUTOMATIC_CHECK.match(constraint or "")
        column = found["column"] if found and found["table"] == table else None
        return Finding(Kind.CHECK, table, (column,) if column else (), constraint)
    return Finding(Kind.UNIQUE if state == "23505" else Kind.CONFLICT, table, key, constraint)


def key_columns(detail: str) -> tuple[str, ...]:
    """The columns of ``Key (a, "B")=(1, 2) already exists.``; nothing for an index on expressions."""
    found = _KEY.match(detail)
    if found is None or "(" in found["columns"]:
        return ()
    return tuple(
        quoted.replace('""', '"') if quoted else plain for quoted, plain in _COLUMN.findall(found["columns"])
    )
