"""MariaDB's and MySQL's errors: numbers, and names that stand between quotes in the message."""

from __future__ import annotations

import re
from typing import Any

from .finding import Finding, Kind

_BY_NUMBER = {
    1213: Kind.DEADLOCK,
    1020: Kind.SERIALIZATION,
    1205: Kind.LOCK_TIMEOUT,
    3572: Kind.LOCK_TIMEOUT,
    1969: Kind.STATEMENT_TIMEOUT,
    3024: Kind.STATEMENT_TIMEOUT,
    1317: Kind.STATEMENT_TIMEOUT,
    1290: Kind.READ_ONLY,
    1792: Kind.READ_ONLY,
    1044: Kind.REFUSED_LOGIN,
    1045: Kind.REFUSED_LOGIN,
    1049: Kind.REFUSED_LOGIN,
    1698: Kind.REFUSED_LOGIN,
    1040: Kind.UNAVAILABLE,
    1053: Kind.UNAVAILABLE,
    1203: Kind.UNAVAILABLE,
    1226: Kind.UNAVAILABLE,
    1927: Kind.UNAVAILABLE,
    4031: Kind.IDLE_TIMEOUT,
    1139: Kind.INVALID,
    1416: Kind.INVALID,
    3140: Kind.INVALID,
    3692: Kind.INVALID,
    1615: Kind.STALE_PLAN,
    1064: Kind.SCHEMA,
}
_COLUMN_ERRORS = {
    1048: Kind.REQUIRED,
    1364: Kind.REQUIRED,
    1406: Kind.TOO_LONG,
    1264: Kind.OUT_OF_RANGE,
    1690: Kind.OUT_OF_RANGE,
    1265: Kind.INVALID,
    1292: Kind.INVALID,
    1366: Kind.INVALID,
    1411: Kind.INVALID,
}
_CLIENT_ERRORS = range(2000, 3000)
_SCHEMA = range(1050, 1110), range(1146, 1147), range(1305, 1306)
_KEY = re.compile(r"for key '(?P<key>[^']*)'$")
_COLUMN = re.compile(r"(?:[Cc]olumn|Field) (?:'(?P<plain>[^']+)'|(?:`[^`]+`\.)*`(?P<quoted>[^`]+)`)")
_CHECK = re.compile(r"(?:CONSTRAINT `(?P<maria>[^`]+)` failed|Check constraint '(?P<mysql>[^']+)')")
_CHECK_TABLE = re.compile(r"for (?:`[^`]+`\.)?`(?P<table>[^`]+)`$")
_FOREIGN = re.compile(
    r"\((?:`[^`]+`\.)?`(?P<child>[^`]+)`, CONSTRAINT `(?P<name>[^`]+)` FOREIGN KEY \((?P<columns>[^)]+)\) "
    r"REFERENCES (?:`[^`]+`\.)?`(?P<parent>[^`]+)` \((?P<targets>[^)]+)\)"
)


def read(error: Any) -> Finding:
    """What asyncmy's, aiomysql's or PyMySQL's error says."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    message = str(error.args[1]) if len(error.args) > 1 else ""
    if number in {1062, 1586}:
        found = _KEY.search(message)
        # MySQL 8 writes 'table.key', MariaDB 'key'.
        key = found["key"].rpartition(".")[2] if found else None
        return Finding(Kind.UNIQUE, constraint=key)
    if number in {1216, 1217, 1451, 1452}:
        return _foreign_key(number, message)
    if number in {4025, 3819}:
        return _check(message)
    if number in _COLUMN_ERRORS:
        named = _COLUMN.search(message)
        column = (named["plain"] or named["quoted"]) if named else None
        return Finding(_COLUMN_ERRORS[number], columns=(column,) if column else ())
    return _plain(number, message)


def _plain(number: int, message: str) -> Finding:
    if number in _BY_NUMBER:
        kind = _BY_NUMBER[number]
    elif number in _CLIENT_ERRORS or "network operation failed" in message:
        kind = Kind.UNAVAILABLE
    elif any(number in numbers for numbers in _SCHEMA):
        kind = Kind.SCHEMA
    else:
        kind = Kind.UNKNOWN
    # A syntax error quotes the statement from "near" on.
    return Finding(kind, words=message.partition(" near ")[0] if kind is Kind.SCHEMA else "")


def _names(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", text))


def _foreign_key(number: int, message: str) -> Finding:
    found = _FOREIGN.search(message)
    child_side = number in {1216, 1452}
    kind = Kind.MISSING_PARENT if child_side else Kind.STILL_REFERRED
    if found is None:
        return Finding(kind)
    if child_side:
        return Finding(kind, found["child"], _names(found["columns"]), found["name"], found["parent"])
    return Finding(kind, found["parent"], _names(found["targets"]), found["name"], found["child"])


def _check(message: str) -> Finding:
    found, on = _CHECK.search(message), _CHECK_TABLE.search(message)
    name = (found["maria"] or found["mysql"]) if found else None
    table = on["table"] if on else None
    if name and "." in name:  # a check written on the column itself is called `table.column`
        table, _, column = name.rpartition(".")
        return Finding(Kind.CHECK, table, (column,))
    return Finding(Kind.CHECK, table, constraint=name)
