"""The lane for a write, unless the same write was tried on it already.

    lane = lane_for_writing(database)       # None: the general path does it

    with on_general_path():                 # its compiled statement was refused, or there can be none
        await insert(database, row)

A door that writes rows without objects falls back to objects; those must not be sent to the lane once more
only to be refused there again.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from portico.db.session.handle import Handle

from .lanes import Lane, lane_of

_general: ContextVar[bool] = ContextVar("portico_general", default=False)


def lane_for_writing(database: Handle) -> Lane | None:
    """As `lane_of`; None inside `on_general_path`."""
    return None if _general.get() else lane_of(database)


@contextmanager
def on_general_path() -> Generator[None]:
    """Let SQLAlchemy send what is written in this block."""
    token = _general.set(True)
    try:
        yield
    finally:
        _general.reset(token)
