from __future__ import annotations

import sqlalchemy as sa

from portico.db.dialects import TimeoutOptions, capabilities_of, fold, regex_match
from portico.db.dialects.mysql import connect_arguments as mysql_arguments
from portico.db.dialects.mysql import session_statement
from portico.db.dialects.postgresql import connect_arguments, is_closed
from portico.db.dialects.sqlite import pragmas

NONE = TimeoutOptions(connect=None, statement=None, lock=None, idle_in_transaction=None)


def test_postgresql_is_told_its_limits_when_a_connection_opens() -> None:
    """They travel in the first packet and cost no round trip; asyncpg and psycopg spell them differently."""
    told = connect_arguments("asyncpg", TimeoutOptions(statement=1.5), read_only=True)
    assert told["server_settings"]["statement_timeout"] == "1500"
    assert told["server_settings"]["default_transaction_read_only"] == "on"
    assert (told["timeout"], told["command_timeout"]) == (5.0, 3.5)
    assert (
        "-c lock_timeout=2000" in connect_arguments("psycopg", TimeoutOptions(), read_only=False)["options"]
    )
    assert connect_arguments("asyncpg", NONE, read_only=False) == {"server_settings": {"timezone": "UTC"}}
    assert connect_arguments("other", NONE, read_only=False) == {}


def test_mariadb_and_mysql_are_told_in_their_own_words() -> None:
    """One SET for each new connection."""
    maria = session_statement("5.5.5-10.11.19-MariaDB", TimeoutOptions(), read_only=False)
    assert "max_statement_time = 5.0" in maria
    assert "innodb_snapshot_isolation = ON" in maria
    assert "max_execution_time = 5000" in session_statement("8.0.36", TimeoutOptions(), read_only=True)
    assert session_statement("8.0.36", NONE, read_only=False).count("=") == 2
    assert "snapshot" not in session_statement("10.5.9-MariaDB", NONE, read_only=False)
    assert "snapshot" in session_statement("11.8.1-MariaDB", NONE, read_only=False)
    assert mysql_arguments("aiomysql", NONE) == {"charset": "utf8mb4"}


def test_sqlite_keeps_the_journal_of_a_file_it_only_looks_at() -> None:
    """Switching to WAL is written into the file."""
    told = pragmas(NONE, read_only=True, memory=False)
    assert "PRAGMA query_only = ON" in told
    assert not any("journal" in pragma for pragma in told)


def test_a_driver_that_does_not_say_is_taken_for_open() -> None:
    """Psycopg has a property where asyncpg has a method."""

    class Closed:
        closed = True

    assert (is_closed(Closed()), is_closed(object())) == (True, False)


def test_mysql_is_not_mariadb() -> None:
    """It has no RETURNING, and another function for regular expressions."""
    dialect = sa.make_url("mysql+asyncmy://").get_dialect()()
    dialect.server_version_info = (8, 0, 36)
    assert not capabilities_of(dialect).insert_returning
    assert "regexp_like" in str(regex_match(sa.column("x"), "a", ignore_case=True).compile(dialect=dialect))
    assert "lower" in str(fold(sa.column("x")).compile(dialect=dialect))


def test_an_unknown_database_promises_nothing() -> None:
    """It may work; nothing is claimed."""
    known = capabilities_of(sa.make_url("mssql+aioodbc://").get_dialect()())
    assert (known.name, known.insert_returning) == ("mssql", False)
