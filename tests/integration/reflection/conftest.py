"""What these tests share: Chinook, and statements that make a schema."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tests.fixtures.chinook import chinook_file

from portico.db.session import Database

__all__ = ["chinook_file", "script"]


@pytest.fixture
def script(db: Database) -> Callable[..., Awaitable[None]]:
    """Run statements one after the other, in one transaction."""

    async def run(*statements: str) -> None:
        """All of them, or none."""
        async with db.engine.begin() as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)

    return run
