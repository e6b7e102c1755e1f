"""Where the connections live: drivers bind them to the event loop and the process that opened them.

A pool that is met again in another process (a fork) or in another loop, after the first one ended (one loop
per test, `asyncio.run` called twice), starts afresh. Two loops that run at the same time need two databases:
that raises `UsageError`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakSet, ref

import sqlalchemy as sa
from sqlalchemy import event

from portico.errors import UsageError

from .listening import own

_left_behind: list[object] = []
"""Pools of a parent process: closing them here could disturb the connections that the parent still uses."""
_process = object()
"""Another one in each process; asking the system for its number would cost a call for every statement."""


def _forked() -> None:
    global _process  # noqa: PLW0603 -- set once in a new process, before anything else runs there
    _process = object()


os.register_at_fork(after_in_child=_forked)


class Residence:
    """The loop and the process to which the pools of some engines belong; ``moved`` is told of a move."""

    def __init__(self, moved: Callable[[bool], None]) -> None:
        self._moved = moved
        self._process = _process
        self._loop: ref[asyncio.AbstractEventLoop] | None = None
        self._connections: WeakSet[Any] = WeakSet()

    def watch(self, engine: sa.Engine) -> None:
        """Remember the connections that this engine opens."""
        event.listen(engine, "connect", self._remember)

    @own
    def _remember(self, _adapted: Any, record: Any) -> None:
        self._connections.add(record.driver_connection)

    def check(self, engines: list[sa.Engine]) -> None:
        """Make the pools usable here and now."""
        loop = asyncio.get_running_loop()
        before = self._loop() if self._loop is not None else None
        process = _process
        if before is loop and process is self._process:
            return
        if process is not self._process:
            _left_behind.extend(engine.pool for engine in engines)
            _left_behind.extend(self._connections)
            self._start_afresh(engines, forked=True)
        elif self._loop is not None:
            if before is not None and before.is_running():
                raise UsageError(
                    "This Database belongs to an event loop that is still running in another thread.",
                    hint="Make one Database per event loop.",
                )
            _abandon(self._connections)
            self._start_afresh(engines, forked=False)
        self._process, self._loop = process, ref(loop)

    def _start_afresh(self, engines: list[sa.Engine], *, forked: bool) -> None:
        self._connections = WeakSet()
        self._moved(forked)
        for engine in engines:
            engine.dispose(close=False)


def _abandon(connections: WeakSet[Any]) -> None:
    """Let go of connections whose loop has ended: nothing can be awaited on them any more."""
    for connection in list(connections):
        transport = getattr(connection, "_transport", None)
        for name in ("terminate", "stop", "close"):  # asyncpg, aiosqlite, asyncmy
            if close := getattr(connection, name, None):
                with suppress(RuntimeError):  # the loop is closed
                    close()
                break
        # asyncio closes the socket in a callback, which a loop that has ended will not run.
        if (finish := getattr(transport, "_call_connection_lost", None)) is not None:
            with suppress(Exception):
                finish(None)
