"""What a driver's error means for the statement, for its connection, and for the one who asked.

trouble = Trouble(error, verdict_on(error))
raise heard(error) from error        # `LaneError`, or what a client is to hear
"""

from __future__ import annotations

import sqlite3

from portico.db.dialects import Kind, kind_of, translate
from portico.db.dialects.failures import driver_error
from portico.db.engine import Verdict, was_not_sent
from portico.errors import OutcomeUnknownError, PorticoError

from .lane import LaneError

_HEARD = {
    Kind.LOCK_TIMEOUT,
    Kind.STATEMENT_TIMEOUT,
    Kind.IDLE_TIMEOUT,
    Kind.UNAVAILABLE,
    Kind.REFUSED_LOGIN,
}
_BROKEN = (AttributeError, RuntimeError)
"""What asyncmy and the transports of asyncio raise where a connection was closed below them."""
# The server lives, and has said no: it lacks memory, space or a place for one more client.
_RESOURCES = ("53", "58", "XX")
_SERVER_ERRORS = range(1000, 2000), range(3000, 6000)


class Trouble(Exception):
    """An attempt failed: with what, and what that means for a second one."""

    def __init__(self, error: Exception, verdict: Verdict) -> None:
        super().__init__(error)
        self.error = error
        self.verdict = verdict


def verdict_on(error: Exception, *, closed: bool = False) -> Verdict:
    """What the failure of a statement says; ``closed``: its connection is closed by now."""
    kind = kind_of(error)
    if kind is Kind.STALE_PLAN:
        return Verdict.STALE
    if isinstance(error, TimeoutError):  # the client gave up waiting; what still arrives belongs to nobody
        return Verdict.LOST
    if kind in {Kind.UNAVAILABLE, Kind.IDLE_TIMEOUT} and not _state(error).startswith(_RESOURCES):
        return Verdict.UNSENT if was_not_sent(driver_error(error)) else Verdict.LOST
    if closed or isinstance(error, _BROKEN) or _is_confused(error, kind):
        return Verdict.LOST
    return Verdict.REFUSED


def _is_confused(error: Exception, kind: Kind) -> bool:
    """Whether a driver stumbled over an answer: then the statement was sent, and may have happened."""
    if isinstance(error, UnicodeDecodeError):
        return True
    has_wire = not isinstance(error, sqlite3.Error)
    return has_wire and kind is Kind.UNKNOWN and not server_said(error)


def verdict_on_opening(error: Exception) -> Verdict:
    """What it says that no connection could be opened."""
    return Verdict.UNREACHABLE if kind_of(error) is Kind.UNAVAILABLE else Verdict.REFUSED


def server_said(error: Exception) -> bool:
    """Whether this is the server's own answer: then its connection is as good as before."""
    found = driver_error(error)
    if _state(found):
        return True
    number = found.args[0] if found.args else None
    return isinstance(number, int) and any(number in numbers for numbers in _SERVER_ERRORS)


def heard(error: Exception) -> Exception:
    """The error for the one who asked."""
    if isinstance(error, Trouble):
        return heard(error.error)
    if isinstance(error, PorticoError | LaneError | OutcomeUnknownError):
        return error
    return translate(error) if kind_of(error) in _HEARD else LaneError(type(error).__name__)


def _state(error: BaseException) -> str:
    return str(getattr(error, "sqlstate", None) or "")
