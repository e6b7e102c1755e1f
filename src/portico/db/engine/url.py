"""Database URLs: any common spelling in, the async one out.

    async_url("postgres://ann:secret@db.example.com/blog?sslmode=require")
    # postgresql+asyncpg://ann:***@db.example.com/blog?ssl=require
    async_url("blog.db")
    # sqlite+aiosqlite:///blog.db

Raises `ConfigurationError` where a URL cannot be read or names a driver that is not async.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import exc as sa_exc

from portico.errors import ConfigurationError

_ASYNC = {"sqlite": "aiosqlite", "postgresql": "asyncpg", "mysql": "asyncmy", "mariadb": "asyncmy"}
_BACKENDS = {"postgres": "postgresql", "sqlite3": "sqlite"}
_KEPT = {
    "aiosqlite",
    "asyncpg",
    "psycopg",
    "psycopg_async",
    "asyncmy",
    "aiomysql",
    "aioodbc",
    "oracledb_async",
}
_SYNC = {
    "",
    "pysqlite",
    "psycopg2",
    "psycopg2cffi",
    "pg8000",
    "pymysql",
    "mysqldb",
    "mysqlconnector",
    "mariadbconnector",
}
_SCHEME = re.compile(r"^[A-Za-z0-9_+.-]+://")
_ONE_SLASH = re.compile(r"^(sqlite3?(\+\w+)?):/{0,2}(?=[^/])")
# What hosting platforms append for libpq or Prisma, and what our drivers call it (None: nothing).
_POSTGRESQL_OPTIONS = {"sslmode": "ssl", "channel_binding": None, "pgbouncer": None, "connection_limit": None}
_MYSQL_OPTIONS = {"ssl-mode": None, "sslaccept": None, "connection_limit": None}
_EXAMPLE = "postgresql://user:password@host:5432/name, mariadb://user:password@host/name or sqlite:///file.db"


def async_url(url: str | sa.URL) -> sa.URL:
    """The URL with its async driver; a URL without a scheme is the path of an SQLite file."""
    made = _parsed(url) if isinstance(url, str) else url
    backend, _, driver = made.drivername.partition("+")
    backend = _BACKENDS.get(backend, backend)
    if driver not in _KEPT:
        if driver not in _SYNC or (backend not in _ASYNC and not driver):
            raise ConfigurationError(
                f"{made.drivername!r} is no async database driver.", hint=f"Write it like {_EXAMPLE}."
            )
        driver = _ASYNC.get(backend, driver)
    made = made.set(drivername=f"{backend}+{driver}")
    if backend == "postgresql":
        return _renamed(made, _POSTGRESQL_OPTIONS if driver == "asyncpg" else {})
    if backend in {"mysql", "mariadb"}:
        return _renamed(made, _MYSQL_OPTIONS)
    return made


def safe_url(url: sa.URL) -> str:
    """The URL for people and logs: without the password, and without what may hold one."""
    hidden = {name: "***" for name in url.query if "password" in name.lower() or "secret" in name.lower()}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def is_memory(url: sa.URL) -> bool:
    """Whether this is an SQLite database without a file."""
    if url.get_backend_name() != "sqlite":
        return False
    database = url.database or ""
    return (
        database in {"", ":memory:"}
        or database.startswith("file::memory:")
        or url.query.get("mode") == "memory"
    )


def _parsed(text: str) -> sa.URL:
    if not _SCHEME.match(text):
        text = _ONE_SLASH.sub(r"\1:///", text) if _ONE_SLASH.match(text) else f"sqlite:///{text}"
    try:
        return sa.make_url(text)
    except (sa_exc.ArgumentError, ValueError):
        # The original is left out of the chain: it quotes the URL, and with it the password.
        raise ConfigurationError(
            "The database URL cannot be read.",
            hint=f"Write it like {_EXAMPLE}; in a password, percent-encode @ / : # ? % "
            "with urllib.parse.quote(password, safe='').",
        ) from None


def _renamed(url: sa.URL, names: Mapping[str, str | None]) -> sa.URL:
    query = dict(url.query)
    for old, new in names.items():
        value = query.pop(old, None)
        if value is not None and new is not None:
            query.setdefault(new, value)
    return url.set(query=query)
