"""Whether a task may use a unit of work that another task has opened.

A session is no place for two tasks at once, and a context variable is inherited by every task that is started
inside a unit. So the rule is: a unit belongs to its task, and to a task that its owner does nothing but wait
for (`await task`, `asyncio.wait_for` on Python 3.11, `asyncio.shield`, a Starlette `@app.middleware`). When the
owner has ended and the unit is still open (a pytest fixture), the next task takes it over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from types import CodeType
from typing import Any

from portico.errors import CrossTaskError

Task = asyncio.Task[Any]
REMEDIES = (
    "Await the calls one after the other; or give the task its own work with `with isolated():`; or use "
    "asyncio.timeout() where a helper runs your call in another task; in tests, the plugin's `shared` unit."
)
_SHIELD = "shield.<locals>._inner_done_callback"
_MIDDLEWARE = "BaseHTTPMiddleware.__call__.<locals>.call_next"


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


def _waiters(task: Task) -> Iterator[Task]:
    """The tasks that go on when this one ends, and not before."""
    yield from _woken_by(task)
    if (caller := _middleware_caller(task)) is not None:
        yield caller


def _woken_by(future: asyncio.Future[Any]) -> Iterator[Task]:
    # asyncio has no public way to ask who waits before Python 3.14; these are the callbacks of the future.
    for callback, _context in getattr(future, "_callbacks", None) or ():
        woken = getattr(callback, "__self__", None)
        if isinstance(woken, asyncio.Task):
            yield woken
        elif isinstance(callback, partial) and callback.func.__name__ == "_release_waiter":
            yield from _woken_by(callback.args[0])
        elif getattr(callback, "__qualname__", "") == _SHIELD:
            for cell in callback.__closure__ or ():
                outer = cell.cell_contents
                if asyncio.isfuture(outer) and outer is not future:
                    yield from _woken_by(outer)


def _middleware_caller(task: Task) -> Task | None:
    """The task of the middleware whose ``call_next`` runs this one, while it waits in there for the answer."""
    frame = getattr(task.get_coro(), "cr_frame", None)
    if frame is None or frame.f_code.co_qualname != f"{_MIDDLEWARE}.<locals>.coro":
        return None
    stream = frame.f_locals.get("send_stream")
    for other in asyncio.all_tasks():
        if other is not task and _waits_in_call_next(other, frame.f_code, stream):
            return other
    return None


def _waits_in_call_next(task: Task, child: CodeType, stream: object) -> bool:
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None and child in frame.f_code.co_consts:
            sender = frame.f_locals.get("coro")
            cells = getattr(sender, "__closure__", None) or ()
            return any(cell.cell_contents is stream for cell in cells)
        awaited = getattr(awaited, "cr_await", None)
    return False
