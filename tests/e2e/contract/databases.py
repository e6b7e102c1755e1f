"""Databases for runs by hand: made, filled where the application needs it, and dropped.

with prepared("chinook", "postgresql") as url: ...
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from tests.fixtures.chinook import FILE, load_into
from tests.fixtures.servers import SERVERS, run_on

from portico.db.session import Database


@contextmanager
def prepared(application: str, backend: str) -> Generator[str]:
    """The URL of a database for an application."""
    with tempfile.TemporaryDirectory() as folder:
        if backend == "sqlite":
            path = Path(folder) / f"{application}.sqlite"
            if application == "chinook":
                shutil.copy(FILE, path)
            yield f"sqlite:///{path}"
            return
        name = f"portico_{uuid.uuid4().hex[:12]}"
        run_on(SERVERS[backend], f"CREATE DATABASE {name}")
        url = sa.make_url(SERVERS[backend]).set(database=name).render_as_string(hide_password=False)
        try:
            if application == "chinook":
                asyncio.run(load_chinook(url))
            yield url
        finally:
            force = " WITH (FORCE)" if backend == "postgresql" else ""
            run_on(SERVERS[backend], f"DROP DATABASE {name}{force}")


async def load_chinook(url: str) -> None:
    """Put the tables and rows of Chinook into an empty database."""
    async with Database(url, name="load") as database:
        await load_into(database, FILE)
