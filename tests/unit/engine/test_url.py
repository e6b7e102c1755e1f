from __future__ import annotations

import traceback

import pytest
import sqlalchemy as sa

from portico.db.engine import EngineOptions, Engines, async_url, is_memory, safe_url
from portico.errors import ConfigurationError

SPELLINGS = {
    "blog.db": "sqlite+aiosqlite:///blog.db",
    "/var/blog.db": "sqlite+aiosqlite:////var/blog.db",
    ":memory:": "sqlite+aiosqlite:///:memory:",
    "sqlite:///blog.db": "sqlite+aiosqlite:///blog.db",
    "sqlite://": "sqlite+aiosqlite://",
    "sqlite+pysqlite:///blog.db": "sqlite+aiosqlite:///blog.db",
    "postgres://u:p@h/d": "postgresql+asyncpg://u:p@h/d",
    "postgresql://u@h:5433/d": "postgresql+asyncpg://u@h:5433/d",
    "postgresql+psycopg2://u@h/d": "postgresql+asyncpg://u@h/d",
    "postgresql+psycopg://u@h/d": "postgresql+psycopg://u@h/d",
    "postgres://u@h/d?sslmode=require": "postgresql+asyncpg://u@h/d?ssl=require",
    "postgres://u@h/d?channel_binding=require&pgbouncer=true": "postgresql+asyncpg://u@h/d",
    "postgresql+psycopg://u@h/d?sslmode=require": "postgresql+psycopg://u@h/d?sslmode=require",
    "mysql://u@h/d": "mysql+asyncmy://u@h/d",
    "mysql+pymysql://u@h/d": "mysql+asyncmy://u@h/d",
    "mysql+aiomysql://u@h/d": "mysql+aiomysql://u@h/d",
    "mariadb://u@h/d": "mariadb+asyncmy://u@h/d",
}


@pytest.mark.parametrize("written", SPELLINGS)
def test_every_common_spelling_becomes_the_async_one(written: str) -> None:
    """Hosting platforms and sync tools write URLs their own way."""
    assert async_url(written) == sa.make_url(SPELLINGS[written])


def test_a_password_may_hold_anything_once_it_is_encoded() -> None:
    """What comes out reaches the driver decoded."""
    assert async_url("postgresql://u:p%40ss%2Fw%3Ao%23rd@h/d").password == "p@ss/w:o#rd"
    built = sa.URL.create("postgresql", username="u", password="p@s:s/", host="h", database="d")
    assert async_url(built).password == "p@s:s/"


@pytest.mark.parametrize(
    "bad", ["postgresql://u:canary@h:port/d", "http://u:canary@h/d", "postgresql+nothing://h/d"]
)
def test_a_url_that_cannot_be_used_says_how_to_write_one(bad: str) -> None:
    """The text of the URL holds a password, so the error does not quote it, nor does its traceback."""
    with pytest.raises(ConfigurationError) as caught:
        async_url(bad)
    assert "postgresql://user:password@host" in str(caught.value)
    assert "canary" not in "".join(traceback.format_exception_only(caught.value))


def test_the_safe_form_hides_every_secret() -> None:
    """For repr and logs."""
    shown = safe_url(async_url("postgresql://u:canary@h/d?sslpassword=canary"))
    assert "canary" not in shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite://", True),
        ("sqlite:///:memory:", True),
        ("sqlite:///file:x?mode=memory&uri=true", True),
        ("sqlite:///x.db", False),
        ("postgresql://h/d", False),
    ],
)
def test_a_database_in_memory_is_recognised(url: str, expected: bool) -> None:
    """It has one connection, which changes who may use it when."""
    assert is_memory(async_url(url)) is expected


@pytest.mark.parametrize("url", ["oracle+oracledb_async://h/d", "nothing+asyncpg://h/d"])
def test_a_driver_that_is_not_installed_is_advised(url: str) -> None:
    """The error says what to install, or that nobody knows the database."""
    with pytest.raises(ConfigurationError, match=r"pip install|knows no database"):
        Engines(async_url(url), EngineOptions())
