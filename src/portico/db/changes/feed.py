"""The committed changes of this process, one after the other.

    async with ChangeFeed(Post, Comment) as feed:
        async for item in feed:
            match item:
                case RowChange(): ...
                case MissedChanges(count=count): ...     # the reader was too slow

A feed belongs to the tenant in which it is opened: changes of rows of others are not in it. Inside of
`unscoped()` it has those of all; without a tenant, changes of rows of tenants raise `NoTenantError`.

Nothing waits for a reader: of a feed that is full the oldest changes are dropped, and the reader is told how
many before it gets the next one. Changes of other processes are not here; those come by the outbox.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Self, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico._kernel.doors import register_calls
from portico.db.scoping import get_current_tenant, is_shared, is_unscoped
from portico.errors import NoTenantError, UsageError

from .record import RowChange
from .watching import Watcher, unwatch, watch


@dataclass(frozen=True, slots=True)
class MissedChanges:
    """Stands where changes were dropped because the reader was too slow."""

    count: int


class ChangeFeed:
    """Changes of these classes and of those that inherit from them, as they are committed; of all if none."""

    def __init__(self, *models: type[Any], size: int = 1_000) -> None:
        if size < 1:
            raise UsageError("A feed has room for at least one change.", hint="Leave size= out for 1000.")
        self._models = models
        self._waiting: deque[RowChange | NoTenantError] = deque()
        self._tenant: Any = None
        self._of_all = False
        self._size = size
        self._missed = 0
        self._lock = Lock()
        self._watcher: _FeedWatcher | None = None
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        if self._watcher is not None:
            raise UsageError("This feed is open already.", hint="Make one for each reader.")
        self._tenant, self._of_all = get_current_tenant(), is_unscoped()
        for model in self._models:
            if not self._sees(shared=is_shared(_tables(model)), tenant=self._tenant):
                raise _nobody()
        self._loop = asyncio.get_running_loop()
        self._watcher = _FeedWatcher(self)
        watch(self._watcher)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take in nothing more; who reads gets what is there, and then the end."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            unwatch(watcher)
            self._wake()

    def wants(self, model: type[Any]) -> bool:
        """Whether changes of this class are in the feed."""
        return not self._models or issubclass(model, self._models)

    def put(self, changes: Sequence[RowChange]) -> None:
        """Take in what was committed, from whichever thread."""
        mine = [one for one in changes if self._sees(shared=one.shared, tenant=one.tenant)]
        with self._lock:
            self._waiting.extend(mine)
            if len(mine) < len(changes) and self._tenant is None:
                self._waiting.append(_nobody())
            while len(self._waiting) > self._size:
                self._waiting.popleft()
                self._missed += 1
        self._wake()

    def _sees(self, *, shared: bool, tenant: Any) -> bool:
        return shared or self._of_all or (self._tenant is not None and tenant == self._tenant)

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._woken.set)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RowChange | MissedChanges:
        while True:
            self._woken.clear()
            with self._lock:
                if self._missed:
                    missed, self._missed = self._missed, 0
                    return MissedChanges(missed)
                if self._waiting:
                    found = self._waiting.popleft()
                    if isinstance(found, NoTenantError):
                        raise found
                    return found
            if self._watcher is None:
                raise StopAsyncIteration
            await self._woken.wait()


def _tables(model: type[Any]) -> list[Any]:
    mapper = cast("Any", sa.inspect(model, raiseerr=False))
    return [*mapper.tables] if isinstance(mapper, Mapper) else []


def _nobody() -> NoTenantError:
    return NoTenantError(
        "A feed of rows of tenants was opened, and no tenant was set.",
        hint="Open it inside of `with tenant_context(…):`, or of `unscoped()` for the changes of all.",
    )


class _FeedWatcher(Watcher):
    """Puts what is committed into a feed."""

    def __init__(self, feed: ChangeFeed) -> None:
        self._feed = feed

    def wants(self, model: type[Any]) -> bool:
        return self._feed.wants(model)

    def after_commit(self, changes: Sequence[RowChange]) -> None:
        self._feed.put(changes)


register_calls("db/changes", ChangeFeed, reads="__aiter__")
