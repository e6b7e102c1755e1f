"""The column of the mark, and the moments that stand in it.

A moment is more than a time: what was deleted in one go has the same, and is found by it when it is restored.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from portico.db.fields import FieldSpec
from portico.db.fields.declare.columns import make
from portico.db.fields.declare.options import Moment
from portico.db.fields.marks import AWARE
from portico.db.fields.types import UTCDateTime

_TICK: Final = timedelta(microseconds=1)


class _Last:
    """The moment that was given last."""

    moment = datetime.min.replace(tzinfo=UTC)


def Deleted() -> Any:  # noqa: N802 -- named like the other field helpers
    """A moment that nobody writes but `delete` and `restore`."""
    spec = FieldSpec(python_type=datetime, marks=(AWARE,), read_only=True)
    said = {"default": None, "description": "When the row was deleted; null unless it lies in the trash."}
    return make("Deleted", Moment, said, spec, UTCDateTime())


def next_moment() -> datetime:
    """This moment, later than every other one of this process."""
    _Last.moment = max(datetime.now(UTC), _Last.moment + _TICK)
    return _Last.moment
