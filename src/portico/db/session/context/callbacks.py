"""What is called after a commit.

The commit is final by then: a callback that raises is logged, the others are called all the same, and nothing
reaches the caller (who would take the write for failed). A cancellation does not stop them either; they go on
in the background.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Generator
from typing import Any

log = logging.getLogger("portico.db")
Callback = Callable[[], Any]
_running: set[asyncio.Task[None]] = set()


async def run_all(callbacks: list[Callback]) -> None:
    """Call them in order, outside of any unit of work."""
    await asyncio.shield(_start(callbacks))


class Started:
    """Callbacks that may still be running; can be awaited and need not be."""

    def __init__(self, task: asyncio.Task[None] | None = None) -> None:
        self._task = task

    def __await__(self) -> Generator[Any, None, None]:
        if self._task is not None:
            yield from asyncio.shield(self._task)


def run_now(callback: Callback) -> Started:
    """Call one that nothing has to be committed for: at once, an async one as a task."""
    try:
        made = callback()
    except Exception:
        _report(callback)
        return Started()
    return Started(_start([lambda: made])) if inspect.isawaitable(made) else Started()


def _start(callbacks: list[Callback]) -> asyncio.Task[None]:
    task = asyncio.get_running_loop().create_task(_call(callbacks))
    _running.add(task)  # the loop itself holds tasks only weakly
    task.add_done_callback(_running.discard)
    return task


async def _call(callbacks: list[Callback]) -> None:
    for callback in callbacks:
        try:
            made = callback()
            if inspect.isawaitable(made):
                await made
        except Exception:
            _report(callback)


def _report(callback: Callback) -> None:
    log.exception("A callback after a commit failed; the commit stands: %r", callback)
