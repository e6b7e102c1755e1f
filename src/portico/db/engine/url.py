"""Database URLs: any spelling in, the async one out."""

from __future__ import annotations

import sqlalchemy as sa

DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg", "postgres": "asyncpg", "mysql": "asyncmy", "mariadb": "asyncmy"}


def async_url(url: str | sa.URL) -> sa.URL:
    """The URL with an async driver."""
    if isinstance(url, str) and "://" not in url:
        url = f"sqlite:///{url}"
    made = sa.make_url(url)
    backend, _, driver = made.drivername.partition("+")
    backend = "postgresql" if backend == "postgres" else backend
    driver = driver if driver in {"psycopg", "aiomysql"} else DRIVERS.get(backend, driver)
    return made.set(drivername=f"{backend}+{driver}")


def safe_url(url: sa.URL) -> str:
    """The URL without its password."""
    return url.render_as_string(hide_password=True)
