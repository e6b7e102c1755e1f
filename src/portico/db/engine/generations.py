"""Connections that are in use while their pool is disposed of: closed when they come back.

SQLAlchemy leaves these to the pool they came from, which nobody closes any more: a socket stays open until
garbage collection finds it. A generation lasts from one `Generations.end` to the next; what was opened in an
earlier one, or for a caller who had begun to wait in it, is not kept. After `Generations.close` nothing is:
tasks that outlive their database still get their answers, and leave no connection behind.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event

from .listening import own

_BORN: Final = "portico_generation"


class Generations:
    """Which connections of some engines belong to the present pools."""

    def __init__(self) -> None:
        self._present = 0
        self._closed = False

    def watch(self, engine: sa.Engine) -> None:
        """Mark the connections that this engine opens, and look at those that are returned."""
        event.listen(engine, "do_connect", self._mark)
        event.listen(engine, "checkin", self._look)

    def end(self) -> None:
        """What is in use now is closed when it is returned."""
        self._present += 1

    def close(self) -> None:
        """From now on every connection is closed when it is returned."""
        self._closed = True

    @own
    def _mark(self, _dialect: Any, record: Any, _arguments: Any, _options: Any) -> None:
        # Before the connection is there, and once: who connects anew in an old pool belongs to that.
        record.record_info.setdefault(_BORN, self._present)

    @own
    def _look(self, connection: Any, record: Any) -> None:
        if connection is not None and (self._closed or record.record_info.get(_BORN) != self._present):
            record.invalidate()
