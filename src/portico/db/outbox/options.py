"""How a relay works, and what can be seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from portico.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class RelayOptions:
    """How much at once, how often, how patiently; times in seconds.

    ``poll`` is how often it looks without being told; commits of its own process wake it at once.
    After ``lease`` without a sign of life another relay takes over. A message that is refused ``attempts``
    times becomes a dead letter. At its end a relay publishes what waits for ``grace`` at most. It warns
    when rows have waited for longer than ``late``.
    """

    batch: int = 100
    poll: float = 1.0
    lease: float = 15.0
    send_timeout: float = 5.0
    attempts: int = 5
    first_wait: float = 0.2
    longest_wait: float = 30.0
    grace: float = 10.0
    late: float = 60.0

    def __post_init__(self) -> None:
        if self.batch < 1 or self.attempts < 1:
            raise ConfigurationError("A relay needs a batch and attempts of at least 1.")
        if self.lease <= self.send_timeout:
            raise ConfigurationError(
                "The lease of a relay has to be longer than send_timeout.",
                hint="Otherwise a slow send lets another relay begin, and messages come twice.",
            )


@dataclass(frozen=True, kw_only=True)
class RelayStatus:
    """What waits in the outbox (counted up to 100,000), and how this relay does.

    ``working`` is False for one that waits for another relay to end. ``failures`` are those in a row, of
    the database or the server behind the streams.
    """

    pending: int
    oldest: datetime | None
    dead: int
    working: bool
    published: int
    last_published: datetime | None
    failures: int
    last_error: str | None

    @property
    def lag(self) -> float:
        """For how many seconds the oldest change has waited; 0 when none does."""
        return 0.0 if self.oldest is None else max(0.0, (datetime.now(UTC) - self.oldest).total_seconds())
