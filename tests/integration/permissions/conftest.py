"""The office, furnished."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import pytest

from portico.db.session import Database

from .asking import Asking, client_of
from .world import Office, furnish, look


@pytest.fixture
async def office(db: Database) -> Office:
    """The rows of the office."""
    await furnish(db)
    return await look(db)


@pytest.fixture
async def asking(db: Database, office: Office) -> AsyncGenerator[Callable[[str], Asking]]:
    """Somebody by name, with a client."""
    async with await client_of(db) as client:
        yield lambda name: Asking(client, name, office)
