"""Who listens to the engines of a database, besides Portico: looked at before every compiled statement.

    audience = Audience(engines)
    if audience.is_empty(): ...                 # less than a microsecond
    audience.event(STATEMENTS)                  # "begin", or None

SQLAlchemy keeps the listeners of an object and those of its class in lists that stay the same; they are
gathered once. Looking at them is to see whether anything was added that is not Portico's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, MutableSequence
from typing import Any, Final

import sqlalchemy as sa

from portico.db.engine import Engines, is_own, is_permanent
from portico.db.engine.criteria import version

AROUND: Final = ("begin", "commit", "rollback", "engine_connect", "set_connection_execution_options")
"""What a connection of SQLAlchemy tells before and after its statements."""
SENDING: Final = (
    "before_execute",
    "before_cursor_execute",
    "after_cursor_execute",
    "after_execute",
    "do_execute",
    "do_execute_no_params",
    "do_executemany",
    "do_setinputsizes",
    "handle_error",
)
"""What it tells about each of them."""
STATEMENTS: Final = (*AROUND, *SENDING)
"""What is told on the general path only."""
POOL: Final = (
    "checkout",
    "checkin",
    "reset",
    "invalidate",
    "soft_invalidate",
    "close",
    "detach",
    "close_detached",
)
"""What only connections of the pool tell."""
OPENING: Final = ("connect", "first_connect", "do_connect")
"""What is told wherever a connection is opened through a pool."""
_EVENTS: Final = (*STATEMENTS, *POOL, *OPENING)


class Audience:
    """The listeners of some engines, their pools and dialects, and of the classes of all these."""

    def __init__(self, engines: Engines) -> None:
        self._pooled = engines.pooled()
        single = engines.autocommit.sync_engine
        self._engines = [*self._pooled, *([] if single in self._pooled else [single])]
        self._gather()

    def _gather(self) -> None:
        """Take hold of the lists; a pool that is disposed of is replaced by another with lists of its own.

        Portico itself begins to listen when there is a first criterion for rows.
        """
        self._criteria = version()
        self._pools = [(engine, engine.pool) for engine in self._pooled]
        self._lists: dict[str, list[Collection[Any]]] = {}
        for target in self._targets():
            for name in _EVENTS:
                if hasattr(target.dispatch, name):
                    self._lists.setdefault(name, []).extend(_lists_of(target.dispatch, name))
        each = {id(found): found for lists in self._lists.values() for found in lists}
        self._ours: list[Collection[Any]] = []
        self._others: list[Collection[Any]] = []
        for found in each.values():
            if any(map(is_permanent, found)):
                self._ours.append(found)
            elif isinstance(found, MutableSequence):  # else a class of engines that nobody can listen to
                self._others.append(found)
        self._count = sum(is_permanent(listener) for found in self._ours for listener in found)

    def _targets(self) -> Iterator[Any]:
        yield sa.Connection.__new__(sa.Connection)  # what all connections have in common
        yield from self._engines
        for engine in self._pooled:
            yield engine.dialect
            yield engine.pool

    def is_empty(self) -> bool:
        """Whether there is nobody but Portico's own, permanent listeners; if in doubt there is."""
        if self._criteria != version():
            self._gather()
        for engine, pool in self._pools:
            if engine.pool is not pool:
                self._gather()
                break
        return not any(self._others) and sum(map(len, self._ours)) == self._count

    def event(self, names: Collection[str]) -> str | None:
        """The first of these events for which somebody listens who is not Portico."""
        if self.is_empty():
            return None
        for name in names:
            if not all(is_own(listener) for found in self._lists.get(name, ()) for listener in found):
                return name
        return None


def _lists_of(dispatch: Any, name: str) -> Iterator[Collection[Any]]:
    """The list of the object itself, which exists from now on, and the one of its class."""
    found = getattr(dispatch, name).for_modify(dispatch)
    found = getattr(
        found, "local", found
    )  # of an engine that is a view of another one, which is asked itself
    yield found.listeners
    yield found.parent_listeners
