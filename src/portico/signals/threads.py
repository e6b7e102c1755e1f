"""Run a plain function beside the event loop, in a thread that does not keep the process from ending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from threading import Thread
from typing import Any, TypeAlias

Outcome: TypeAlias = "asyncio.Future[tuple[Any, BaseException | None]]"


def in_thread(call: Callable[[], Any], context: Context) -> Outcome:
    """Start it; the future gives what it returned and what it raised, and never raises itself.

    No pool: its threads are waited for at the end of the process, and a receiver may never end.
    """
    loop = asyncio.get_running_loop()
    outcome: Outcome = loop.create_future()

    def settle(answer: Any, error: BaseException | None) -> None:
        if not outcome.done():
            outcome.set_result((answer, error))

    def work() -> None:
        answer, error = None, None
        try:
            answer = call()
        except BaseException as raised:  # SystemExit must not end the thread in silence
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, answer, error)

    # A context can be entered once at a time, and the task that waits is in this one.
    Thread(target=context.copy().run, args=(work,), name="portico-receiver", daemon=True).start()
    return outcome
