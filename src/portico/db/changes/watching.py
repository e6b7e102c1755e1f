"""Who wants to know of writes, and of which classes.

    watch(watcher)               # from now on, for every class that it wants
    watchers_of(Post)            # those who want the writes of Post; usually nobody does

A class that nobody watches costs nothing: its writes stay single statements. The writes of a watched class
run in a unit of work, know the row before and after, and take the general path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from portico.db.session import Unit

    from .record import Kind, RowChange


class Watcher:
    """Somebody who is told of writes; a subclass overrides what it needs."""

    def wants(self, model: type[Any]) -> bool:  # noqa: ARG002 -- the base wants nothing
        """Whether writes of this class matter; asked once for each class."""
        return False

    def looks_before(self, model: type[Any], kind: Kind) -> bool:  # noqa: ARG002 -- the base does not
        """Whether it wants each row as an object before its statement, to change or to refuse it."""
        return False

    async def before_write(self, kind: Kind, rows: Sequence[Any]) -> None:
        """Told of objects that are about to be written, with their new values.

        Assigning to them changes what is written, raising refuses it. Called only where `looks_before`.
        """

    async def after_write(self, unit: Unit, changes: Sequence[RowChange]) -> None:
        """In the transaction, right after the statement; what is raised here undoes the write."""

    async def before_commit(self, unit: Unit, changes: Sequence[RowChange]) -> None:
        """In the transaction, after all writes and just before its COMMIT: to write more rows, or to refuse.

        Changes that a savepoint took back are not among these.
        """

    def passed_over(self, model: type[Any]) -> None:
        """Rows of this class may be written now, inside of `unrecorded()`, and nobody is told which.

        Said once in a block for each class and actor.
        """

    def after_commit(self, changes: Sequence[RowChange]) -> None:
        """The transaction is committed. Neither a failure nor slowness here reaches the writer."""


_watchers: list[Watcher] = []
_count = [0]
_beginnings: list[Callable[[], None]] = []
_known: WeakKeyDictionary[type[Any], tuple[Watcher, ...]] = WeakKeyDictionary()


def watch(watcher: Watcher) -> None:
    """Tell this watcher from now on."""
    _watchers.append(watcher)
    _forget()
    for begin in _beginnings:
        begin()


def on_watch(begin: Callable[[], None]) -> Callable[[], None]:
    """Call this whenever somebody has come."""
    _beginnings.append(begin)
    return begin


def unwatch(watcher: Watcher) -> None:
    """Tell it no longer."""
    _watchers.remove(watcher)
    _forget()


def forget() -> None:
    """Ask every watcher again what it wants: one of them wants something else from now on."""
    _forget()


def watchers() -> tuple[Watcher, ...]:
    """All of them, in the order in which they came."""
    return tuple(_watchers)


def revision() -> int:
    """Another number whenever somebody has come or gone."""
    return _count[0]


def _forget() -> None:
    _known.clear()
    _count[0] += 1


def watchers_of(model: type[Any]) -> tuple[Watcher, ...]:
    """Who wants the writes of this class, in the order in which they came."""
    if not _watchers:
        return ()
    found = _known.get(model)
    if found is None:
        found = _known[model] = tuple(watcher for watcher in _watchers if watcher.wants(model))
    return found


def watched(model: type[Any]) -> bool:
    """Whether anybody wants the writes of this class."""
    return bool(watchers_of(model))
