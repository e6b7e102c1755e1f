from __future__ import annotations

import sqlite3
from types import SimpleNamespace

import pytest
from asyncmy import errors as asyncmy
from asyncpg import exceptions as asyncpg

from portico.db.dialects.failures import Finding, Kind, read_driver_error
from portico.db.dialects.failures.postgresql import key_columns, read

STATES = {
    "08006": Kind.UNAVAILABLE,
    "22001": Kind.TOO_LONG,
    "22003": Kind.OUT_OF_RANGE,
    "22021": Kind.INVALID,
    "25006": Kind.READ_ONLY,
    "25P02": Kind.ABORTED,
    "25P03": Kind.IDLE_TIMEOUT,
    "28P01": Kind.REFUSED_LOGIN,
    "3D000": Kind.REFUSED_LOGIN,
    "40001": Kind.SERIALIZATION,
    "40P01": Kind.DEADLOCK,
    "42P01": Kind.SCHEMA,
    "53300": Kind.UNAVAILABLE,
    "55P03": Kind.LOCK_TIMEOUT,
    "57014": Kind.STATEMENT_TIMEOUT,
    "57P03": Kind.UNAVAILABLE,
    "99999": Kind.UNKNOWN,
}


class Psycopg(Exception):
    """What psycopg raises: facts are kept in ``diag``."""

    def __init__(self, state: str, message: str = "", **facts: str) -> None:
        super().__init__(message)
        self.sqlstate = state
        self.diag = SimpleNamespace(**facts)


@pytest.mark.parametrize("state", STATES)
def test_a_state_of_postgresql_has_one_meaning(state: str) -> None:
    """Whatever driver reports it."""
    assert read(Psycopg(state)).kind is STATES[state]


def test_psycopg_keeps_its_facts_one_step_further() -> None:
    """The same finding as from asyncpg."""
    error = Psycopg(
        "23505", table_name="users", constraint_name="uq", message_detail="Key (a)=(1) already exists."
    )
    assert read(error) == Finding(Kind.UNIQUE, "users", ("a",), "uq")
    assert read(Psycopg("23P01")).kind is Kind.CONFLICT
    assert read(Psycopg("23514", table_name="users", constraint_name="users_age_check")).columns == ("age",)


def test_columns_are_read_from_the_detail_line() -> None:
    """Quoted where PostgreSQL quotes them; an expression has none."""
    assert key_columns('Key (plain, "with, comma", "a ""b""")=(1, 2, 3) already exists.') == (
        "plain",
        "with, comma",
        'a "b"',
    )
    assert key_columns("Key (lower(name::text))=(ann) already exists.") == ()
    assert key_columns("") == ()


def test_asyncpg_itself_refuses_some_things() -> None:
    """Before anything is sent, and without a state that says more."""
    assert read_driver_error(asyncpg.DataError("value out of int32 range")).kind is Kind.OUT_OF_RANGE
    assert read_driver_error(asyncpg.InterfaceError("connection is closed")).kind is Kind.UNAVAILABLE
    assert (
        read_driver_error(asyncpg.InterfaceError("another operation is in progress")).kind
        is Kind.CONCURRENT_USE
    )
    assert read_driver_error(asyncpg.InterfaceError("?")).kind is Kind.UNKNOWN


MESSAGES = [
    (1062, "Duplicate entry 'a' for key 'users.uq'", Finding(Kind.UNIQUE, constraint="uq")),
    (3819, "Check constraint 'ck' is violated.", Finding(Kind.CHECK, constraint="ck")),
    (4025, "CONSTRAINT `users.age` failed for `db`.`users`", Finding(Kind.CHECK, "users", ("age",))),
    (1364, "Field 'name' doesn't have a default value", Finding(Kind.REQUIRED, columns=("name",))),
    (
        1366,
        "Incorrect integer value: 'x' for column `db`.`t`.`n` at row 1",
        Finding(Kind.INVALID, columns=("n",)),
    ),
    (1452, "a foreign key constraint fails", Finding(Kind.MISSING_PARENT)),
    (1020, "Record has changed since last read", Finding(Kind.SERIALIZATION)),
    (2013, "Lost connection", Finding(Kind.UNAVAILABLE)),
    (1146, "Table 'db.t' doesn't exist", Finding(Kind.SCHEMA, words="Table 'db.t' doesn't exist")),
    (1064, "You have an error near 'secret' at line 1", Finding(Kind.SCHEMA, words="You have an error")),
    (9999, "?", Finding(Kind.UNKNOWN)),
]


@pytest.mark.parametrize(("number", "message", "finding"), MESSAGES)
def test_a_number_of_mariadb_or_mysql_has_one_meaning(number: int, message: str, finding: Finding) -> None:
    """MySQL 8 words some of them differently."""
    assert read_driver_error(asyncmy.OperationalError(number, message)) == finding


CODES = {
    "SQLITE_BUSY": Kind.LOCK_TIMEOUT,
    "SQLITE_BUSY_SNAPSHOT": Kind.SERIALIZATION,
    "SQLITE_READONLY_DBMOVED": Kind.READ_ONLY,
    "SQLITE_IOERR_WRITE": Kind.UNAVAILABLE,
    "SQLITE_NOTADB": Kind.UNAVAILABLE,
    "SQLITE_INTERRUPT": Kind.STATEMENT_TIMEOUT,
    "SQLITE_CONSTRAINT_DATATYPE": Kind.INVALID,
    "SQLITE_ERROR": Kind.SCHEMA,
    "SQLITE_NOLFS": Kind.UNKNOWN,
}


@pytest.mark.parametrize("name", CODES)
def test_a_code_of_sqlite_has_one_meaning(name: str) -> None:
    """Extended codes fall back to their family."""
    error = sqlite3.OperationalError("no such table: t")
    error.sqlite_errorname = name
    assert read_driver_error(error).kind is CODES[name]


def test_sqlite_tells_some_things_only_in_words() -> None:
    """An index on an expression by its name, a closed connection, a value of a foreign type."""
    unique = sqlite3.IntegrityError("UNIQUE constraint failed: index 'ix_lower'")
    unique.sqlite_errorname = "SQLITE_CONSTRAINT_UNIQUE"
    assert read_driver_error(unique) == Finding(Kind.UNIQUE, constraint="ix_lower")
    assert (
        read_driver_error(sqlite3.ProgrammingError("Cannot operate on a closed database.")).kind
        is Kind.UNAVAILABLE
    )
    assert read_driver_error(sqlite3.ProgrammingError("type 'set' is not supported")).kind is Kind.INVALID


PLAIN = [
    (TimeoutError(), Kind.STATEMENT_TIMEOUT),
    (ConnectionRefusedError(), Kind.UNAVAILABLE),
    (OverflowError(), Kind.OUT_OF_RANGE),
    (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), Kind.INVALID),
    (RuntimeError(), Kind.UNKNOWN),
]


@pytest.mark.parametrize(("error", "kind"), PLAIN)
def test_python_itself_refuses_some_things(error: Exception, kind: Kind) -> None:
    """Drivers let them through unwrapped."""
    assert read_driver_error(error).kind is kind
