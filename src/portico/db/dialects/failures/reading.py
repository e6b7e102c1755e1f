"""Find the family of a driver's error and let it be read."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import exc as sa_exc

from . import mysql, postgresql, sqlite
from .finding import Finding, Kind

_MYSQL_DRIVERS = {"asyncmy", "pymysql", "aiomysql", "mysql", "mariadb"}
_POSTGRESQL_DRIVERS = {"asyncpg", "psycopg", "psycopg2"}


def driver_error(error: BaseException) -> BaseException:
    """The driver's own exception behind one of SQLAlchemy's, or behind its imitation of a driver."""
    found: Any = getattr(error, "orig", None) or error
    try:
        driver: BaseException = found.driver_exception
    except (AttributeError, ValueError):
        # Not an imitation (sqlite3, asyncmy), or one that was made without its original.
        return (
            found.__cause__ if isinstance(found, sa_exc.EmulatedDBAPIException) and found.__cause__ else found
        )
    return driver


def read_driver_error(error: BaseException) -> Finding:
    """What an exception of a database driver, or of the network below it, means."""
    vendor = type(error).__module__.partition(".")[0]
    if isinstance(error, sqlite3.Error):
        return sqlite.read(error)
    if vendor in _POSTGRESQL_DRIVERS:
        return postgresql.read(error)
    if vendor in _MYSQL_DRIVERS:
        return mysql.read(error)
    return _plain_python(error)


def _plain_python(error: BaseException) -> Finding:
    if isinstance(error, TimeoutError):
        return Finding(Kind.STATEMENT_TIMEOUT)
    if isinstance(error, OSError):
        return Finding(Kind.UNAVAILABLE)
    if isinstance(error, OverflowError):
        return Finding(Kind.OUT_OF_RANGE)
    if isinstance(error, ValueError | TypeError | ArithmeticError):
        return Finding(Kind.INVALID)
    return Finding(Kind.UNKNOWN)
