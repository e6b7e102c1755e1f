"""Turn what a driver raises into our errors."""

from __future__ import annotations

from portico.errors import PorticoError, UnavailableError


def translate(exc: BaseException) -> PorticoError:
    """Our error for a driver's."""
    return exc if isinstance(exc, PorticoError) else UnavailableError(f"The database failed: {type(exc).__name__}")
