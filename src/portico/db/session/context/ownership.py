"""Whether a task may use a unit of work that another task has opened.

A session is no place for two tasks at once, and a context variable is inherited by every task that is
started inside a unit. So the rule is: a unit belongs to its task, and to a task that its owner does nothing
but wait for (`await task`, `asyncio.wait_for` on Python 3.11, `asyncio.shield`, a Starlette middleware). When
the owner has ended and the unit is still open (a pytest fixture), the next task takes it over.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from functools import partial
from types import FunctionType
from typing import Any

from portico.errors import CrossTaskError

Task = asyncio.Task[Any]
REMEDIES = (
    "Await the calls one after the other; or give the task its own work with `with isolated():`; or use "
    "asyncio.timeout() where a helper runs your call in another task; in tests, `unit.share()`."
)
_SHIELD = "shield.<locals>._inner_done_callback"
_SPAWNED = "TaskGroup._spawn.<locals>.task_done"
_CALL_NEXT = "BaseHTTPMiddleware.__call__.<locals>.call_next"


def running_task() -> Task | None:
    """The task that is running; None in a thread or a callback."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def refuse() -> CrossTaskError:
    """The error for a task that may not."""
    return CrossTaskError("A task used a unit of work that belongs to another task.", hint=REMEDIES)


def waits_for(owner: Task, task: Task) -> bool:
    """Whether the owner is blocked until this task ends, directly or through others."""
    seen: set[Task] = set()
    looked_at = [task]
    while looked_at:
        for waiter in _waiters(looked_at.pop()):
            if waiter is owner:
                return True
            if waiter not in seen:
                seen.add(waiter)
                looked_at.append(waiter)
    return False


def _waiters(future: asyncio.Future[Any]) -> Iterator[Task]:
    """The tasks that go on when this one ends, and not before."""
    # asyncio has no public way to ask who waits before Python 3.14: these are the callbacks of the future.
    for callback, _context in getattr(future, "_callbacks", None) or ():
        woken = getattr(callback, "__self__", None)
        if isinstance(woken, asyncio.Task):
            yield woken
        elif isinstance(callback, partial):
            if callback.func.__name__ == "_release_waiter":
                yield from _waiters(callback.args[0])
        elif isinstance(callback, FunctionType):
            yield from _behind(callback, future)


def _behind(callback: FunctionType, future: asyncio.Future[Any]) -> Iterator[Task]:
    """Who waits behind a callback that is a closure."""
    held = inspect.getclosurevars(callback).nonlocals
    if callback.__qualname__ == _SHIELD:
        outer = held.get("outer")
        if asyncio.isfuture(outer) and outer is not future:
            yield from _waiters(outer)
    elif callback.__qualname__ == _SPAWNED:
        group = held.get("self")
        host: Any = getattr(getattr(group, "cancel_scope", None), "_host_task", None)
        if host is not None and _waits_in_call_next(host, group):
            yield host


def _waits_in_call_next(task: Task, group: object) -> bool:
    """Whether a middleware waits in there for the application, which runs in this task group."""
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None and frame.f_code.co_qualname == _CALL_NEXT:
            return frame.f_locals.get("task_group") is group
        awaited = getattr(awaited, "cr_await", None)
    return False
