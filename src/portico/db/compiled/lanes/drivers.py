"""The drivers' own calls: how each of them runs one statement, and how a connection of it ends.

A driver's connection is in autocommit. `portico.db.dialects` knows how to ask whether it is closed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

from portico.db.dialects import mysql, postgresql

from .lane import Rows

_GRACE = 2.0
"""Seconds for a farewell; then the socket is closed without one."""


class Driver(Protocol):
    """One driver."""

    def fetch(self, connection: Any, text: str, arguments: Sequence[Any]) -> Awaitable[Rows]:
        """The rows of a statement."""
        ...

    def execute(self, connection: Any, text: str, arguments: Sequence[Any]) -> Awaitable[int]:
        """How many rows a statement has changed."""
        ...

    def is_closed(self, connection: Any) -> bool:
        """Whether the driver knows that the connection is of no use any more."""
        ...

    def is_in_transaction(self, connection: Any) -> bool:
        """Whether something has begun a transaction, which a statement would have become part of."""
        ...

    async def end(self, connection: Any, *, clean: bool) -> None:
        """Close it; where it is not ``clean``, a statement may still be under way."""
        ...


class Asyncpg:
    """PostgreSQL."""

    def fetch(self, connection: Any, text: str, arguments: Sequence[Any]) -> Awaitable[Rows]:
        """The rows: asyncpg's records."""
        found: Awaitable[Rows] = connection.fetch(text, *arguments)
        return found

    async def execute(self, connection: Any, text: str, arguments: Sequence[Any]) -> int:
        """The number at the end of the command tag: ``UPDATE 3``."""
        tag: str = await connection.execute(text, *arguments)
        number = tag.rpartition(" ")[2]
        return int(number) if number.isdecimal() else -1

    def is_closed(self, connection: Any) -> bool:
        """Whether the server hung up."""
        return postgresql.is_closed(connection)

    def is_in_transaction(self, connection: Any) -> bool:
        """SQLAlchemy's adapter begins one when a listener sends something."""
        return bool(connection.is_in_transaction())

    async def end(self, connection: Any, *, clean: bool) -> None:  # noqa: ARG002 -- both end in the same way
        """Asyncpg lets the server cancel what is under way before it says goodbye."""
        await connection.close(timeout=_GRACE)


class Asyncmy:
    """MariaDB and MySQL."""

    async def fetch(self, connection: Any, text: str, arguments: Sequence[Any]) -> Rows:
        """The rows: tuples."""
        cursor = connection.cursor()
        # With no arguments at all the driver would leave every %% in the text as it stands.
        await cursor.execute(text, tuple(arguments))
        found: Rows = await cursor.fetchall()
        await cursor.close()
        return found

    async def execute(self, connection: Any, text: str, arguments: Sequence[Any]) -> int:
        """The rows that were matched: SQLAlchemy asks for this when it connects."""
        cursor = connection.cursor()
        await cursor.execute(text, tuple(arguments))
        changed: int = cursor.rowcount
        await cursor.close()
        return changed

    def is_closed(self, connection: Any) -> bool:
        """Whether the server hung up, or a cancellation left the stream in the middle of an answer."""
        return mysql.is_closed(connection)

    def is_in_transaction(self, connection: Any) -> bool:
        """The server says so with each answer."""
        return bool(connection.get_transaction_status())

    async def end(self, connection: Any, *, clean: bool) -> None:
        """A connection with a statement under way can only be dropped: the protocol has no word for it."""
        if clean:
            await connection.ensure_closed()
        else:
            connection.close()


class Aiosqlite:
    """SQLite in a thread of its own; only connections of SQLAlchemy's pool, which closes them itself."""

    def fetch(self, connection: Any, text: str, arguments: Sequence[Any]) -> Awaitable[Rows]:
        """The rows: tuples, in one trip to the thread."""
        found: Awaitable[Rows] = connection.execute_fetchall(text, tuple(arguments))
        return found

    async def execute(self, connection: Any, text: str, arguments: Sequence[Any]) -> int:
        """What SQLite counts."""
        cursor = await connection.execute(text, tuple(arguments))
        changed: int = cursor.rowcount
        await cursor.close()
        return changed

    def is_closed(self, connection: Any) -> bool:  # noqa: ARG002 -- there is no server that could hang up
        """Never: there is no server."""
        return False

    def is_in_transaction(self, connection: Any) -> bool:
        """The library knows."""
        return bool(connection.in_transaction)

    async def end(self, connection: Any, *, clean: bool) -> None:  # noqa: ARG002 -- both end in the same way
        """Its thread ends what is under way first."""
        await connection.close()


DRIVERS: dict[str, Driver] = {"asyncpg": Asyncpg(), "asyncmy": Asyncmy(), "aiosqlite": Aiosqlite()}
