"""How long anything on a connection may take.

Database(url, timeouts=TimeoutOptions(statement=30.0))
"""

from __future__ import annotations

from dataclasses import dataclass

CLIENT_GRACE = 2.0
"""Seconds after which the client stops waiting for a server that should have stopped by itself."""


@dataclass(frozen=True, kw_only=True)
class TimeoutOptions:
    """Limits in seconds; None switches a limit off.

    ``connect`` bounds the opening of a connection, ``statement`` one statement, ``lock`` the wait for a row,
    table or file lock, ``idle_in_transaction`` a transaction in which nothing happens. SQLite knows only
    ``lock``; a server that stops answering altogether is given up ``CLIENT_GRACE`` after ``statement``.
    """

    connect: float | None = 5.0
    statement: float | None = 5.0
    lock: float | None = 2.0
    idle_in_transaction: float | None = 30.0

    @property
    def reply(self) -> float | None:
        """How long the client waits for the answer to one statement."""
        return None if self.statement is None else self.statement + CLIENT_GRACE


def milliseconds(seconds: float | None) -> int:
    """For settings in which 0 means "no limit"."""
    return 0 if seconds is None else max(1, round(seconds * 1000))
