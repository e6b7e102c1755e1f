"""How connections are kept and how long anything may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PoolOptions:
    """How many connections are kept and how long a caller waits for one (seconds)."""

    size: int = 10
    timeout: float = 5.0
    recycle: float = 1800.0


@dataclass(frozen=True, kw_only=True)
class TimeoutOptions:
    """Limits in seconds; None switches one off."""

    connect: float | None = 5.0
    statement: float | None = 5.0
    lock: float | None = 2.0
    idle_in_transaction: float | None = 30.0
