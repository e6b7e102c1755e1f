"""What is to be published, written in the transaction of the change itself.

    outbox = Outbox(db, models=[Post])
    outbox.include(User, values={"username"})      # with these values; secrets are refused
    await db.create_tables()                       # its tables, too

A committed change has its row in the outbox, one that was rolled back has none. A `Relay` publishes what is
there. Raises `ConfigurationError` when its tables are missing: the unit is rolled back then.
Guide: docs/how-to/outbox.md. Room: db.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from portico._kernel.doors import register_calls
from portico.db.changes import RowChange, Watcher, forget, unwatch, watch
from portico.db.session import Database, Unit, register_metadata
from portico.db.session.raw import with_connection
from portico.errors import ConfigurationError

from .messages import Included, included, row_of
from .pending import DeadLetter, dead_letters, discard, revive
from .tables import METADATA, PENDING

_AT_ONCE = 1_000
_INSERT = sa.insert(PENDING)


class Outbox(Watcher):
    """The changes of some classes in one database, on their way out."""

    def __init__(
        self, database: Database, models: Iterable[type[Any]] = (), *, stream: str = "portico.changes"
    ) -> None:
        self.database = database
        self.stream = stream
        self._included: dict[type[Any], Included] = {}
        self._nudges: list[Callable[[], None]] = []
        self._found = False
        register_metadata(METADATA)
        watch(self)
        for model in models:
            self.include(model)

    def include(
        self, model: type[Any], *, values: Collection[str] | bool = (), stream: str | None = None
    ) -> None:
        """Publish what happens to this class and those below it.

        A message has the key and the names of changed fields; ``values`` adds the values before and after
        of these fields, or with True of all that are no secrets.
        """
        self._included[model] = included(model, stream or self.stream, values)
        forget()  # what was asked of it before

    def close(self) -> None:
        """Write no more rows; those that wait stay."""
        unwatch(self)

    # -- what could not be published --

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """The oldest messages that a relay has given up."""
        return await dead_letters(self.database, limit)

    async def revive(self, letters: Iterable[DeadLetter]) -> None:
        """Let them be published after all, behind everything that waits now."""
        await revive(self.database, [letter.sequence for letter in letters])
        self._nudge()

    async def discard(self, letters: Iterable[DeadLetter]) -> None:
        """Delete them for good."""
        await discard(self.database, [letter.sequence for letter in letters])

    # -- what it is told of changes --

    def wants(self, model: type[Any]) -> bool:
        """Whether this class or one above it is included."""
        return self._rule(model) is not None

    async def before_commit(self, unit: Unit, changes: Sequence[RowChange]) -> None:
        """Write a row for each change, in its transaction."""
        if unit.database is not self.database:
            return
        number = uuid4()
        rows = [
            row_of(change, rule, number)
            for change in changes
            if (rule := self._rule(change.model)) is not None
        ]
        if not rows:
            return
        await self.check()
        # Here, not with the change: the later of two writers of a row has to get the later sequence, and it
        # cannot come this far before the earlier one has committed.
        for start in range(0, len(rows), _AT_ONCE):
            await unit.execute(_INSERT, rows[start : start + _AT_ONCE])

    def after_commit(self, changes: Sequence[RowChange]) -> None:  # noqa: ARG002 -- that there are some is enough
        """Wake relays of this process; others look from time to time."""
        self._nudge()

    # -- what a relay needs --

    def wake(self, event: asyncio.Event) -> Callable[[], None]:
        """Set this event after commits, from whatever thread they come; the result ends that."""
        loop = asyncio.get_running_loop()

        def nudge() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

        self._nudges.append(nudge)
        return lambda: self._nudges.remove(nudge)

    async def check(self) -> None:
        """Raise unless its tables are there; asked until they are."""
        if self._found:
            return
        found: list[bool] = []
        await with_connection(
            self.database, lambda connection: found.append(sa.inspect(connection).has_table(PENDING.name))
        )
        if not found[0]:
            raise ConfigurationError(
                f"{self.database.name!r} has no table {PENDING.name!r}, so the change cannot be published.",
                hint="Create the tables after the Outbox was made: await db.create_tables().",
            )
        self._found = True

    def _nudge(self) -> None:
        for nudge in self._nudges:
            nudge()

    def _rule(self, model: type[Any]) -> Included | None:
        return next((rule for cls in model.__mro__ if (rule := self._included.get(cls)) is not None), None)


register_calls(
    "db/outbox", Outbox, reads="dead_letters", writes="revive discard", passes=["tenant", "deleted"]
)
